// The closed tables of what PBS says of a job: its states, and the values of Exit_status that are
// not the script's own. A word that is not here is cannot-tell.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "backends/pbs/dialect.hpp"
#include "core/model/failure_class.hpp"

namespace ketrew::pbs {

enum class Verdict : std::uint8_t { waiting, running, ended, cannot_tell };

struct NativeState {
  char word;
  Verdict verdict;
  std::string_view phase;  // in words, for people
};
// All of one dialect, each table with its source.
std::span<const NativeState> native_states(Dialect dialect);
const NativeState* find_state(Dialect dialect, std::string_view word);

// OpenPBS `substate`, where it says more than the state does; "" for any other.
std::string_view substate_words(int substate);
namespace substate {
inline constexpr int terminated = 91;  // by qdel
inline constexpr int finished = 92;    // as it should, or never begun
inline constexpr int failed = 93;
inline constexpr int moved = 94;
}  // namespace substate

// What a negative Exit_status stands for: why the job could not be started, or was ended.
struct ExecutionFailure {
  int status;
  FailureClass failure;
  bool never_ran;
  std::string_view words;
};
std::span<const ExecutionFailure> execution_failures(Dialect dialect);
const ExecutionFailure* find_execution_failure(Dialect dialect, int status);

}  // namespace ketrew::pbs
