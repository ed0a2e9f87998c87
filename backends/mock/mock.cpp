// The mock backend: see README.md.
#include <fcntl.h>
#include <ketrew/backend.hpp>
#include <signal.h>
#include <unistd.h>

#include "backends/mock/behaviour.hpp"
#include "backends/mock/script.hpp"
#include "core/base/file.hpp"

namespace ketrew::mock {
namespace {

struct MockState {
  std::string script;           // empty: by the clock
  std::uint64_t updates = 0;    // how many there were
  std::int64_t started_ms = 0;  // Unix time
  std::int64_t seconds = 0;     // it pretends to run
  int exit_code = 0;
  bool instant = false;
  Behaviour behaviour;
};
void to_json(Json& json, const MockState& state) {
  if (state.instant) {  // little, because benchmarks have many
    json = {{"instant", true}};
    return;
  }
  json = {{"script", state.script},         {"updates", state.updates},
          {"started_ms", state.started_ms}, {"seconds", state.seconds},
          {"exit_code", state.exit_code},   {"behaviour", state.behaviour}};
}
void from_json(const Json& json, MockState& state) {
  state.instant = json.value("instant", false);
  if (state.instant) return;
  json.at("script").get_to(state.script);
  json.at("updates").get_to(state.updates);
  json.at("started_ms").get_to(state.started_ms);
  json.at("seconds").get_to(state.seconds);
  json.at("exit_code").get_to(state.exit_code);
  json.at("behaviour").get_to(state.behaviour);
}

class Mock : public sdk::Backend<MockState> {
 public:
  static constexpr bool concurrent_hosts = true;  // nothing below changes after initialize

 private:
  Result<> initialize(const sdk::Setup& setup) override {
    const Json& options = setup.options;
    capabilities_.events = options.value("events", false);
    capabilities_.visibility_lag = Milliseconds(options.value("visibility_lag_ms", 0));
    capabilities_.batch = options.value("batch", 10000u);
    directory_ = path_join(path_join(setup.home, "backends"), setup.name);
    return make_directories(directory_);
  }
  sdk::Capabilities capabilities() const override { return capabilities_; }

  sdk::OptionsSchema options() const override {
    sdk::OptionsSchema schema;
    schema.portable({sdk::Portable::queue, sdk::Portable::cpus, sdk::Portable::job_name})
        .text("script", "what the updates see, as waiting:2,running:3,ended:0")
        .boolean("instant", "no files, no waiting: it ends with 0 at once", false)
        .texts("crash_in", "methods in which the process aborts")
        .texts("hang_in", "methods that never return")
        .texts("garbage_in", "methods that write bytes that are no message")
        .boolean("crash_after_effect", "crash_in [start] happens when the job is there", false)
        .duration("slow_by", "how much longer each method takes", "0s")
        .property("refuse", "\"for-ever\", or the number of starts that are refused for now",
                  {{"type", Json::array({"string", "integer"})}, {"minimum", 0}})
        .choice("doubt", "a start that answers in-doubt", {"with-effect", "without-effect"})
        .integer("find_cannot_tell", "the number of finds that cannot tell", 0, 1'000'000, 0)
        .choice("on_kill", "what a kill does", {"end", "ignore", "cannot-tell"}, "end")
        .text("repair", "a file whose existence stops all misbehaviour");
    return schema;
  }

  StartResult start(const StartRequest& request) override {
    const Json& options = request.options;
    MockState state;
    state.instant = options.value("instant", false);
    if (state.instant) {
      services().changed({&request.token, 1});
      return Started{std::move(state)};
    }
    state.behaviour = behaviour_from(options);
    const bool sane = state.behaviour.repaired();
    if (!state.behaviour.crash_after_effect) misbehave(state.behaviour, "start");
    if (const auto refusal = refuse(request); refusal && !sane) return *refusal;
    state.script = options.value("script", std::string());
    if (!state.script.empty())
      if (const auto script = parse_script(state.script); !script)
        return sdk::Refused{true, script.error().text()};
    const Pretended pretended = pretend(request.program);
    state.seconds = pretended.seconds;
    state.exit_code = pretended.exit_code;
    state.started_ms = unix_milliseconds(wall_now());
    const std::string doubt = sane ? "" : options.value("doubt", std::string());
    if (doubt == "without-effect") return sdk::InDoubt{"pretended"};
    // Whoever comes first: a repeated start finds the job there and starts nothing.
    if (auto found = read_job(request.token); found) return Started{std::move(*found)};
    if (auto written = write_file_atomically(job_file(request.token), Json(state).dump()); !written)
      return sdk::Refused{false, written.error().text()};
    if (state.behaviour.crash_after_effect) misbehave(state.behaviour, "start");
    if (doubt == "with-effect") return sdk::InDoubt{"pretended"};
    return Started{std::move(state)};
  }

