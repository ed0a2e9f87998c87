#include "backends/pbs/pbs.hpp"

#include "tests/fuzz/fuzz.hpp"

FUZZ_TARGET(torque) {
  static const auto scheduler = [] {
    pbs::Pbs made;
    must(made.initialize({Json{{"dialect", "torque"}}}).has_value(), "torque is a dialect");
    return made;
  }();
  static const std::vector<std::string> ids = {"0.torque", "1.torque", "12.torque"};
  read_answers(scheduler, ids, input);
}
