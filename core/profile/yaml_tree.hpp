// A YAML document as a tree of plain values, each with its place in the file. Aliases are copied
// in; size, depth and number of nodes are bounded, so that no file can use up time or memory.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/text.hpp"

namespace ketrew::profile {

struct Place {
  int line = 0, column = 0;  // from 1; 0: the file as a whole
  auto operator<=>(const Place&) const = default;
};

struct YamlNode {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  Place place;
  std::string text;             // scalar
  bool quoted = false;          // scalar: it is a string, whatever it looks like
  std::vector<YamlNode> items;  // list
  std::vector<std::pair<YamlNode, YamlNode>> entries;  // map: keys are scalars and unique
};

inline constexpr std::size_t max_yaml_bytes = 1 << 20;
inline constexpr std::size_t max_yaml_nodes = 100'000;
inline constexpr std::size_t max_yaml_depth = 64;

// "file:line:column: what"; the hint as usual.
Error error_at(const std::string& file, Place place, const std::string& what,
               std::string hint = {});

// `file` is for messages only. An empty document is a null node.
Result<YamlNode> parse_yaml(std::string_view text, const std::string& file);
// Reads the file first; one that is larger than `max_yaml_bytes` is refused.
Result<YamlNode> load_yaml(const std::string& file);

// As JSON, by the core schema of YAML 1.2: null, true, false, numbers; everything else is a string.
Json to_json(const YamlNode& node);

// "a list", "a number", ...: what a message calls it.
std::string describe(const YamlNode& node);

}  // namespace ketrew::profile
