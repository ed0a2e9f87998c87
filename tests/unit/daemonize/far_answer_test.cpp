#include "backends/daemonize/far_answer.hpp"

#include <gtest/gtest.h>

namespace ketrew::daemonize {
namespace {

const std::string answer =
    "boot b1\n"
    "job 01h-1\nexit here exit code=3 ended=2026-11-23T02:23:52Z end\n"
    "job 01h-2\nexit absent \nclaim here claim by=script restart=0 pid=7 start=9 boot=b1 end\n"
    "alive yes\n"
    "job 01h-3\nexit absent \nclaim here claim by=script restart=0 pid=8 start=9 boot=b0 end\n"
    "alive no\n"
    "job 01h-4\nexit absent \nclaim absent \nalive no\n"
    "job 01h-5\nexit unreadable \nclaim unreadable \nalive no\n"
    "job 01h-6\nexit broken exit code=0\nclaim here claim by=script restart=0 pid=8 start=9 "
    "boot=b1 "
    "end\nalive no\n"
    "job 01h-7\nexit absent \nclaim broken claim by=scr\nalive no\n";

Observation judged(const FarLooks& looks, const std::string& token, JobState state = {}) {
  return judge(looks.jobs.at(token), looks.boot, state, 1000, "/pg/" + token);
}

TEST(FarAnswer, EachSightingHasItsObservation) {
  const auto looks = read_far_looks(answer);
  ASSERT_TRUE(looks) << looks.error().text();
  EXPECT_EQ(std::get<observed::Ended>(judged(*looks, "01h-1")).exit_code, 3);
  EXPECT_TRUE(std::holds_alternative<observed::Running>(judged(*looks, "01h-2")));
  EXPECT_NE(std::get<observed::Gone>(judged(*looks, "01h-3")).evidence.words.find("rebooted"),
            std::string::npos);
  JobState young;
  young.asked_ms = 900;
  young.starting_ms = 5000;
  EXPECT_TRUE(std::holds_alternative<observed::Waiting>(judged(*looks, "01h-4", young)));
  EXPECT_TRUE(std::holds_alternative<observed::Gone>(judged(*looks, "01h-4")));
  EXPECT_TRUE(std::holds_alternative<observed::CannotTell>(judged(*looks, "01h-5")));
  EXPECT_TRUE(std::holds_alternative<observed::Gone>(judged(*looks, "01h-6")));
  // A claim that is being written is not the claim of a process that is over.
  EXPECT_TRUE(std::holds_alternative<observed::Waiting>(judged(*looks, "01h-7", young)));
  EXPECT_TRUE(std::holds_alternative<observed::Gone>(judged(*looks, "01h-7")));
}

TEST(FarAnswer, IdentityIsLearned) {
  const auto looks = read_far_looks(answer);
  ASSERT_TRUE(looks);
  JobState state;
  judge(looks->jobs.at("01h-2"), looks->boot, state, 0, "");
  EXPECT_EQ(state.process, (host::ProcessIdentity{"b1", 7, 9}));
}

TEST(FarAnswer, ACutAnswerNeverEndsAJob) {
  for (std::size_t size = 0; size < answer.size(); ++size) {
    const auto looks = read_far_looks(answer.substr(0, size));
    if (!looks) continue;
    for (const auto& [token, look] : looks->jobs) {
      const Observation seen = judged(*looks, token);
      if (const auto* ended = std::get_if<observed::Ended>(&seen)) {
        EXPECT_EQ(token, "01h-1");
        EXPECT_EQ(ended->exit_code, 3);
      }
    }
  }
}

TEST(FarAnswer, MutationsNeverCrash) {
  for (std::size_t at = 0; at < answer.size(); ++at)
    for (const char byte : {'\0', '\n', ' ', 'x', '\xff'}) {
      std::string changed = answer;
      changed[at] = byte;
      if (const auto looks = read_far_looks(changed))
        for (const auto& [token, look] : looks->jobs) judged(*looks, token);
    }
}

TEST(FarAnswer, WordsAreAClosedTable) {
  const auto words = read_far_words("job 01h-1 launched 77\njob 01h-2 failed no space\n");
  ASSERT_TRUE(words);
  EXPECT_EQ(words->at("01h-1").rest, "77");
  EXPECT_EQ(words->at("01h-2").word, FarWord::failed);
  EXPECT_FALSE(read_far_words("job 01h-1 exploded\n"));
  EXPECT_FALSE(read_far_words("bash: no job control\n"));
  EXPECT_FALSE(read_far_words("job ../../x sent\n"));
}

TEST(JobState, IsSmallAndComesBack) {
  JobState state;
  state.process = {"5c2c7a9e-aaaa-bbbb-cccc-1234567890ab", 4194304, 123456789};
  const Json json = state;
  EXPECT_LE(json.dump().size(), 150u);
  EXPECT_EQ(json.get<JobState>(), state);
  state.mode = Using::nohup_setsid;
  state.asked_ms = 1763865812120;
  state.starting_ms = 60000;
  state.no_log_is_ok = true;
  EXPECT_EQ(Json(state).get<JobState>(), state);
}

}  // namespace
}  // namespace ketrew::daemonize
