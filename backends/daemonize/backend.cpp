#include "backends/daemonize/backend.hpp"

#include <set>

#include <ketrew/backend.hpp>

#include "backends/daemonize/checks.hpp"
#include "backends/daemonize/detached.hpp"
#include "backends/daemonize/queries.hpp"
#include "backends/daemonize/supervised.hpp"
#include "backends/daemonize/supervisor/processes.hpp"
#include "backends/daemonize/supervisor_program.hpp"
#include "core/base/file.hpp"
#include "core/host/playground.hpp"
#include "core/host/playground_sweep.hpp"

extern char** environ;

namespace ketrew::daemonize {
namespace {

// Calls `work(way, group)` once for each way of detaching that occurs in `items`; `mode_of` says
// which one an item belongs to.
template <class Item, class ModeOf, class Work>
void by_mode(const std::vector<Item>& items, ModeOf mode_of, Work work) {
  for (const bool supervised : {true, false}) {
    std::vector<Item> group;
    for (const auto& item : items)
      if ((mode_of(item) == Using::supervisor) == supervised) group.push_back(item);
    if (!group.empty()) work(supervised ? Using::supervisor : Using::nohup_setsid, group);
  }
}

}  // namespace

Daemonize::~Daemonize() = default;

Result<> Daemonize::initialize(const sdk::Setup& setup) {
  std::string configured;
  int idle_ms = 60000;
  for (const auto& [key, value] : setup.options.items()) {
    if (key == "supervisor" && value.is_string()) {
      configured = value.get<std::string>();
    } else if (key == "supervisor_idle_ms" && value.is_number_integer()) {
      idle_ms = value.get<int>();
    } else {
      return fail(ErrorKind::invalid, "unknown option or wrong type: " + key,
                  "supervisor: PATH, supervisor_idle_ms: NUMBER");
    }
  }
  const auto program = supervisor_program(configured);
  ClientSettings settings;
  settings.directory = path_join(setup.home, "supervisor");
  // Without the program ssh hosts still work; each local start says what is missing.
  settings.program = program ? *program : "ketrew-supervisor";
  settings.idle_ms = idle_ms;
  for (char** variable = environ; *variable; ++variable) settings.environment.push_back(*variable);
  client_ = std::make_shared<SupervisorClient>(
      settings, [this](const std::vector<std::string>& tokens) { services().changed(tokens); });
  supervised_ = std::make_unique<Supervised>(client_);
  detached_ = std::make_unique<Detached>(
      path_join(setup.home, "ssh"),
      [this](const std::vector<std::string>& tokens) { services().changed(tokens); });
  return {};
}

sdk::Capabilities Daemonize::capabilities() const {
  sdk::Capabilities capabilities;
  capabilities.events = true;
  capabilities.visibility_lag = Milliseconds(0);
  capabilities.inventory = true;
  return capabilities;
}

sdk::OptionsSchema Daemonize::options() const { return job_options_schema(); }
sdk::OptionsSchema Daemonize::far_options() const { return far_job_options_schema(); }

Way& Daemonize::way(Using mode) const {
  return mode == Using::supervisor ? *supervised_ : *detached_;
}

Base::StartResult Daemonize::start(const StartRequest& request) {
  return std::move(start_many({&request, 1}).front());
}

std::vector<Base::StartResult> Daemonize::start_many(std::span<const StartRequest> requests) {
  std::vector<StartResult> results(requests.size(), sdk::InDoubt{"not asked"});
  std::vector<std::pair<std::size_t, StartOrder>> orders;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto options = job_options(requests[i].options, requests[i].host);
    if (!options) {
      results[i] = sdk::Refused{true, options.error().text()};
    } else if (!host::is_token(requests[i].token)) {
      results[i] = sdk::Refused{true, "not a token: " + one_line(requests[i].token, 80)};
    } else {
      orders.emplace_back(i, StartOrder{&requests[i], *options});
    }
  }
  by_mode(
      orders, [](const auto& order) { return order.second.options.mode; },
      [&](Using mode, const auto& group) {
        std::vector<StartOrder> plain;
        for (const auto& [index, order] : group) plain.push_back(order);
        auto answers = way(mode).start(plain.front().request->host, plain);
        for (std::size_t i = 0; i < group.size(); ++i)
          results[group[i].first] = std::move(answers[i]);
      });
  return results;
}

Base::FindResult Daemonize::find(const FindRequest& request) {
  return std::move(find_many({&request, 1}).front());
}

