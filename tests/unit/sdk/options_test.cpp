#include "backends/sdk/options.hpp"

#include <gtest/gtest.h>

namespace ketrew::sdk {
namespace {

TEST(OptionsSchema, EveryPropertyHasTypeAndDescription) {
  const Json schema = OptionsSchema()
                          .portable()
                          .text("a", "text", "x")
                          .choice("b", "choice", {"p", "q"}, "p")
                          .integer("c", "integer", 0, 5, 1)
                          .boolean("d", "boolean", true)
                          .duration("e", "duration", "90s")
                          .texts("f", "texts")
                          .require("a")
                          .json();
  EXPECT_EQ(schema["type"], "object");
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_EQ(schema["required"], Json::array({"a"}));
  EXPECT_EQ(schema["properties"].size(), 14u);
  for (const auto& [name, property] : schema["properties"].items()) {
    EXPECT_TRUE(property.contains("type")) << name;
    EXPECT_FALSE(property.value("description", "").empty()) << name;
  }
  EXPECT_EQ(schema["properties"]["b"]["default"], "p");
}

TEST(PortableOptions, AreRead) {
  const auto options = portable_options({{"queue", "long"},
                                         {"cpus", 4},
                                         {"memory", "1.5G"},
                                         {"wall_time", "1h30m"},
                                         {"raw_options", {"-x", "a b"}},
                                         {"another", true}});
  ASSERT_TRUE(options) << options.error().text();
  EXPECT_EQ(options->queue, "long");
  EXPECT_EQ(options->cpus, 4);
  EXPECT_EQ(options->memory, 1610612736);
  EXPECT_EQ(options->wall_time, std::chrono::minutes(90));
  EXPECT_EQ(options->raw_options, (std::vector<std::string>{"-x", "a b"}));
  EXPECT_FALSE(options->account);
}

TEST(PortableOptions, WrongOnesAreNamed) {
  for (const auto& [key, value] : std::map<std::string, Json>{{"queue", 5},
                                                              {"cpus", 0},
                                                              {"cpus", "4"},
                                                              {"memory", "lots"},
                                                              {"memory", -1},
                                                              {"wall_time", "soon"},
                                                              {"wall_time", -5},
                                                              {"raw_options", "-x"},
                                                              {"raw_options", {1}}}) {
    const auto options = portable_options({{key, value}});
    ASSERT_FALSE(options) << key << value;
    EXPECT_NE(options.error().what.find(key), std::string::npos);
  }
}

TEST(ParseBytes, KnowsUnits) {
  EXPECT_EQ(parse_bytes("100"), 100);
  EXPECT_EQ(parse_bytes("512M"), 536870912);
  EXPECT_EQ(parse_bytes("4GiB"), 4294967296);
  EXPECT_EQ(parse_bytes("4GB"), 4294967296);
  for (const char* text : {"", "G", "-1", "1X", "1GG", "1e30", "99999999P", "nan", "inf", "1 G"})
    EXPECT_EQ(parse_bytes(text), std::nullopt) << text;
}

}  // namespace
}  // namespace ketrew::sdk
