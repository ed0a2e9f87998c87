#include "backends/sge/scheduler.hpp"

#include "tests/fuzz/fuzz.hpp"

FUZZ_TARGET(sge) {
  static const sge::GridEngine scheduler;
  static const std::vector<std::string> ids = {"1", "2", "12"};
  read_answers(scheduler, ids, input);
}
