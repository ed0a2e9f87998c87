// queries, query, log, check: what people ask.
#include "tests/contract/contract_test.hpp"

namespace ketrew::contract {
namespace {

class Questions : public ContractTest {
 protected:
  void SetUp() override {
    ContractTest::SetUp();
    token_ = new_token();
    state_ = start(token_, "echo out; echo err >&2; exit 0");
    update_until_ended(token_, state_);
  }
  Json query(const std::string& name, Json more = Json::object()) {
    Json params = question(token_, state_);
    params["name"] = name;
    params.update(more);
    return backend_.ask("query", params);
  }
  std::string token_;
  Json state_;
};

TEST_F(Questions, EachListedQueryIsAnswered) {
  const Json list = backend_.result_of("queries", question(token_, state_));
  ASSERT_TRUE(list.is_object() && list.value("queries", Json()).is_array()) << list;
  for (const Json& entry : list["queries"]) {
    const std::string name = word(entry, "name");
    EXPECT_FALSE(name.empty());
    EXPECT_FALSE(word(entry, "description").empty()) << name;
    const Json answer = query(name);
    ASSERT_TRUE(answer.is_object() && answer.contains("result")) << name << " gave " << answer;
    EXPECT_TRUE(bytes_from_json(answer["result"].value("text", Json()))) << answer;
    if (settings().pretends) continue;
    const std::string text = bytes_from_json(answer["result"]["text"]).value_or("");
    if (name == "stdout" || name == "stderr") {
      EXPECT_EQ(text, name == "stdout" ? "out\n" : "err\n");
    }
  }
}

TEST_F(Questions, AnUnknownQueryIsRefused) {
  const Json answer = query("no-such-query");
  ASSERT_TRUE(answer.is_object() && answer.contains("error")) << answer;
  EXPECT_EQ(answer["error"].value("code", 0), -32602);
}

TEST_F(Questions, PartsOfAFileCanBeAsked) {
  const Json all = query("stdout");
  if (!all.contains("result") || !all["result"].contains("size"))
    GTEST_SKIP() << "this backend has no query `stdout` with a size";
  EXPECT_EQ(all["result"]["size"], 4);
  const Json part = query("stdout", {{"offset", 1}, {"limit", 2}});
  EXPECT_EQ(word(part["result"], "text"), "ut");
  EXPECT_EQ(part["result"]["offset"], 1);
  const Json end = query("stdout", {{"offset", -2}});
  EXPECT_EQ(word(end["result"], "text"), "t\n");
  EXPECT_EQ(word(query("stdout", {{"offset", 4000}})["result"], "text"), "");
}

TEST_F(Questions, LogHasLabelledValues) {
  const Json log = backend_.result_of("log", question(token_, state_));
  ASSERT_TRUE(log.is_object() && log.value("values", Json()).is_array()) << log;
  for (const Json& value : log["values"]) {
    EXPECT_FALSE(word(value, "label").empty()) << value;
    EXPECT_TRUE(value.contains("value") && value["value"].is_string()) << value;
  }
}

TEST_F(Questions, CheckSaysWhetherItCanWorkHere) {
  const Json check = backend_.result_of("check", Json::object());
  ASSERT_TRUE(check.is_object() && check.value("checks", Json()).is_array()) << check;
  for (const Json& entry : check["checks"]) {
    EXPECT_FALSE(word(entry, "name").empty()) << entry;
    const std::string level = word(entry, "level");
    EXPECT_TRUE(level == "ok" || level == "warning") << entry;
  }
}

}  // namespace
}  // namespace ketrew::contract
