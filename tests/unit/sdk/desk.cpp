// A backend whose jobs say what it is to do wrong.
#define KETREW_BACKEND_SYMBOL ketrew_backend_desk
#include <stdexcept>

#include <ketrew/backend.hpp>

namespace ketrew::sdk {
namespace {

struct Slip {
  std::string number;
  int looks = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Slip, number, looks)

class Desk : public Backend<Slip> {
  Result<> initialize(const Setup& setup) override {
    if (setup.options.contains("refuse")) return fail(ErrorKind::invalid, "no such desk");
    return {};
  }
  OptionsSchema options() const override { return OptionsSchema().text("do", "what goes wrong"); }
  OptionsSchema far_options() const override { return options().text("road", "how to get there"); }

  // Version 1 called the number "n" and counted nothing.
  int state_version() const override { return 2; }
  Result<Json> migrate(int, Json old) override {
    return Json{{"number", old.at("n")}, {"looks", 0}};
  }

  StartResult start(const StartRequest& request) override {
    const std::string what = request.options.value("do", "");
    if (what == "throw") throw std::runtime_error("the desk burns");
    if (what == "throw-odd") throw 5;
    if (what == "refuse") return Refused{true, "closed"};
    if (what == "doubt") return InDoubt{"no answer"};
    return Started{{request.token, 0}};
  }
  FindResult find(const FindRequest& request) override {
    if (request.options.value("do", "") == "throw") throw std::runtime_error("the desk burns");
    return Absent{{"look", 0, "nothing"}};
  }
  void update(const HostUri&, std::span<Job> jobs) override {
    for (Job& job : jobs) {
      if (job.token == "burn-1") throw std::runtime_error("the desk burns");
      if (job.token == "forgotten-1") continue;
      ++job.state.looks;
      if (job.token == "same-1") --job.state.looks;
      job.observation = observed::Running{job.state.number};
    }
  }
  void kill(const HostUri&, std::span<KillJob> jobs) override {
    for (KillJob& job : jobs)
      if (job.token != "forgotten-1") job.answer = KillWord::sent;
  }
  std::vector<QueryDescription> queries(const HostUri&, const Slip&) override {
    return {{"number", "its number"}};
  }
  Result<QueryAnswer> query(const HostUri&, const std::string&, const Slip& slip,
                            const QueryRequest&) override {
    return QueryAnswer{slip.number, 0, {}};
  }
};

}  // namespace
}  // namespace ketrew::sdk

KETREW_BACKEND(ketrew::sdk::Desk, "desk", "2.0");
