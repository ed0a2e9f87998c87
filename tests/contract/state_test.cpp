// What the daemon keeps for the backend: any JSON, given back by processes of later versions too.
#include <fstream>

#include "tests/contract/contract_test.hpp"

namespace ketrew::contract {
namespace {

class State : public ContractTest {
 protected:
  // Whether the entry of a state that it may not know is an honest one.
  static bool is_refused(const Json& entry) { return word(entry, "observation") == "cannot-tell"; }
  Json ended_job(std::string& token) {
    token = new_token();
    Json state = start(token, "exit 3");
    update_until_ended(token, state);
    return state;
  }
};

TEST_F(State, ABrokenStateIsCannotTellOfThatJobAlone) {
  const std::string token = new_token(), other = new_token();
  const Json state = start(token, "exit 0");
  for (const Json& broken :
       {Json(nullptr), Json("text"), Json({{"version", 9999}, {"state", {}}})}) {
    const Json result =
        backend_.result_of("update", jobs_params({{other, broken}, {token, state}}));
    for (const Json& entry : result.value("jobs", Json::array())) {
      const bool cannot_tell = word(entry, "observation") == "cannot-tell";
      EXPECT_EQ(cannot_tell, word(entry, "id") == other) << entry;
    }
  }
}

TEST_F(State, AStateOfALaterVersionIsRefused) {
  std::string token;
  Json state = ended_job(token);
  if (!state.is_object() || !state.value("version", Json()).is_number_integer())
    GTEST_SKIP() << "this backend's state has no `version`";
  state["version"] = state["version"].get<int>() + 1000;
  const Json entry = update(token, state);
  EXPECT_TRUE(is_refused(entry)) << entry;
}

TEST_F(State, FieldsOfALaterVersionMakeNothingUp) {
  std::string token;
  Json state = ended_job(token);
  if (!state.is_object()) GTEST_SKIP() << "this backend's state is no object";
  Json deeper = state;
  state["from_a_later_version"] = {{"a", {1, 2, 3}}};
  for (auto& [key, value] : deeper.items())
    if (value.is_object()) value["from_a_later_version"] = true;
  for (Json changed : {state, deeper}) {
    const Json entry = update(token, changed);
    EXPECT_TRUE(is_refused(entry) || entry.value("exit_code", -1) == 3) << entry;
  }
}

TEST_F(State, AStateThatLostAFieldMakesNothingUp) {
  std::string token;
  const Json state = ended_job(token);
  if (!state.is_object()) GTEST_SKIP() << "this backend's state is no object";
  const bool inside = state.value("state", Json()).is_object();
  const Json fields = inside ? state["state"] : state;
  for (const auto& [key, value] : fields.items()) {
    Json changed = state;
    (inside ? changed["state"] : changed).erase(key);
    const Json entry = update(token, changed);
    const std::string seen = word(entry, "observation");
    EXPECT_TRUE(seen != "ended" || entry.value("exit_code", -1) == 3) << "without " << key << ": " << entry;
  }
}

// A job's state is read and written at each of its steps, and there are many jobs.
TEST_F(State, ItIsSmall) {
  std::string token;
  const std::size_t most = 4096;
  EXPECT_LE(ended_job(token).dump().size(), most);
}

// Variables are how secrets reach a program; state and log are shown to whoever asks for the job.
TEST_F(State, ItAndTheLogHaveNoSecrets) {
  const std::string token = new_token(), secret = "a-secret-7a3f";
  Json params = start_params(token, "");
  params["program"] = {{"commands", {{{"sh", "exit 0"}}}}, {"environment", {{"PASSWORD", secret}}}};
  Json state = backend_.result_of("start", params).value("state", Json());
  update_until_ended(token, state);
  EXPECT_EQ(state.dump().find(secret), std::string::npos) << state;
  const Json log = backend_.result_of("log", question(token, state));
  EXPECT_EQ(log.dump().find(secret), std::string::npos) << log;
}

TEST_F(State, StatesOfEarlierVersionsAreReadOrRefused) {
  if (settings().old_states.empty()) GTEST_SKIP() << "no --old-states FILE";
  std::ifstream file(settings().old_states);
  ASSERT_TRUE(file) << "cannot read " << settings().old_states;
  int count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty()) continue;
    ++count;
    Json state = Json::parse(line, nullptr, false);
    ASSERT_FALSE(state.is_discarded()) << "no JSON: " << line;
    // What it was about is long over: anything may be seen of it, and an answer there must be.
    const Json entry = update(new_token(), state);
    EXPECT_FALSE(word(entry, "observation").empty()) << line << " gave " << entry;
  }
  EXPECT_GT(count, 0) << "no state in " << settings().old_states;
}

}  // namespace
}  // namespace ketrew::contract
