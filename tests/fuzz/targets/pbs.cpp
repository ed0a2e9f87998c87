#include "backends/pbs/pbs.hpp"

#include "tests/fuzz/fuzz.hpp"

FUZZ_TARGET(pbs) {
  static const pbs::Pbs scheduler;
  static const std::vector<std::string> ids = {"0.pbs", "1.pbs", "12.pbs"};
  read_answers(scheduler, ids, input);
}
