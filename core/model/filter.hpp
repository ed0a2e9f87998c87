// The filter language of `--where`: which jobs. A parsed filter is plain data; `matches` is its
// meaning, and core/store turns it into SQL that means the same (a property test holds both
// together).
//
//   state = failed and (tag = night or name ~ align) and not class = exit
//   status = in-progress and age > 2h            root-failure and host ~ login1
//
//   expression: or of ands of tests; `not`, parentheses. Words are case-sensitive.
//   test:       FIELD OP VALUE, or a field that is a yes or no by itself (root-failure)
//   OP:         =  !=  ~  !~  <  <=  >  >=
//   VALUE:      a bare word, or "..." or '...', where a backslash comes before a quote or another
//
// `~` looks for the value anywhere in the text; `*` in it stands for any text, `?` for one
// character, and letters of ASCII match in either case. A job that has no value for a field (no
// exit code yet) fails every test of it but `!=` and `!~`.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/model/job.hpp"

namespace ketrew::filter {

enum class Field : std::uint8_t {
  id, name, backend, host, tag, state, status, failure, phase, message, reason,
  attempt, exit_code, signal, age, took, since_end, submitted, started, finished,
  root_failure, in_doubt, set_aside, orphan, workflow,
};

// What is compared, and with which operators.
enum class Kind : std::uint8_t {
  text,      // = != ~ !~
  states,    // = !=; the value is a set of states
  number,    // = != < <= > >=
  duration,  // the same; "90s", "2h"
  time,      // the same; RFC 3339, or a date: its first moment, in UTC
  flag,      // by itself
};

struct FieldInfo {
  Field field;
  Kind kind;
  std::string_view name, description;
};
std::span<const FieldInfo> fields();
const FieldInfo& info(Field field);

enum class Op : std::uint8_t { equal, differs, like, unlike, less, less_equal, greater, greater_equal };

using StateSet = std::uint32_t;  // bit n: the state with the number n
constexpr StateSet bit(State state) { return StateSet{1} << static_cast<unsigned>(state); }
// Failed by itself: not because of what it depends on.
StateSet root_failures();

struct Test {
  Field field = Field::name;
  Op op = Op::equal;
  std::string text;         // of Kind::text; an id's prefix is in lower case
  std::int64_t number = 0;  // of number and the failure class; milliseconds of duration and time
  StateSet states = 0;      // of Kind::states
};

// Nothing at all in `parts` of an `all`: every job.
struct Filter {
  enum class Form : std::uint8_t { test, all, any, no } form = Form::all;
  Test test;
  std::vector<Filter> parts;  // of `no`: one
};

// Refuses texts beyond 64 KiB, 1,000 tests or 64 levels. The error names the column and what would
// be right.
Result<Filter> parse(std::string_view text);

bool matches(const Filter& filter, const JobRecord& job, Wall now);

// The meaning of `~`, on bytes that are UTF-8 where that matters.
bool like(std::string_view text, std::string_view pattern);

}  // namespace ketrew::filter
