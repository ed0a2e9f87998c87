// One token is one run, however often and in whatever way it is asked for.
#include "tests/contract/contract_test.hpp"

namespace ketrew::contract {
namespace {

class Idempotence : public ContractTest {
 protected:
  static std::string file_of(const std::string& token) {
    return path_join(settings().directory, token);
  }
  static std::string leaves_a_line(const std::string& token) {
    return "echo once >> " + file_of(token);
  }
  static void expect_one_run(const std::string& token) {
    if (settings().pretends) return;
    EXPECT_EQ(read_file(file_of(token)).value_or(""), "once\n");
  }
};

TEST_F(Idempotence, ARepeatedStartRunsItOnce) {
  const std::string token = new_token();
  const Json params = start_params(token, leaves_a_line(token));
  Json state = backend_.result_of("start", params).value("state", Json());
  const Json again = backend_.result_of("start", params);
  EXPECT_TRUE(word(again, "answer") == "started" || word(again, "answer") == "in-doubt") << again;
  update_until_ended(token, state);
  expect_one_run(token);
}

TEST_F(Idempotence, AStartRepeatedAfterTheEndRunsNothing) {
  const std::string token = new_token();
  Json state = start(token, leaves_a_line(token) + "; exit 3");
  update_until_ended(token, state);
  const Json again = backend_.result_of("start", start_params(token, leaves_a_line(token) + "; exit 3"));
  EXPECT_TRUE(word(again, "answer") == "started" || word(again, "answer") == "in-doubt") << again;
  if (word(again, "answer") == "started") state = again["state"];
  EXPECT_EQ(update_until_ended(token, state).value("exit_code", -1), 3);
  expect_one_run(token);
}

TEST_F(Idempotence, TheSameStartManyTimesAtOnceRunsItOnce) {
  const std::string token = new_token();
  std::vector<std::string> ids;
  for (int i = 0; i < 8; ++i)
    ids.push_back(backend_.send("start", start_params(token, leaves_a_line(token) + "; exit 4")));
  for (const std::string& id : ids) {
    const Json answer = backend_.receive(id);
    ASSERT_TRUE(answer.is_object()) << answer;
    const std::string said = word(answer.value("result", Json()), "answer");
    const std::string when = word(answer.value("result", Json()), "when");
    EXPECT_TRUE(said == "started" || said == "in-doubt" || when == "for-now") << answer;
  }
  const Json found = find(token, MonoClock::now() + visibility_lag());
  ASSERT_EQ(word(found, "answer"), "found") << found;
  Json state = found["state"];
  EXPECT_EQ(update_until_ended(token, state).value("exit_code", -1), 4);
  expect_one_run(token);
}

TEST_F(Idempotence, AStartRepeatedByAnotherProcessRunsItOnce) {
  const std::string token = new_token();
  const Json params = start_params(token, leaves_a_line(token) + "; sleep 1; exit 5");
  backend_.result_of("start", params);
  BackendProcess second = fresh();
  const Json again = second.result_of("start", params);
  EXPECT_NE(word(again, "when"), "for-ever") << again;
  const Json found = find(token, MonoClock::now() + visibility_lag());
  ASSERT_EQ(word(found, "answer"), "found") << found;
  Json state = found["state"];
  EXPECT_EQ(update_until_ended(token, state).value("exit_code", -1), 5);
  expect_one_run(token);
}

TEST_F(Idempotence, StartsThatWereCutOffAreFoundOrAbsentAndThenRunOnce) {
  std::vector<std::string> tokens;
  for (int i = 0; i < 20; ++i) {
    tokens.push_back(new_token());
    backend_.send("start", start_params(tokens.back(), leaves_a_line(tokens.back()) + "; exit 4"));
  }
  backend_.kill_hard();
  const Mono killed_at = MonoClock::now();
  backend_.wait();
  backend_ = fresh();
  for (const std::string& token : tokens) {
    const Json found = find(token, killed_at + visibility_lag());
    Json state;
    if (word(found, "answer") == "found")
      state = found["state"];
    else if (word(found, "answer") == "absent")
      state = start(token, leaves_a_line(token) + "; exit 4");
    else
      FAIL() << found;
    EXPECT_EQ(update_until_ended(token, state).value("exit_code", -1), 4);
    expect_one_run(token);
  }
}

}  // namespace
}  // namespace ketrew::contract