std::vector<Base::FindResult> Daemonize::find_many(std::span<const FindRequest> requests) {
  std::vector<FindResult> results(requests.size(), sdk::CannotTell{"not asked"});
  struct Asked {
    std::size_t index;
    const FindRequest* request;
    Using mode;
  };
  std::vector<Asked> asked;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto options = job_options(requests[i].options, requests[i].host);
    if (!options) {
      results[i] = sdk::CannotTell{options.error().text()};
    } else if (!host::is_token(requests[i].token)) {
      results[i] = sdk::CannotTell{"not a token"};
    } else {
      asked.push_back({i, &requests[i], options->mode});
    }
  }
  by_mode(
      asked, [](const Asked& one) { return one.mode; },
      [&](Using mode, const std::vector<Asked>& group) {
        std::vector<const FindRequest*> plain;
        for (const auto& one : group) plain.push_back(one.request);
        auto answers = way(mode).find(plain.front()->host, plain);
        for (std::size_t i = 0; i < group.size(); ++i)
          results[group[i].index] = std::move(answers[i]);
      });
  return results;
}

void Daemonize::update(const HostUri& host, std::span<Job> jobs) {
  std::vector<Job*> all;
  for (auto& job : jobs)
    if (host::is_token(job.token)) all.push_back(&job);
  by_mode(
      all, [](const Job* job) { return job->state.mode; },
      [&](Using mode, const std::vector<Job*>& group) { way(mode).update(host, group); });
}

void Daemonize::kill(const HostUri& host, std::span<KillJob> jobs) {
  std::vector<KillJob*> all;
  for (auto& job : jobs)
    if (host::is_token(job.token)) all.push_back(&job);
  by_mode(
      all, [](const KillJob* job) { return job->state.mode; },
      [&](Using mode, const std::vector<KillJob*>& group) { way(mode).kill(host, group); });
}

std::vector<sdk::QueryDescription> Daemonize::queries(const HostUri&, const JobState&) {
  return query_descriptions();
}

Result<sdk::QueryAnswer> Daemonize::query(const HostUri& host, const std::string& token,
                                          const JobState& state, const sdk::QueryRequest& request) {
  return ask(host::Host(host, path_join(setup().home, "ssh")), token, state, request);
}

std::vector<sdk::LogValue> Daemonize::log(const HostUri& host, const std::string& token,
                                          const JobState& state) {
  std::vector<sdk::LogValue> values = {
      {"using", std::string(to_string(state.mode))},
      {"playground", host::playground_of(host, token).path},
  };
  if (state.process.pid != 0) values.push_back({"pid", std::to_string(state.process.pid)});
  if (!state.process.boot.empty()) values.push_back({"boot id", state.process.boot});
  return values;
}

// Of the playgrounds without an exit file those whose process lives, or of which that cannot be told.
sdk::Inventory Daemonize::inventory(const HostUri& uri) {
  const host::Host host(uri, path_join(setup().home, "ssh"));
  const auto ran = host.run(host::sweep_text(uri.playground));
  if (!ran) return sdk::CannotTell{ran.error().text()};
  const auto swept = host::read_sweep(ran->out);
  if (!swept) return sdk::CannotTell{swept.error().text()};
  std::vector<Job> open;
  for (const auto& one : *swept)
    if (one.stand == host::PlaygroundStand::open) open.push_back({one.token, {}});
  const auto ask = [&](Way& way) {
    std::vector<Job*> left;
    for (Job& job : open)
      if (!std::holds_alternative<observed::Running>(job.observation)) left.push_back(&job);
    if (!left.empty()) way.update(uri, left);
  };
  if (uri.is_local() && client_->runs()) ask(*supervised_);
  ask(*detached_);
  std::vector<JobProcesses> others;
  sdk::Held held;
  for (Job& job : open)
    if (std::holds_alternative<observed::Running>(job.observation) ||
        std::holds_alternative<observed::CannotTell>(job.observation))
      held.tokens.push_back(job.token);
    else
      others.push_back({job.token, 0, 0});
  if (!uri.is_local() || others.empty()) return held;
  // A supervisor's claim names no process: where both it and its guardian were killed, those of the job
  // are known by their environment alone.
  const auto members = members_of(others);
  if (!members) return sdk::CannotTell{members.error().text()};
  std::set<std::string> alive;
  for (const Member& member : *members) alive.insert(others[member.job].token);
  held.tokens.insert(held.tokens.end(), alive.begin(), alive.end());
  return held;
}

std::vector<sdk::CheckEntry> Daemonize::check() { return run_checks(*client_, setup().home); }

void Daemonize::shutdown() {
  detached_.reset();
  supervised_.reset();
  client_.reset();
}

}  // namespace ketrew::daemonize

KETREW_BACKEND(ketrew::daemonize::Daemonize, "daemonize", "1.0");
