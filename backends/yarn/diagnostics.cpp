#include "backends/yarn/diagnostics.hpp"

#include <array>
#include <charconv>

namespace ketrew::yarn {
namespace {

// org.apache.hadoop.yarn.api.records.ContainerExitStatus.
struct ContainerExit {
  int number;
  FailureClass failure;
};
constexpr std::array<ContainerExit, 11> container_exits = {{
    {-1000, FailureClass::never_started},     // INVALID: its files could not be localized
    {-100, FailureClass::node},               // ABORTED: released, or its node was lost
    {-101, FailureClass::node},               // DISKS_FAILED
    {-102, FailureClass::preempted},          // PREEMPTED
    {-103, FailureClass::out_of_memory},      // KILLED_EXCEEDED_VMEM
    {-104, FailureClass::out_of_memory},      // KILLED_EXCEEDED_PMEM
    {-105, FailureClass::cancelled_outside},  // KILLED_BY_APPMASTER
    {-106, FailureClass::cancelled_outside},  // KILLED_BY_RESOURCEMANAGER
    {-107, FailureClass::cancelled_outside},  // KILLED_AFTER_APP_COMPLETION
    {-108, FailureClass::preempted},          // KILLED_BY_CONTAINER_SCHEDULER
    {-109, FailureClass::exit},               // KILLED_FOR_EXCESS_LOGS
}};

// The words of the NodeManager's ContainersMonitorImpl (2.x and 3.x), and of the ResourceManager's
// RMAppManager, CapacityScheduler and FairScheduler about what they do not take.
struct Words {
  std::string_view words;
  FailureClass failure;
};
constexpr std::array<Words, 8> known_words = {{
    {"beyond the 'PHYSICAL' memory limit", FailureClass::out_of_memory},
    {"beyond the 'VIRTUAL' memory limit", FailureClass::out_of_memory},
    {"running beyond physical memory limits", FailureClass::out_of_memory},
    {"running beyond virtual memory limits", FailureClass::out_of_memory},
    {"to unknown queue", FailureClass::refused},
    {"does not have permission to submit", FailureClass::refused},
    {"cannot submit applications to queue", FailureClass::refused},
    {"rejected by queue placement policy", FailureClass::refused},
}};

// Without what follows: the end of what the program wrote, which can say anything.
std::string_view of_yarn(std::string_view diagnostics) {
  return diagnostics.substr(0, diagnostics.find("\nLast "));
}

std::optional<int> number_after(std::string_view text, std::string_view words) {
  const auto at = text.find(words);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + words.size());
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

}  // namespace

std::optional<FailureClass> failure_of(std::string_view diagnostics) {
  diagnostics = of_yarn(diagnostics);
  if (const auto number = number_after(diagnostics, "exitCode:")) {
    for (const auto& exit : container_exits)
      if (exit.number == *number) return exit.failure;
    if (*number > 0) return FailureClass::exit;  // the program's own
  }
  for (const auto& [words, failure] : known_words)
    if (diagnostics.find(words) != std::string_view::npos) return failure;
  return std::nullopt;
}

std::optional<int> container_exit_code(std::string_view diagnostics) {
  diagnostics = of_yarn(diagnostics);
  auto number = number_after(diagnostics, "\nExit code:");
  if (!number) number = number_after(diagnostics, "Exit code is");
  if (!number || *number < 0 || *number > 255) return std::nullopt;
  return number;
}

bool is_over_lifetime(std::string_view diagnostics) {
  return diagnostics.find("exceeded the lifetime period") != std::string_view::npos;
}

}  // namespace ketrew::yarn
