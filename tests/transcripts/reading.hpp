// What a scheduler's readers make of recordings and of damaged copies of them; the same for all.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "backends/sdk/batch/scheduler.hpp"
#include "tests/transcripts/recordings.hpp"

namespace ketrew::test {

// Which of a scheduler's questions a recording answers.
enum class Form { none, queue, history, submission, kill };

struct Reading {
  const sdk::batch::Scheduler& scheduler;
  std::function<Form(const Recording&)> form_of;
  // The jobs that the question was about, as if each had been submitted under its name there.
  std::function<std::vector<sdk::batch::AskedJob>(const Recording&)> asked;
};

// A line for each recording: "FILE | COMMAND | what was read".
std::vector<std::string> lines_of(const Reading& reading, const std::vector<Recording>& recordings);

struct Damaged {
  std::size_t looked = 0;
  std::string wrong;  // the first damaged copy with an outcome that the whole does not have, or ""
};
// Of the answers about queue and history. `healthy_queue` says what is wrong with a damaged answer of
// the queue that was taken for healthy, or nothing: who is not in it, has gone.
using HealthyQueue = std::function<std::string(
    const Recording&, const std::vector<sdk::batch::AskedJob>&, const sdk::batch::Answer& whole,
    const sdk::batch::Answer& damaged)>;
Damaged look_at_damaged(const Reading& reading, const std::vector<Recording>& recordings,
                        const HealthyQueue& healthy_queue);

}  // namespace ketrew::test
