#include "app/ketrewd/check.hpp"

#include <cstdio>

#include <boost/asio/io_context.hpp>

#include "app/ketrewd/backend_link.hpp"
#include "app/ketrewd/plugins.hpp"
#include "core/profile/profile.hpp"
#include "core/protocol/check.hpp"

namespace ketrew::daemon {
namespace {

// One backend that is brought up, asked, and let go.
struct Candidate {
  std::string name;
  std::unique_ptr<BackendLink> link;
  std::vector<protocol::CheckEntry> entries;
  std::string problem;
  bool asked = false;
};

class Checker {
 public:
  explicit Checker(const CheckOptions& options) : options_(options) {}

  int run() {
    auto profile = profile::load_profile(options_.config, options_.profile);
    if (!profile) {
      problem("", profile.error().text());
      return finish();
    }
    report_["config"] = profile->file;
    report_["profile"] = profile->name;
    for (const auto& warning : profile->warnings) say("profile", "warning", warning);
    const auto places = plugin_places();
    if (!places) {
      problem("", places.error().text());
      return finish();
    }
    for (auto& plugin : resolve_plugins(profile->plugins, *places)) {
      if (plugin.launch) add(*plugin.launch, *profile);
      else problem(plugin.name, plugin.launch.error().text());
    }
    loop_.run();
    for (const auto& candidate : candidates_) {
      if (!candidate->problem.empty())
        problem(candidate->name, "backend " + candidate->name + ": " + candidate->problem);
      for (const auto& entry : candidate->entries) {
        const std::string level(protocol::to_string(entry.level));
        if (entry.level == protocol::CheckLevel::error) failed_ = true;
        say(candidate->name, level, entry.name + ": " + entry.message);
      }
    }
    return finish();
  }

 private:
  void add(const Launch& launch, const profile::Profile& profile) {
    Candidate* candidate = candidates_.emplace_back(std::make_unique<Candidate>()).get();
    candidate->name = launch.name;
    LinkTimes times;
    Milliseconds deadline{60'000};
    for (const auto& plugin : profile.plugins)
      if (plugin.name == launch.name) deadline = times.initialize = plugin.deadlines.check;
    LinkEvents events;
    events.state = [this, candidate, deadline] { state_changed(candidate, deadline); };
    events.changed = [](std::vector<std::string>) {};
    events.log = [](std::string_view) {};
    events.crash = [](const std::string&, const std::vector<std::uint64_t>&) {};
    events.writable = [] {};
    candidate->link = std::make_unique<BackendLink>(loop_, launch, options_.home, events, times);
    candidate->link->start();
  }

  void state_changed(Candidate* candidate, Milliseconds deadline) {
    if (candidate->asked) return;
    const LinkStatus status = candidate->link->status();
    if (status.state == LinkState::down || status.state == LinkState::missing) {
      candidate->asked = true;
      candidate->problem = status.problem;
      return let_go(candidate);
    }
    if (status.state != LinkState::ready) return;
    candidate->asked = true;
    Call call;
    call.method = "check";
    call.params = "{}";
    call.deadline = deadline;
    candidate->link->call(std::move(call), [this, candidate](CallResult result) {
      if (!result) {
        candidate->problem = result.error().error.what;
      } else if (auto entries = protocol::checks_from(*result)) {
        candidate->entries = std::move(*entries);
      } else {
        candidate->problem = entries.error().text();
      }
      let_go(candidate);
    });
  }

  void let_go(Candidate* candidate) {
    candidate->link->stop(Milliseconds(5'000), [] {});
  }

  void say(const std::string& backend, const std::string& level, const std::string& text) {
    if (options_.json)
      report_["checks"].push_back({{"backend", backend}, {"level", level}, {"message", text}});
    else
      std::printf("%-8s %-16s %s\n", level.c_str(), backend.c_str(), one_line(text).c_str());
  }
  void problem(const std::string& backend, const std::string& text) {
    failed_ = true;
    if (options_.json)
      report_["checks"].push_back(
          {{"backend", backend.empty() ? Json(nullptr) : Json(backend)}, {"level", "error"}, {"message", text}});
    else
      std::fprintf(stderr, "ketrewd: %s\n", one_line(text, 1000).c_str());
  }
  int finish() {
    report_["ok"] = !failed_;
    if (options_.json) std::printf("%s\n", report_.dump(2).c_str());
    else if (!failed_) std::printf("ok: profile %s of %s\n", options_.profile.c_str(), options_.config.c_str());
    return failed_ ? 1 : 0;
  }

  const CheckOptions options_;
  boost::asio::io_context loop_;
  std::vector<std::unique_ptr<Candidate>> candidates_;
  Json report_{{"checks", Json::array()}};
  bool failed_ = false;
};

}  // namespace

int run_check(const CheckOptions& options) { return Checker(options).run(); }

}  // namespace ketrew::daemon
