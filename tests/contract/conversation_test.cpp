// Messages: what is well-formed is answered, what is not is refused, and nobody falls over.
#include <sys/wait.h>

#include "tests/contract/contract_test.hpp"

namespace ketrew::contract {
namespace {

int code_of(const Json& answer) {
  return answer.is_object() && answer.contains("error") ? answer["error"].value("code", 0) : 0;
}

class Conversation : public ContractTest {};

TEST_F(Conversation, InitializeTellsNameVersionCapabilitiesAndSchema) {
  BackendProcess backend(settings().command);
  const Json result = backend.result_of("initialize", initialize_params());
  EXPECT_EQ(result.value("protocol", 0), 1);
  EXPECT_FALSE(word(result, "name").empty());
  EXPECT_FALSE(word(result, "version").empty());
  EXPECT_TRUE(result.value("capabilities", Json()).is_object());
  for (const char* key : {"options_schema", "far_options_schema"}) {
    const Json schema = result.value(key, Json());
    if (schema.is_null() && key == std::string_view("far_options_schema")) continue;
    EXPECT_EQ(word(schema, "type"), "object");
    EXPECT_EQ(schema.value("additionalProperties", Json()), Json(false));
    const Json properties = schema.value("properties", Json::object());
    for (const auto& [name, property] : properties.items()) {
      EXPECT_TRUE(property.contains("type")) << name;
      EXPECT_FALSE(word(property, "description").empty()) << name;
    }
  }
}

TEST_F(Conversation, AnotherVersionOfTheProtocolIsRefused) {
  BackendProcess backend(settings().command);
  Json params = initialize_params();
  params["protocol"] = 4711;
  EXPECT_EQ(code_of(backend.ask("initialize", params)), -32602);
}

TEST_F(Conversation, AnUnknownMethodIsRefused) {
  EXPECT_EQ(code_of(backend_.ask("dance", Json::object())), -32601);
}

TEST_F(Conversation, GarbageIsAnErrorAndNothingElseChanges) {
  for (const char* line : {"no json", "{", "\xff\xfe", "[1,2", "{\"jsonrpc\":\"2.0\",\"id\":1,"}) {
    backend_.send_line(line);
    EXPECT_EQ(code_of(backend_.receive_without_id()), -32700) << line;
  }
  for (const char* line : {"17", "{}", "[]", R"({"jsonrpc":"2.0","id":5,"method":5})"}) {
    backend_.send_line(line);
    EXPECT_EQ(code_of(backend_.receive_without_id()), -32600) << line;
  }
  backend_.send_line("");
  EXPECT_TRUE(backend_.result_of("check", Json::object()).contains("checks"));
}

TEST_F(Conversation, DeepNestingDoesNotKillIt) {
  backend_.send_line(std::string(200'000, '['));
  EXPECT_LT(code_of(backend_.receive_without_id()), 0);
  EXPECT_TRUE(backend_.result_of("check", Json::object()).contains("checks"));
}

TEST_F(Conversation, IdsComeBackAsTheyWere) {
  backend_.send_line(R"({"jsonrpc":"2.0","id":"a \"text\"","method":"check","params":{}})");
  EXPECT_TRUE(backend_.receive(Json("a \"text\"").dump()).contains("result"));
}

TEST_F(Conversation, ANotificationIsNotAnswered) {
  backend_.send_line(R"({"jsonrpc":"2.0","method":"check","params":{}})");
  backend_.send_line(R"({"jsonrpc":"2.0","id":77,"method":"check","params":{}})");
  EXPECT_TRUE(backend_.receive("77").contains("result"));
}

TEST_F(Conversation, UnknownKeysAreIgnored) {
  Json params = start_params(new_token(), "exit 0");
  params["from_a_later_version"] = {1, 2, 3};
  EXPECT_EQ(word(backend_.result_of("start", params), "answer"), "started");
}

TEST_F(Conversation, WrongParamsNeverStartAnything) {
  const std::string token = new_token();
  const Json good = start_params(token, "exit 0");
  std::vector<Json> wrong;
  for (const char* key : {"token", "program", "host"}) {
    Json without = good, number = good;
    without.erase(key);
    number[key] = 5;
    wrong.push_back(without);
    wrong.push_back(number);
  }
  Json outside = good, empty = good, no_options = good;
  outside["token"] = "../../outside";
  empty["program"] = Json::array();
  no_options["options"] = "text";
  for (const Json& params : {outside, empty, no_options}) wrong.push_back(params);
  for (const Json& params : wrong) {
    const Json answer = backend_.ask("start", params);
    const bool refused = answer.is_object() && answer.contains("result") &&
                         word(answer["result"], "answer") == "refused" &&
                         word(answer["result"], "when") == "for-ever";
    EXPECT_TRUE(refused || code_of(answer) == -32602) << params << " gave " << answer;
  }
  const Json found = backend_.result_of(
      "find", {{"token", token}, {"host", host_}, {"options", settings().job_options}});
  EXPECT_EQ(word(found, "answer"), "absent") << found;
}

TEST_F(Conversation, WrongParamsOfOtherMethodsAreErrors) {
  for (const char* method : {"update", "kill", "queries", "query", "log", "find"}) {
    EXPECT_EQ(code_of(backend_.ask(method, Json::object())), -32602) << method;
    EXPECT_LT(code_of(backend_.ask(method, {{"host", 7}, {"jobs", "x"}, {"id", 1}})), 0) << method;
  }
}

TEST_F(Conversation, ItLeavesWhenAskedTo) {
  EXPECT_EQ(backend_.result_of("shutdown", Json::object()), Json::object());
  const auto status = backend_.wait();
  ASSERT_TRUE(status);
  EXPECT_TRUE(WIFEXITED(*status) && WEXITSTATUS(*status) == 0) << *status;
}

TEST_F(Conversation, ItLeavesWhenItsInputEnds) {
  backend_.close_input();
  const auto status = backend_.wait();
  ASSERT_TRUE(status);
  EXPECT_TRUE(WIFEXITED(*status) && WEXITSTATUS(*status) == 0) << *status;
}

}  // namespace
}  // namespace ketrew::contract
