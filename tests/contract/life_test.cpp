// start, update, kill: from the first to the last observation.
#include "tests/contract/contract_test.hpp"
#include "tests/support/wait_until.hpp"

namespace ketrew::contract {
namespace {

class Life : public ContractTest {};

TEST_F(Life, AJobRunsAndItsExitCodeIsSeen) {
  const std::string token = new_token();
  Json state = start(token, "exit 3");
  const Json end = update_until_ended(token, state);
  EXPECT_EQ(end.value("exit_code", -1), 3) << end;
  // It stays so.
  EXPECT_EQ(update(token, state).value("exit_code", -1), 3);
}

TEST_F(Life, SuccessIsSeen) {
  const std::string token = new_token();
  Json state = start(token, "exit 0");
  EXPECT_EQ(update_until_ended(token, state).value("exit_code", -1), 0);
}

TEST_F(Life, ManyStartsAtOnceAreEachAnswered) {
  constexpr int count = 100;
  std::vector<std::string> tokens, ids;
  for (int i = 0; i < count; ++i) {
    tokens.push_back(new_token());
    ids.push_back(backend_.send("start", start_params(tokens.back(), "exit " + std::to_string(i))));
  }
  std::vector<std::pair<std::string, Json>> jobs;
  for (int i = 0; i < count; ++i) {
    const std::string& token = tokens[static_cast<std::size_t>(i)];
    const Json answer = backend_.receive(ids[static_cast<std::size_t>(i)]);
    ASSERT_TRUE(answer.is_object() && answer.contains("result")) << answer;
    Json result = answer["result"];
    // A slow scheduler is given some at a time; the others are refused for now, and asked for again.
    wait_until([&] {
      if (word(result, "when") != "for-now") return true;
      result = backend_.result_of("start", start_params(token, "exit " + std::to_string(i)));
      return false;
    });
    ASSERT_EQ(word(result, "answer"), "started") << result;
    jobs.emplace_back(token, result["state"]);
  }
  for (int i = 0; i < count; ++i) {
    auto& [token, state] = jobs[static_cast<std::size_t>(i)];
    EXPECT_EQ(update_until_ended(token, state).value("exit_code", -1), i);
  }
  const Json result = backend_.result_of("update", jobs_params(jobs));
  ASSERT_EQ(result.value("jobs", Json::array()).size(), jobs.size());
  std::map<std::string, int> seen;
  for (const Json& entry : result["jobs"]) seen[word(entry, "id")] = entry.value("exit_code", -1);
  for (int i = 0; i < count; ++i) EXPECT_EQ(seen[tokens[static_cast<std::size_t>(i)]], i);
}

TEST_F(Life, NoJobsNoEntries) {
  EXPECT_EQ(backend_.result_of("update", jobs_params({})), Json({{"jobs", Json::array()}}));
  EXPECT_EQ(backend_.result_of("kill", jobs_params({})), Json({{"jobs", Json::array()}}));
}

TEST_F(Life, AKilledJobEndsBySignalOrAsKilled) {
  const std::string token = new_token();
  Json state = start(token, "sleep 300");
  // What has not quite begun may be out of reach of a kill; it is asked for again, as the engine
  // does, until the end is seen.
  bool sent = false;
  Json entry;
  wait_until([&] {
    const Json jobs =
        backend_.result_of("kill", jobs_params({{token, state}})).value("jobs", Json::array());
    EXPECT_EQ(jobs.size(), 1u) << jobs;
    if (jobs.size() != 1) return true;
    sent = sent || word(jobs[0], "answer") == "sent";
    entry = update(token, state);
    return word(entry, "observation") == "ended";
  });
  EXPECT_TRUE(sent);
  EXPECT_EQ(word(entry, "observation"), "ended") << entry;
  EXPECT_NE(entry.value("exit_code", -1), 0) << entry;
}

TEST_F(Life, KillingWhatIsOverSaysSo) {
  const std::string token = new_token();
  Json state = start(token, "exit 0");
  update_until_ended(token, state);
  const Json result = backend_.result_of("kill", jobs_params({{token, state}}));
  ASSERT_EQ(result.value("jobs", Json::array()).size(), 1u) << result;
  EXPECT_EQ(word(result["jobs"][0], "answer"), "already-over") << result;
  EXPECT_EQ(update(token, state).value("exit_code", -1), 0);
}

TEST_F(Life, ArgumentsArriveByteForByte) {
  if (settings().pretends) GTEST_SKIP() << "this backend does not run programs";
  const std::string token = new_token(), file = path_join(settings().directory, token);
  const std::string awkward = " a'b\"c\n$HOME `id` \\ \xff\xfe \xc3\xa4 *";
  Json params = start_params(token, "");
  params["program"] = {
      {"exec", {"sh", "-c", "printf %s \"$1\" > \"$2\"", "sh", bytes_to_json(awkward), file}}};
  Json state = backend_.result_of("start", params).value("state", Json());
  EXPECT_EQ(update_until_ended(token, state).value("exit_code", -1), 0);
  EXPECT_EQ(read_file(file).value_or("(nothing)"), awkward);
}

}  // namespace
}  // namespace ketrew::contract
