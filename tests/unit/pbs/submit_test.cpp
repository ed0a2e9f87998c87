#include "backends/pbs/submit.hpp"

#include <gtest/gtest.h>

#include "backends/pbs/job_options.hpp"
#include "core/base/text.hpp"
#include "tests/unit/pbs/transcript.hpp"

namespace ketrew::pbs::test {
namespace {

std::string line(const Json& options, Dialect dialect) {
  const auto read = job_options(options);
  if (!read) return "error: " + read.error().what;
  return join(qsub_words(*read, "n", dialect), " ");
}

TEST(Options, OnEachCommandLine) {
  const Json options{{"queue", "long"}, {"account", "acc"}, {"cpus", 4},     {"memory", "1500M"},
                     {"gpus", 2},       {"wall_time", "26h"}, {"rerun", false},
                     {"email", "me@x.org"}, {"shell", "/bin/bash"},
                     {"raw_options", Json::array({"-l", "place=excl"})}};
  EXPECT_EQ(line(options, Dialect::openpbs),
            "qsub -f -N n -o scheduler -j oe -m abe -M me@x.org -r n -S /bin/bash -q long -A acc "
            "-l select=1:ncpus=4:mem=1500mb:ngpus=2 -l walltime=26:00:00 -l place=excl");
  EXPECT_EQ(line(options, Dialect::torque),
            "qsub -N n -o scheduler -j oe -m abe -M me@x.org -r n -S /bin/bash -q long -A acc "
            "-l nodes=1:ppn=4:gpus=2,mem=1500mb,walltime=26:00:00 -l place=excl");
  EXPECT_EQ(line(options, Dialect::slurm),
            "qsub -N n -o scheduler -j oe -m abe -M me@x.org -r n -q long -A acc "
            "-l nodes=1:ppn=4:gpus=2,mem=1500mb,walltime=26:00:00 -l place=excl");
  EXPECT_EQ(line(Json::object(), Dialect::openpbs), "qsub -f -N n -o scheduler -j oe -m n");
  EXPECT_EQ(line(Json{{"memory", 1}}, Dialect::torque),
            "qsub -N n -o scheduler -j oe -m n -l mem=1mb");
}

TEST(Options, OfTheEarlierKetrew) {
  EXPECT_EQ(line(Json{{"processors", 3}, {"wall_limit", "2h"}, {"name", "x"}}, Dialect::torque),
            "qsub -N n -o scheduler -j oe -m n -l nodes=1:ppn=3,walltime=02:00:00");
  EXPECT_EQ(line(Json{{"processors", 3}, {"cpus", 3}}, Dialect::torque),
            "error: option \"processors\": `cpus` is given, too");
}

TEST(Options, ThatWouldUndoTheBackendAreRefused) {
  for (const char* word : {"-N", "-Nname", "-o", "-e/dev/null", "-j", "-J", "-J0-2", "-t", "-I",
                           "-z", "--", "-Wblock=true"})
    EXPECT_TRUE(line(Json{{"raw_options", Json::array({word})}}, Dialect::openpbs)
                    .starts_with("error: option \"raw_options\""))
        << word;
  EXPECT_TRUE(line(Json{{"raw_options", Json::array({"-W", "umask=022,block=true"})}},
                   Dialect::openpbs)
                  .starts_with("error"));
  EXPECT_EQ(line(Json{{"raw_options", Json::array({"-W", "umask=022", "-h"})}}, Dialect::slurm),
            "qsub -N n -o scheduler -j oe -m n -W umask=022 -h");
  for (const auto& [key, value] :
       {std::pair("queue", "a b"), std::pair("queue", "$(x)"), std::pair("account", "-x"),
        std::pair("shell", "bash"), std::pair("shell", "/bin/sh -e"), std::pair("email", "a;b"),
        std::pair("email_events", "n"), std::pair("queue", "")})
    EXPECT_TRUE(line(Json{{key, value}}, Dialect::slurm).starts_with("error")) << key << value;
}

TEST(Options, TheSchemaHasThemAll) {
  const Json properties = job_options_schema().json()["properties"];
  for (const char* key :
       {"queue", "account", "cpus", "memory", "wall_time", "gpus", "job_name", "raw_options",
        "processors", "wall_limit", "name", "shell", "email", "email_events", "rerun"}) {
    ASSERT_TRUE(properties.contains(key)) << key;
    EXPECT_TRUE(properties[key].contains("description")) << key;
  }
  EXPECT_EQ(properties.size(), 15u);
}

sdk::batch::SubmitAnswer answer(Dialect dialect, int code, const std::string& out,
                                const std::string& err) {
  return read_submission(submitted({"qsub", out, err, code}, dialect));
}
bool in_doubt(const sdk::batch::SubmitAnswer& given) {
  return std::holds_alternative<sdk::InDoubt>(given);
}

TEST(Submission, AnIdAloneIsTheOnlyYes) {
  const auto yes = answer(Dialect::openpbs, 0, "4711.server\n", "");
  EXPECT_EQ(std::get<sdk::batch::Submitted>(yes).id, "4711.server");
  EXPECT_EQ(std::get<sdk::batch::Submitted>(yes).own["dialect"], "openpbs");
  for (const char* out : {"", "\n", "4711.server", "Welcome!\n4711.server\n", "1.vm\n2.vm\n",
                          "52[].vm\n", "job 4711.server\n", "4711.ser ver\n"})
    EXPECT_TRUE(in_doubt(answer(Dialect::openpbs, 0, out, ""))) << out;
  // An id beside an error: something may have been taken.
  EXPECT_TRUE(in_doubt(answer(Dialect::openpbs, 170, "1.vm\n", "qsub: Unknown queue\n")));
  // Warnings on stderr change nothing.
  EXPECT_FALSE(in_doubt(answer(Dialect::openpbs, 0, "1.vm\n", "qsub: be quick\n")));
}

TEST(Submission, WithoutOurLastLineItIsInDoubt) {
  EXPECT_TRUE(in_doubt(read_submission({0, "1.vm\n", ""})));
  EXPECT_TRUE(in_doubt(read_submission({170, "", "qsub: Unknown queue\n"})));
  EXPECT_TRUE(in_doubt(read_submission({124, "", ""})));
}

TEST(Submission, TimeOutsAreInDoubt) {
  for (const int code : {124, 137})
    for (const Dialect dialect : {Dialect::openpbs, Dialect::torque, Dialect::slurm})
      EXPECT_TRUE(in_doubt(answer(dialect, code, "", "qsub: Unknown queue\n")));
  EXPECT_TRUE(in_doubt(answer(Dialect::slurm, 1,
                              "and the output was:\n'sbatch: error: Batch job submission failed: "
                              "Socket timed out on send/recv operation\n'\n",
                              "")));
}

TEST(Submission, OfTorque) {
  const auto when = [](const std::string& words, int code) {
    const auto given = answer(Dialect::torque, code, "", "qsub: submit error (" + words + ")\n");
    const auto* no = std::get_if<sdk::Refused>(&given);
    return !no ? "in doubt" : no->for_ever ? "for ever" : "for now";
  };
  EXPECT_STREQ(when("Unknown queue MSG=cannot locate queue", 170), "for ever");
  EXPECT_STREQ(when("Maximum number of jobs already in queue MSG=total number", 190), "for now");
  EXPECT_STREQ(when("Unauthorized Request  MSG=group ACL is not satisfied", 159), "for ever");
  EXPECT_STREQ(when("Pbs Server is currently too busy to service this request", 1), "for now");
  EXPECT_STREQ(when("Some words that nobody has seen", 99), "in doubt");
}

}  // namespace
}  // namespace ketrew::pbs::test
