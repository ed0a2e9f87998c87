// find: the way back to a job whose start was never answered.
#include "tests/contract/contract_test.hpp"

namespace ketrew::contract {
namespace {

class Find : public ContractTest {};

TEST_F(Find, AStartedJobIsFoundWithAStateThatWorks) {
  const std::string token = new_token();
  Json state = start(token, "exit 5");
  update_until_ended(token, state);
  const Json found = find(token);
  ASSERT_EQ(word(found, "answer"), "found") << found;
  Json found_state = found["state"];
  EXPECT_EQ(update_until_ended(token, found_state).value("exit_code", -1), 5);
}

TEST_F(Find, WhatWasNeverStartedIsAbsent) {
  const Json found = find(new_token());
  EXPECT_EQ(word(found, "answer"), "absent") << found;
}

TEST_F(Find, AfterAbsentItCanBeStartedWithTheSameToken) {
  const std::string token = new_token();
  EXPECT_EQ(word(find(token), "answer"), "absent");
  Json state = start(token, "exit 6");
  EXPECT_EQ(update_until_ended(token, state).value("exit_code", -1), 6);
}

TEST_F(Find, ManyAtOnceAreEachAnswered) {
  std::vector<std::string> ids;
  for (int i = 0; i < 50; ++i)
    ids.push_back(backend_.send("find", {{"token", new_token()}, {"host", host_}}));
  for (const std::string& id : ids) {
    const Json answer = backend_.receive(id);
    ASSERT_TRUE(answer.is_object() && answer.contains("result")) << answer;
    EXPECT_EQ(word(answer["result"], "answer"), "absent") << answer;
  }
}

}  // namespace
}  // namespace ketrew::contract
