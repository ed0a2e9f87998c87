// One question about many jobs of one host: split where the system's limits on arguments want it,
// and each job's part of the answers.
#pragma once

#include <deque>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::sdk::batch {

inline constexpr std::size_t longest_argument = (std::size_t{128} << 10) - 1;  // MAX_ARG_STRLEN

// Whether no word of the command is longer than Linux takes, nor all of them together longer than
// `total` bytes. Words are what stands between blanks: quoted text counts as longer than it is.
bool fits(std::string_view command, std::size_t total);

// Halved until each part fits; a single job is never split.
std::vector<std::span<const AskedJob>> split_jobs(
    std::span<const AskedJob> jobs, std::size_t most,
    const std::function<bool(std::span<const AskedJob>)>& part_fits);

// The part of one job. `row` is none where the answer does not have it.
struct Seen {
  const Row* row = nullptr;
  const Answer* answer = nullptr;
};
struct Answers {
  std::deque<Answer> all;   // of each command
  std::vector<Seen> seen;   // of each job that was asked about, in order; points into `all`
};
// Adds one command's answer about `jobs`. Of several rows of one id the last counts; a row that
// carries the token of another attempt is of an id that was given anew, and not the job's.
void add_answer(Answers& answers, Answer answer, std::span<const AskedJob> jobs);

}  // namespace ketrew::sdk::batch
