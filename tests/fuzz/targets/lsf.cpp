#include "backends/lsf/scheduler.hpp"

#include "tests/fuzz/fuzz.hpp"

FUZZ_TARGET(lsf) {  // and OpenLava, whose answers the same readers take
  static const lsf::Lsf scheduler;
  static const std::vector<std::string> ids = {"101", "102", "103[2]"};
  read_answers(scheduler, ids, input);
}
