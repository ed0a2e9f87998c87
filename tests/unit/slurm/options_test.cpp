#include "backends/slurm/options.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "backends/slurm/check.hpp"
#include "backends/slurm/states.hpp"
#include "core/base/text.hpp"

namespace ketrew::slurm {
namespace {

TEST(SlurmOptions, EachIsAWordOfSbatch) {
  const auto words = sbatch_words({{"queue", "debug"},
                                   {"account", "chem"},
                                   {"cpus", 4},
                                   {"memory", "1.5G"},
                                   {"wall_time", "90s"},
                                   {"gpus", 2},
                                   {"nodes", "1-2"},
                                   {"ntasks", 3},
                                   {"mail_type", "END"},
                                   {"exclusive", true},
                                   {"requeue", false},
                                   {"raw_options", {"--nice=5", "-H"}}},
                                  "my job");
  ASSERT_TRUE(words) << words.error().text();
  for (const char* word :
       {"--partition=debug", "--account=chem", "--cpus-per-task=4", "--mem=1536M", "--time=2",
        "--gpus=2", "--nodes=1-2", "--ntasks=3", "--mail-type=END", "--exclusive", "--no-requeue",
        "--job-name=my job"})
    EXPECT_NE(std::find(words->begin(), words->end(), word), words->end()) << word;
  EXPECT_EQ((*words)[words->size() - 2], "--nice=5");
  EXPECT_EQ(sbatch_words({{"gpus", 1}, {"gpus_by", "gres"}, {"job_name", "x"}}, "y")->back(),
            "--gres=gpu:1");
}

TEST(SlurmOptions, WhatWouldTakeAwayTheGroundIsRefused) {
  for (const char* word : {"--array=1-3", "-a1-3", "-a", "--comment=x", "--wrap=true", "-W",
                           "--test-only", "-Mother", "--clusters=other"}) {
    const auto words = sbatch_words({{"raw_options", {word}}}, "");
    ASSERT_FALSE(words) << word;
    EXPECT_NE(words.error().text().find(word), std::string::npos);
  }
  EXPECT_TRUE(sbatch_words({{"raw_options", {"--acctg-freq=30", "--mem-per-cpu=1G"}}}, ""));
}

TEST(SlurmStates, TheTableIsClosedAndEachRowHasItsSource) {
  std::vector<std::string> words;
  for (const auto& state : native_states()) {
    words.emplace_back(state.word);
    EXPECT_FALSE(state.source.empty()) << state.word;
    EXPECT_EQ(state.meaning == Meaning::running, !state.phase.empty()) << state.word;
    if (state.meaning != Meaning::failed) {
      EXPECT_FALSE(state.failure) << state.word;
    }
  }
  std::sort(words.begin(), words.end());
  EXPECT_EQ(std::adjacent_find(words.begin(), words.end()), words.end());
  // squeue(1) of 22.05, JOB STATE CODES.
  for (const char* word :
       {"BOOT_FAIL", "CANCELLED", "COMPLETED", "CONFIGURING", "COMPLETING", "DEADLINE", "FAILED",
        "NODE_FAIL", "OUT_OF_MEMORY", "PENDING", "PREEMPTED", "RUNNING", "RESV_DEL_HOLD",
        "REQUEUE_FED", "REQUEUE_HOLD", "REQUEUED", "RESIZING", "REVOKED", "SIGNALING",
        "SPECIAL_EXIT", "STAGE_OUT", "STOPPED", "SUSPENDED", "TIMEOUT"})
    EXPECT_TRUE(find_state(word)) << word;
  EXPECT_EQ(find_state("CANCELLED by 1000")->word, "CANCELLED");
  EXPECT_FALSE(find_state("CANCELLED by x"));
  EXPECT_FALSE(find_state("COMPLETE"));  // cut by a column
  EXPECT_FALSE(find_state(""));
}

TEST(SlurmCheck, SaysWhatIsMissingAndWhatItMeans) {
  const auto none = read_check({0, "path-sbatch \npath-squeue \n", ""});
  ASSERT_EQ(none.size(), 1u);
  EXPECT_EQ(none[0].level, sdk::CheckLevel::error);
  EXPECT_NE(none[0].message.find("`bin`"), std::string::npos);
  const std::string paths =
      "path-sbatch /b/sbatch\npath-squeue /b/squeue\npath-scancel /b/scancel\npath-scontrol "
      "/b/scontrol\npath-sacct /b/sacct\nversion slurm-wlm 22.05.8\n";
  const auto down = read_check({0, paths + "ping 1 Slurmctld(primary) at vm is DOWN\n", ""});
  EXPECT_EQ(down.back().level, sdk::CheckLevel::error);
  EXPECT_EQ(down.back().name, "controller");
  const auto up = read_check({0,
                              paths + "ping 0 Slurmctld(primary) at vm is UP\n"
                                      "config-MinJobAge 300 sec\n"
                                      "config-AccountingStorageType accounting_storage/none\n"
                                      "config-JobCompType jobcomp/none\nconfig-JobRequeue 1\n",
                              ""});
  ASSERT_EQ(up.size(), 4u);
  EXPECT_EQ(up[2].level, sdk::CheckLevel::warning);
  EXPECT_NE(up[2].message.find("300 sec"), std::string::npos);
}

}  // namespace
}  // namespace ketrew::slurm
