// The closed lists: states, statuses, failure classes.
#include <gtest/gtest.h>

#include "core/model/failure_class.hpp"
#include "core/model/state.hpp"

namespace ketrew {
namespace {

TEST(State, NumbersAreStored) {
  // Databases hold these numbers: a change here makes old jobs something else.
  for (std::size_t i = 0; i < state_count; ++i)
    EXPECT_EQ(static_cast<std::size_t>(all_states[i]), i);
  EXPECT_EQ(static_cast<int>(State::running), 6);
  EXPECT_EQ(static_cast<int>(State::succeeded), 9);
  EXPECT_EQ(static_cast<int>(State::lost), 18);
}

TEST(State, WordsRoundTrip) {
  std::set<std::string_view> words;
  for (const State state : all_states) {
    EXPECT_EQ(parse_state(to_string(state)), state);
    EXPECT_TRUE(words.insert(to_string(state)).second);
  }
  for (const std::string_view wrong : {"", "?", "Running", "already_done", "running "})
    EXPECT_FALSE(parse_state(wrong));
}

TEST(State, AsTheContractSays) {
  const std::map<std::string, std::string> contract = {{"passive", "activable"},
                                                       {"active", "in-progress"},
                                                       {"evaluating", "in-progress"},
                                                       {"blocked", "in-progress"},
                                                       {"queued", "in-progress"},
                                                       {"starting", "in-progress"},
                                                       {"running", "in-progress"},
                                                       {"verifying", "in-progress"},
                                                       {"killing", "in-progress"},
                                                       {"succeeded", "successful"},
                                                       {"already-done", "successful"},
                                                       {"failed", "failed"},
                                                       {"start-failed", "failed"},
                                                       {"condition-failed", "failed"},
                                                       {"not-ensured", "failed"},
                                                       {"dependency-failed", "failed"},
                                                       {"killed", "failed"},
                                                       {"kill-failed", "failed"},
                                                       {"lost", "failed"}};
  ASSERT_EQ(contract.size(), state_count);
  for (const auto& [word, status] : contract) {
    const auto state = parse_state(word);
    ASSERT_TRUE(state) << word;
    EXPECT_EQ(to_string(status_of(*state)), status) << word;
    EXPECT_EQ(is_final(*state), status == "successful" || status == "failed") << word;
  }
}

TEST(Status, WordsRoundTrip) {
  for (const auto status :
       {Status::activable, Status::in_progress, Status::successful, Status::failed})
    EXPECT_EQ(parse_status(to_string(status)), status);
  EXPECT_FALSE(parse_status("running"));
}

TEST(FailureClass, NumbersAndWords) {
  std::set<std::string_view> words;
  for (std::size_t i = 0; i < failure_class_count; ++i) {
    const FailureClass value = all_failure_classes[i];
    EXPECT_EQ(static_cast<std::size_t>(value), i);
    EXPECT_EQ(parse_failure_class(to_string(value)), value);
    EXPECT_TRUE(words.insert(to_string(value)).second);
  }
  EXPECT_EQ(words, (std::set<std::string_view>{"exit", "signal", "out-of-memory", "wall-time",
                                               "node", "preempted", "never-started",
                                               "cancelled-outside", "refused"}));
  EXPECT_FALSE(parse_failure_class(""));
  EXPECT_FALSE(parse_failure_class("?"));
}

}  // namespace
}  // namespace ketrew
