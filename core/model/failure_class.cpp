#include "core/model/failure_class.hpp"

namespace ketrew {

std::string_view to_string(FailureClass value) {
  switch (value) {
    case FailureClass::exit: return "exit";
    case FailureClass::signal: return "signal";
    case FailureClass::out_of_memory: return "out-of-memory";
    case FailureClass::wall_time: return "wall-time";
    case FailureClass::node: return "node";
    case FailureClass::preempted: return "preempted";
    case FailureClass::never_started: return "never-started";
    case FailureClass::cancelled_outside: return "cancelled-outside";
    case FailureClass::refused: return "refused";
  }
  return "?";
}

std::optional<FailureClass> parse_failure_class(std::string_view text) {
  for (const auto value : all_failure_classes)
    if (to_string(value) == text) return value;
  return {};
}

}  // namespace ketrew
