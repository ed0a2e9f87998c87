#include "app/ketrewd/options_check.hpp"

#include <gtest/gtest.h>

namespace ketrew::daemon {
namespace {

constexpr const char* schema = R"({
  "type": "object", "additionalProperties": false, "required": ["queue"],
  "properties": {
    "queue": {"type": "string", "minLength": 1, "description": "the partition"},
    "cpus": {"type": "integer", "minimum": 1, "maximum": 64, "default": 1, "description": "threads"},
    "memory": {"type": ["string", "integer"], "description": "bytes"},
    "using": {"type": "string", "enum": ["supervisor", "nohup-setsid"], "description": "how"},
    "raw_options": {"type": "array", "items": {"type": "string"}, "description": "words"},
    "exact": {"type": "boolean", "description": "yes or no"},
    "odd": {"not": {"type": "null"}, "description": "no rule that is explained"}
  }})";

class OptionsCheckTest : public testing::Test {
 protected:
  std::string refusal(const Json& options) {
    const auto result = check.check("slurm", schema, options);
    EXPECT_FALSE(result) << options;
    if (result) return "";
    EXPECT_EQ(result.error().kind, ErrorKind::invalid);
    EXPECT_EQ(result.error().text().find('\n'), std::string::npos);
    return result.error().text();
  }
  OptionsCheck check;
};

TEST_F(OptionsCheckTest, GoodOnesPass) {
  EXPECT_TRUE(check.check("slurm", schema,
                          {{"queue", "long"},
                           {"cpus", 4},
                           {"memory", "4G"},
                           {"using", "supervisor"},
                           {"raw_options", {"-x", "y"}},
                           {"exact", true}}));
  EXPECT_TRUE(check.check("slurm", schema, {{"queue", "long"}}));
}

TEST_F(OptionsCheckTest, FaultsAreExplained) {
  EXPECT_EQ(refusal({{"queue", "q"}, {"cpu", 4}}),
            "no option 'cpu' of backend slurm; did you mean cpus?");
  EXPECT_EQ(refusal({{"queue", "q"}, {"zzzzzz", 4}}),
            "no option 'zzzzzz' of backend slurm; it has: cpus, exact, memory, odd, queue, "
            "raw_options, using");
  EXPECT_EQ(refusal({{"queue", "q"}, {"cpus", "4"}}),
            "option 'cpus' of backend slurm is \"4\" (string), expected: integer; cpus: threads");
  EXPECT_EQ(refusal({{"queue", "q"}, {"cpus", 0}}),
            "option 'cpus' of backend slurm is 0, expected at least 1; cpus: threads");
  EXPECT_EQ(refusal({{"queue", "q"}, {"cpus", 65}}),
            "option 'cpus' of backend slurm is 65, expected at most 64; cpus: threads");
  EXPECT_EQ(refusal({{"queue", "q"}, {"memory", 1.5}}),
            "option 'memory' of backend slurm is 1.5 (number), expected: string or integer; "
            "memory: bytes");
  EXPECT_EQ(refusal({{"queue", "q"}, {"using", "magic"}}),
            "option 'using' of backend slurm is \"magic\", expected one of \"supervisor\", "
            "\"nohup-setsid\"; using: how");
  EXPECT_EQ(refusal({{"queue", "q"}, {"raw_options", {"a", 7}}}),
            "option 'raw_options' of backend slurm has at place 2 a value that is 7 (integer), "
            "expected: string; raw_options: words");
  EXPECT_EQ(refusal({{"queue", ""}}),
            "option 'queue' of backend slurm is empty; queue: the partition");
  EXPECT_EQ(refusal({{"cpus", 2}}),
            "option 'queue' of backend slurm is missing; give it: -o queue=VALUE");
  EXPECT_NE(refusal(Json::array()).find("expected an object"), std::string::npos);
}

TEST_F(OptionsCheckTest, RulesThatAreNotExplainedStillHold) {
  EXPECT_NE(refusal({{"queue", "q"}, {"odd", nullptr}}).find("odd"), std::string::npos);
}

TEST_F(OptionsCheckTest, ANewSchemaReplacesTheOld) {
  EXPECT_FALSE(check.check("b", R"({"type":"object","additionalProperties":false})", {{"x", 1}}));
  EXPECT_TRUE(check.check("b", R"({"type":"object"})", {{"x", 1}}));
}

TEST_F(OptionsCheckTest, BadSchemasAreTheBackendsFault) {
  for (const char* bad : {"", "[]", "{\"type\": 7}", "{\"properties\": []}",
                          "{\"$ref\": \"http://nowhere/x\"}", "{\"minimum\": \"a\"}"}) {
    const auto result = check.check("b", bad, Json::object());
    if (result) continue;  // lenient is fine; ending the process is not
    EXPECT_EQ(result.error().kind, ErrorKind::unavailable) << bad;
    EXPECT_NE(result.error().what.find("backend b"), std::string::npos);
  }
}

}  // namespace
}  // namespace ketrew::daemon
