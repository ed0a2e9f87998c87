// Many conditions of one host as one shell text, and its answer read back. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/model/condition.hpp"
#include "core/model/observation.hpp"

namespace ketrew::conditions {

// What is known of one condition.
struct Verdict {
  enum class Word : std::uint8_t {
    holds,
    fails,
    cannot_tell,  // a folder that cannot be searched, a file that cannot be read
    broken,       // it can never be told: not a file where a file's size is asked for
  };
  Word word = Word::cannot_tell;
  Evidence evidence;  // the test that decided
};
const char* to_string(Verdict::Word word);

// A POSIX shell text that prints a line for each test, in order. Each test is made, also where an
// earlier one of the same condition has failed: the text has no branches to get wrong.
std::string script_of(std::span<const Condition> conditions);
// One verdict for each condition; an error where the answer does not fit the text.
Result<std::vector<Verdict>> verdicts_from(std::string_view answer,
                                           std::span<const Condition> conditions);

}  // namespace ketrew::conditions