  FindResult find(const FindRequest& request) override {
    const Behaviour behaviour = behaviour_from(request.options);
    misbehave(behaviour, "find");
    const auto times = request.options.value("find_cannot_tell", std::int64_t{0});
    if (times > 0 && !behaviour.repaired() && count(request.token, "finds") <= times)
      return sdk::CannotTell{"pretended"};
    auto state = read_job(request.token);
    if (state) return Found{std::move(*state)};
    if (state.error().kind != ErrorKind::not_found) return sdk::CannotTell{state.error().text()};
    return sdk::Absent{{"stat " + job_file(request.token), {}, "no such file"}};
  }

  void update(const HostUri&, std::span<Job> jobs) override {
    for (Job& job : jobs) {
      MockState& state = job.state;
      if (state.instant) {
        job.observation = observed::Ended{0, {}, {}};
        continue;
      }
      misbehave(state.behaviour, "update");
      if (access(kill_file(job.token).c_str(), F_OK) == 0) {
        job.observation = observed::Ended{{}, SIGTERM, {}, {}, {"mock", {}, "killed"}};
      } else if (!state.script.empty()) {
        const auto script = parse_script(state.script);
        if (script) job.observation = observation_at(*script, state.updates);
        ++state.updates;
      } else {
        observe_by_clock(job);
      }
    }
  }

  void kill(const HostUri&, std::span<KillJob> jobs) override {
    for (KillJob& job : jobs) {
      const Behaviour& behaviour = job.state.behaviour;
      misbehave(behaviour, "kill");
      const bool sane = behaviour.repaired();
      if (job.state.instant || is_over(job.state)) {
        job.answer = sdk::KillWord::already_over;
      } else if (behaviour.on_kill == "cannot-tell" && !sane) {
        job.why = "pretended";
      } else if (behaviour.on_kill == "ignore" && !sane) {
        job.answer = sdk::KillWord::sent;
      } else if (auto written = write_file_atomically(kill_file(job.token), ""); written) {
        job.answer = sdk::KillWord::sent;
      } else {
        job.why = written.error().text();
      }
    }
  }

  std::vector<sdk::QueryDescription> queries(const HostUri&, const MockState&) override {
    return {{"script", "what the updates see"}, {"bytes", "all 256 bytes"}};
  }
  Result<sdk::QueryAnswer> query(const HostUri&, const std::string&, const MockState& state,
                                 const sdk::QueryRequest& request) override {
    misbehave(state.behaviour, "query");
    if (request.name == "script") return sdk::QueryAnswer{state.script, 0, {}};
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
    return sdk::QueryAnswer{bytes, 0, 256};
  }
  std::vector<sdk::LogValue> log(const HostUri&, const std::string& token,
                                 const MockState& state) override {
    return {{"token", token}, {"updates", std::to_string(state.updates)}};
  }
  std::vector<sdk::CheckEntry> check() override {
    return {{"directory",
             access(directory_.c_str(), W_OK) == 0 ? sdk::CheckLevel::ok : sdk::CheckLevel::error,
             directory_}};
  }

  std::optional<StartResult> refuse(const StartRequest& request) {
    const auto how = request.options.find("refuse");
    if (how == request.options.end()) return std::nullopt;
    if (*how == "for-ever") return sdk::Refused{true, "pretended"};
    if (how->is_number_integer() && count(request.token, "starts") <= *how)
      return sdk::Refused{false, "pretended"};
    return std::nullopt;
  }

  static bool is_over(const MockState& state) {
    if (!state.script.empty()) {
      const auto script = parse_script(state.script);
      return script && state.updates > 0 &&
             std::holds_alternative<observed::Ended>(observation_at(*script, state.updates - 1));
    }
    return unix_milliseconds(wall_now()) >= state.started_ms + state.seconds * 1000;
  }
  static void observe_by_clock(Job& job) {
    const Wall started = from_unix_milliseconds(job.state.started_ms);
    if (!is_over(job.state)) {
      job.observation = observed::Running{"running", started};
      return;
    }
    observed::Ended ended{job.state.exit_code, {}, {}};
    ended.started_at = started;
    ended.ended_at = started + std::chrono::seconds(job.state.seconds);
    ended.evidence = {"mock clock", {}, "pretended"};
    job.observation = ended;
  }

  // How often this was asked of the token, this time included; kept on disk.
  std::int64_t count(const std::string& token, const char* what) {
    const Fd file(open(path_join(directory_, token + '.' + what).c_str(),
                       O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!file || !write_all(file.get(), "x")) return 0;
    return lseek(file.get(), 0, SEEK_END);
  }
  Result<MockState> read_job(const std::string& token) const {
    const auto text = read_file(job_file(token));
    if (!text) return pass(text.error());
    return Json::parse(*text).get<MockState>();  // may throw: the SDK makes "cannot tell" of it
  }
  std::string job_file(const std::string& token) const {
    return path_join(directory_, token + ".job");
  }
  std::string kill_file(const std::string& token) const {
    return path_join(directory_, token + ".killed");
  }

  sdk::Capabilities capabilities_;
  std::string directory_;
};

}  // namespace
}  // namespace ketrew::mock

KETREW_BACKEND(ketrew::mock::Mock, "mock", "1.0");
