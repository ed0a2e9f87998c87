#include "tests/contract/contract_test.hpp"

#include "tests/support/wait_until.hpp"

namespace ketrew::contract {

std::string word(const Json& object, const char* key) {
  return object.is_object() && object.contains(key) && object[key].is_string()
             ? object[key].get<std::string>()
             : "";
}

ContractTest::ContractTest()
    : host_(settings().host.empty() ? path_join(settings().directory, "playgrounds")
                                    : settings().host),
      backend_(settings().command) {}

Json ContractTest::initialize_params() {
  return {{"protocol", 1},
          {"name", "checked"},
          {"options", settings().profile_options},
          {"home", path_join(settings().directory, "home")}};
}

void ContractTest::SetUp() {
  if (settings().host.empty()) {
    ASSERT_TRUE(make_directories(host_));
  }
  ASSERT_TRUE(make_directories(path_join(settings().directory, "home")));
  const Json answer = backend_.ask("initialize", initialize_params());
  ASSERT_TRUE(answer.is_object() && answer.contains("result")) << answer;
  visibility_lag_ = Milliseconds(answer["result"]
                                     .value("capabilities", Json::object())
                                     .value("visibility_lag_ms", std::int64_t{5000}));
}

BackendProcess ContractTest::fresh() {
  BackendProcess backend(settings().command);
  const Json answer = backend.ask("initialize", initialize_params());
  EXPECT_TRUE(answer.is_object() && answer.contains("result")) << answer;
  return backend;
}

std::string ContractTest::new_token() {
  static JobIdSource source(std::random_device{}());
  return attempt_token(source.next(unix_milliseconds(wall_now())), 1);
}

Json ContractTest::start_params(const std::string& token, const std::string& shell_text) const {
  return {{"token", token},
          {"program", {{"sh", shell_text}}},
          {"options", settings().job_options},
          {"host", host_},
          {"job", {{"id", token.substr(0, JobId::text_size)}, {"name", "a job"}, {"attempt", 1}}}};
}

Json ContractTest::start(const std::string& token, const std::string& shell_text) {
  const Json result = backend_.result_of("start", start_params(token, shell_text));
  EXPECT_EQ(word(result, "answer"), "started") << result;
  return result.value("state", Json());
}

Json ContractTest::find(const std::string& token, Mono until) {
  Json result;
  wait_until(
      [&] {
        result = backend_.result_of(
            "find", {{"token", token}, {"host", host_}, {"options", settings().job_options}});
        return word(result, "answer") != "absent";
      },
      std::max<Milliseconds>(until - MonoClock::now(), Milliseconds(0)));
  return result;
}

Json ContractTest::jobs_params(const std::vector<std::pair<std::string, Json>>& jobs) const {
  Json list = Json::array();
  for (const auto& [token, state] : jobs) list.push_back({{"id", token}, {"state", state}});
  return {{"host", host_}, {"jobs", list}};
}

Json ContractTest::update(const std::string& token, Json& state) {
  const Json result = backend_.result_of("update", jobs_params({{token, state}}));
  const Json jobs = result.is_object() ? result.value("jobs", Json::array()) : Json::array();
  EXPECT_EQ(jobs.size(), 1u) << result;
  if (jobs.size() != 1) return nullptr;
  EXPECT_EQ(word(jobs[0], "id"), token);
  if (jobs[0].contains("state")) state = jobs[0]["state"];
  return jobs[0];
}

Json ContractTest::update_until_ended(const std::string& token, Json& state) {
  Json entry;
  wait_until([&] {
    entry = update(token, state);
    const std::string seen = word(entry, "observation");
    if (seen == "ended" || seen.empty()) return true;
    EXPECT_TRUE(seen == "waiting" || seen == "running" || seen == "cannot-tell") << entry;
    return false;
  });
  EXPECT_EQ(word(entry, "observation"), "ended") << entry;
  return entry;
}

}  // namespace ketrew::contract
