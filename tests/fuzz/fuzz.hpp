// What the targets share. A target is one function that takes any bytes; it ends the program where a
// promise is broken. `fuzz_<target>` is libFuzzer's program with that one target; `fuzz_replay` has
// all of them and reads the corpora, with any compiler.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::fuzz {

struct Target {
  std::string name;
  void (*run)(std::string_view input);
};
// Those that are linked in.
std::vector<Target>& targets();
bool add(const char* name, void (*run)(std::string_view));

// Says what was broken, and aborts.
void must(bool holds, const char* promise);

// The pieces between bytes of value 0; at most `most`, the last with what is left.
std::vector<std::string_view> parts(std::string_view input, std::size_t most);

// QUESTION 0 STDOUT 0 STDERR 0 EXIT: one of a scheduler's answers, read as that question's. `ids` are
// those of the jobs that it is about.
void read_answers(const sdk::batch::Scheduler& scheduler, std::span<const std::string> ids,
                  std::string_view input);

}  // namespace ketrew::fuzz

// FUZZ_TARGET(name) { ... `input` ... }
#define FUZZ_TARGET(target)                                                         \
  namespace ketrew::fuzz {                                                          \
  static void run_##target(std::string_view input);                                 \
  [[maybe_unused]] static const bool added_##target = add(#target, &run_##target);  \
  }                                                                                 \
  void ketrew::fuzz::run_##target(std::string_view input)
