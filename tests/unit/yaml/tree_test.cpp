// Trees: places, merge keys, and JSON, which is read by another parser to the same tree.
#include "core/yaml/tree.hpp"

#include <gtest/gtest.h>

namespace ketrew::yaml {
namespace {

std::string places(const Node& node) {
  std::string text = std::to_string(node.place.line) + ":" + std::to_string(node.place.column);
  for (const auto& item : node.items) text += " " + places(item);
  for (const auto& [key, value] : node.entries) text += " " + places(key) + " " + places(value);
  return text;
}

std::string as_json(const std::string& text) {
  const auto tree = parse(text, "f");
  return tree ? to_json(*tree).dump() : tree.error().text();
}

TEST(Tree, JsonHasThePlacesOfYaml) {
  const std::string json =
      "{\n  \"a\" : [1, -2.50, \"t\\u0041\", null],\n \"\xc3\xa9\": {\"b\":true,\"c\":{}}\n}\n";
  const auto read = parse(json, "f");
  ASSERT_TRUE(read) << read.error().text();
  // Without the last brace it is YAML in a map.
  const auto yaml = parse("# not JSON\n" + json.substr(1), "f");
  EXPECT_FALSE(yaml);
  EXPECT_EQ(places(*read), "1:1 2:3 2:9 2:10 2:13 2:20 2:31 3:2 3:7 3:8 3:12 3:17 3:21");
  EXPECT_EQ(read->entries[0].value.items[1].text, "-2.50");
  EXPECT_TRUE(read->entries[0].value.items[2].quoted);
  EXPECT_FALSE(read->entries[1].value.entries[0].value.quoted);
}

TEST(Tree, JsonAsItIsWritten) {
  EXPECT_EQ(as_json(R"(["\ud83d\ude00", "a\/b", 1e3, 18446744073709551615, "1", "null", "<<"])"),
            "[\"\U0001F600\",\"a/b\",1000.0,1.8446744073709552e+19,\"1\",\"null\",\"<<\"]");
  EXPECT_EQ(as_json("\t{\"a\":\t1}\r\n"), R"({"a":1})");
  EXPECT_EQ(as_json("{\"<<\": {\"a\": 1}}"), R"({"<<":{"a":1}})");
  EXPECT_EQ(as_json("{\"a\": 1, \"a\": 2}"),
            "f:1:10: the key \"a\" is there twice; keep one of the two");
  EXPECT_EQ(as_json("[1, 2"), as_json("[1, 2"));
  EXPECT_EQ(as_json("{a: 1}"), R"({"a":1})");
}

TEST(Tree, MergeKeys) {
  EXPECT_EQ(as_json("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n"),
            R"({"a":{"x":1,"y":2},"b":{"x":1,"y":3}})");
  EXPECT_EQ(as_json("a: &a {x: 1}\nb: {y: 0, <<: [*a, {x: 2, z: 2}]}\n"),
            R"({"a":{"x":1},"b":{"x":1,"y":0,"z":2}})");
  EXPECT_EQ(as_json("b: {<<: 1}"),
            "f:1:9: \"<<\" is the number 1; it takes a map, or a list of maps");
  EXPECT_EQ(as_json("b: {'<<': 1}"), R"({"b":{"<<":1}})");
}

TEST(Tree, WhatItDoesNotTake) {
  EXPECT_EQ(as_json("{[a]: 1}"), "f:1:2: a list as a key; a key is a word");
  EXPECT_EQ(as_json("a\n---\nb"), "f:3:1: a second YAML document; one file has one");
  EXPECT_NE(as_json("!!binary aGk=").find("f:1:1: the YAML tag"), std::string::npos);
  EXPECT_EQ(as_json("a: \x01"), "f:1:4: a control character");
  EXPECT_EQ(as_json("a: 1\nb: \xff"), "f:2:1: this line is not UTF-8");
  EXPECT_EQ(as_json("a: 1\n b: 2\n").substr(0, 5), "f:2:3");
}

}  // namespace
}  // namespace ketrew::yaml
