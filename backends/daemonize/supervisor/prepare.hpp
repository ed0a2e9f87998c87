// Makes a playground and everything that a child needs, so that the thread which spawns does
// nothing else.
#pragma once

#include <string>
#include <vector>

#include "backends/daemonize/supervisor/slot_table.hpp"
#include "backends/daemonize/supervisor/wire.hpp"
#include "core/base/file.hpp"

namespace ketrew::daemonize {

// Owns all that its pointers point to; it does not move while a child is made from it.
struct Prepared {
  std::uint32_t slot = 0;
  std::uint64_t client = 0;
  std::string token;
  Fd playground, out, err;
  std::string directory;              // to change to; empty: the playground
  std::vector<std::string> programs;  // to try in turn, as execvp does
  std::vector<std::string> storage;
  std::vector<char*> argv, shell_argv, environment;  // shell_argv: for a script without `#!`
  std::shared_ptr<const std::vector<std::string>> base_environment;
};

struct Refusal {
  wire::StartAnswer answer;  // `existing`: the token was claimed before
  std::string why;
};

// `slot` has the step `intent` with token and root. On success its step is `claimed`; on a refusal
// nothing of ours is left in the playground.
tl::expected<std::unique_ptr<Prepared>, Refusal> prepare(
    SlotTable& table, std::uint32_t slot, const wire::Start& start, const std::string& boot,
    std::shared_ptr<const std::vector<std::string>> base_environment);

// Takes back what prepare() made, `claim` included; for a start that is proven not to have
// happened.
void unprepare(const std::string& playground);

// What identifies a claim as that of this slot's intent.
std::string claim_mark(const Slot& slot, std::uint32_t index);

}  // namespace ketrew::daemonize
