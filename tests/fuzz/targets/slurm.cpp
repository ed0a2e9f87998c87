#include "backends/slurm/scheduler.hpp"

#include "tests/fuzz/fuzz.hpp"

FUZZ_TARGET(slurm) {
  static const slurm::Slurm scheduler;
  static const std::vector<std::string> ids = {"1", "27", "28", "4_1"};
  read_answers(scheduler, ids, input);
}
