#include "backends/yarn/scheduler.hpp"

#include "tests/fuzz/fuzz.hpp"

namespace {

ketrew::yarn::Yarn with(const ketrew::Json& options) {
  ketrew::yarn::Yarn made;
  ketrew::fuzz::must(made.initialize({options}).has_value(), "its options are taken");
  return made;
}

}  // namespace

FUZZ_TARGET(yarn) {  // by the REST interface, and by the command
  static const yarn::Yarn rest = with({{"resource_manager", "http://rm:8088"}});
  static const yarn::Yarn command = with(Json::object());
  static const std::vector<std::string> ids = {"application_1732250000000_0001",
                                               "application_1732250000000_0002"};
  if (input.empty()) return;
  read_answers(input.front() == 'r' ? rest : command, ids, input.substr(1));
}
