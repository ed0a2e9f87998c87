#include <gtest/gtest.h>

#include "app/ketrewd/start_texts.hpp"

namespace ketrew::daemon {
namespace {

JobSpec plain() {
  JobSpec spec;
  spec.backend = "daemonize";
  spec.host = "/tmp";
  spec.program.commands = {{.sh = {}, .exec = {"true"}}};
  return spec;
}

std::string stored(const JobSpec& spec) {
  std::string text;
  append_json(text, spec);
  return text;
}

void expect_the_same_both_ways(const JobSpec& spec) {
  const StartTexts fresh = start_texts_of(spec);
  const auto read = start_texts_from(stored(spec));
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->program.text, fresh.program.text);
  EXPECT_EQ(read->options.text, fresh.options.text);
  EXPECT_EQ(read->name, fresh.name);
  EXPECT_TRUE(program_from_json(Json::parse(fresh.program.text)).value() == spec.program);
  EXPECT_EQ(Json::parse(fresh.options.text), spec.options);
  EXPECT_EQ(fresh.program.text.find('\n'), std::string::npos) << "a line is a message";
}

TEST(StartTexts, AreTheSameFromASpecAndFromTheStore) {
  JobSpec spec = plain();
  spec.options = Json::object();
  expect_the_same_both_ways(spec);
  spec.name = "a \"name\"\nof two lines";
  spec.options = {{"queue", "short"}, {"flags", {"--a", "\n"}}};
  spec.program.commands.push_back({.sh = "echo 'x\ny' | cat", .exec = {}});
  spec.program.environment = {{"A", "1"}, {"B", "\n"}};
  spec.program.directory = "/data";
  expect_the_same_both_ways(spec);
  spec.name = "not UTF-8: \xff";
  spec.program.commands[0].exec = {"\xfe", ""};
  spec.program.environment["A"] = "\xfd";
  spec.program.directory = "/\xfc";
  expect_the_same_both_ways(spec);
}

TEST(StartTexts, DamageIsNotPassedOn) {
  const std::string good = stored(plain());
  ASSERT_TRUE(start_texts_from(good));
  for (const std::string& bad :
       {std::string(), std::string("[]"), good.substr(0, good.size() - 1), good + "{}",
        std::string(R"({"backend":"b"})"), std::string(R"({"program":5})"),
        std::string(R"({"program":{},"options":[]})"), std::string(R"({"program":{},"name":5})"),
        std::string("{\"program\":{},\n\"name\":\"x\"}"), std::string(R"({"program":{"a":tru}})")}) {
    const auto read = start_texts_from(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().kind, ErrorKind::corrupt) << bad;
  }
}

TEST(StartTexts, OptionsGrowAndWhatIsNoJsonStaysAsItIs) {
  RetryPolicy policy;
  policy.growth.push_back({.after = FailureClass::out_of_memory, .option = "cpus", .factor = 2});
  std::array<std::uint16_t, failure_class_count> failures{};
  failures[static_cast<std::size_t>(FailureClass::out_of_memory)] = 2;
  EXPECT_EQ(grown({R"({"cpus":3})"}, policy, failures).text, R"({"cpus":12})");
  for (const char* broken : {R"({"cpus":3)", R"({"cpus":{]})", "", "[3]"})
    EXPECT_EQ(grown({broken}, policy, failures).text, broken);
}

}  // namespace
}  // namespace ketrew::daemon
