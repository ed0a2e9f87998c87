// What a job is for: a test on its host that says whether there is anything (left) to do.
//
//   {"exists": PATH}   {"larger_than": {"path": PATH, "bytes": N}}
//   {"command": TEXT, "returns": N}   {"all": [CONDITION, ...]}   "never"
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/base/text.hpp"

namespace ketrew {

struct Condition;

namespace condition {
struct Exists {
  std::string path;
  bool operator==(const Exists&) const = default;
};
struct LargerThan {
  std::string path;
  std::uint64_t bytes = 0;
  bool operator==(const LargerThan&) const = default;
};
struct Returns {
  std::string command;
  int code = 0;
  bool operator==(const Returns&) const = default;
};
struct Never {
  bool operator==(const Never&) const = default;
};
struct All {
  std::vector<Condition> parts;
  bool operator==(const All&) const;
};
}  // namespace condition

struct Condition {
  std::variant<condition::Exists, condition::LargerThan, condition::Returns, condition::Never,
               condition::All>
      test;
  bool operator==(const Condition&) const = default;
};

// Paths must be absolute; nesting is limited to 32.
Json to_json(const Condition& condition);
Result<Condition> condition_from_json(const Json& json);

}  // namespace ketrew
