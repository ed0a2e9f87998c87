// Files that were made to hurt: refused in bounded time and memory.
#include <gtest/gtest.h>

#include "core/yaml/tree.hpp"

namespace ketrew::yaml {
namespace {

std::string message_of(const std::string& yaml) {
  const auto tree = parse(yaml, "f");
  return tree ? "no error" : tree.error().text();
}

TEST(HostileYaml, AnAliasBomb) {
  std::string yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 9; ++k) yaml += ", " + before;
    yaml += "]\n";
  }
  EXPECT_NE(message_of(yaml).find("more than 100000 values"), std::string::npos)
      << message_of(yaml);
}

TEST(HostileYaml, DeepNesting) {
  for (const std::size_t depth : {65u, 400u, 20'000u, 500'000u}) {
    const std::string message = message_of(std::string(depth, '['));
    EXPECT_TRUE(message.find("nested more than 64 deep") != std::string::npos ||
                message.find("not YAML") != std::string::npos)
        << message;
  }
  EXPECT_NE(message_of(std::string(65, '[') + std::string(65, ']')), "no error");
  EXPECT_EQ(message_of(std::string(64, '[') + std::string(64, ']')), "no error");
}

TEST(HostileYaml, AliasesThatNest) {
  std::string yaml = "a0: &a0 [x]\n";
  for (int i = 1; i < 100; ++i)
    yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            "]\n";
  EXPECT_NE(message_of(yaml).find("nested more than 64 deep"), std::string::npos);
}

TEST(HostileYaml, AnAliasOfItself) {
  EXPECT_EQ(message_of("a: &x [*x]\n"), "f:1:8: an alias that contains itself");
}

TEST(HostileYaml, TooLarge) {
  EXPECT_NE(message_of(std::string(Limits().bytes + 1, '#')).find("larger than"),
            std::string::npos);
}

TEST(HostileYaml, TooManyValues) {
  std::string yaml = "[";
  for (int i = 0; i < 200'000; ++i) yaml += "a,";
  EXPECT_NE(message_of(yaml + "]").find("more than 100000 values"), std::string::npos);
}

TEST(HostileYaml, EveryPrefixAndEveryChangedByteIsAnswered) {
  const std::string yaml =
      "profiles:\n  a: &x {b: [1, 'two', \"three\"], c: |\n    text\n  }\n  d: *x\n# end\n";
  for (std::size_t i = 0; i < yaml.size(); ++i) {
    message_of(yaml.substr(0, i));
    for (const char c : {'\0', '[', '}', ':', '*', '&', '"', '\n', '\xff', '!', '?', '-', '%'}) {
      std::string changed = yaml;
      changed[i] = c;
      message_of(changed);
    }
  }
}

TEST(YamlValues, FollowTheCoreSchema) {
  const auto tree = parse(
      "[1, -2, 1.5, 1e3, true, False, null, ~, yes, '1', \"true\", 0x10, 1.2.3, -, .5, !!str 7, "
      "1_000, +4]",
      "f");
  ASSERT_TRUE(tree) << tree.error().text();
  EXPECT_EQ(
      to_json(*tree).dump(),
      R"([1,-2,1.5,1000.0,true,false,null,null,"yes","1","true","0x10","1.2.3","-",0.5,"7","1_000",4])");
}

}  // namespace
}  // namespace ketrew::yaml
