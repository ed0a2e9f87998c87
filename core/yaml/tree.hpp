// A YAML document as a tree of plain values, each with its place. Aliases are copied in and merge
// keys (`<<`) are carried out; size, depth and number of values are bounded, so that no file can
// use up time or memory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/text.hpp"

namespace ketrew::yaml {

struct Place {
  int line = 0, column = 0;  // from 1; 0: the file as a whole
  int file = 0;              // where several files are read as one: which (Problems knows its name)
  bool operator==(const Place&) const = default;
};

struct Node {
  struct Entry;
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  bool quoted = false;  // scalar: it is a string, whatever it looks like
  Place place;
  std::string text;            // scalar
  std::vector<Node> items;     // list
  std::vector<Entry> entries;  // map: keys are scalars and unique
};
struct Node::Entry {
  Node key, value;
};

struct Limits {
  std::size_t bytes = 1 << 20;
  std::size_t values = 100'000;  // aliases count as often as they are used
  std::size_t depth = 64;
};

// "file:line:column: what"; the hint as usual.
Error error_at(const std::string& file, Place place, const std::string& what,
               std::string hint = {});

// `file` is for messages only, `number` is what the places get as theirs. An empty document is a
// null node.
Result<Node> parse(std::string_view text, const std::string& file, const Limits& limits = {},
                   int number = 0);
// Reads the file first; one that is larger than the limit is refused.
Result<Node> load(const std::string& file, const Limits& limits = {}, int number = 0);

// As JSON, by the core schema of YAML 1.2: null, true, false, numbers; everything else is a string.
Json to_json(const Node& node);
Json scalar_to_json(const std::string& text);  // of one that is not quoted

// "a list", "a number", ...: what a message calls it.
std::string describe(const Node& node);

}  // namespace ketrew::yaml
