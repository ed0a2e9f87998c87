// GET /v1/jobs/{id}/why: why a job waits, failed or is in doubt, from the engine's view of now and
// the evidence in its history.
#include "app/ketrewd/graph_causes.hpp"
#include "app/ketrewd/service.hpp"

namespace ketrew::daemon {
namespace {

struct Facts {
  JobRecord record;
  std::vector<HistoryEntry> history;
  std::vector<Cause> graph;
};

class Explanation {
 public:
  Explanation(const Service& service, const Facts& facts)
      : service_(service), record_(facts.record), p_(facts.record.progress), history_(facts.history),
        graph_(facts.graph) {
    const auto& backends = service.engine.backends();
    if (const auto at = backends.by_name.find(record_.spec.backend); at != backends.by_name.end())
      backend_ = &backends.all[at->second];
    job_ = service.engine.find(record_.key);
  }

  Json json() {
    explain();
    for (const Cause& cause : graph_) say(cause.kind.c_str(), cause.text, cause.evidence);
    Json lines = Json::array(), causes = Json::array();
    for (auto& [kind, text, evidence] : causes_) {
      lines.push_back(to_valid_utf8(text));
      Json cause{{"kind", kind}, {"text", to_valid_utf8(text)}};
      if (!evidence.empty()) {
        cause["evidence"] = to_json(evidence);
        std::string line = "  evidence:";
        if (!evidence.command.empty()) line += " " + evidence.command;
        if (evidence.exit_code) line += " (exit code " + std::to_string(*evidence.exit_code) + ")";
        if (!evidence.words.empty()) line += ": " + one_line(evidence.words, 300);
        lines.push_back(to_valid_utf8(line));
      }
      causes.push_back(std::move(cause));
    }
    return {{"id", record_.id.text()},
            {"state", to_string(p_.state)},
            {"lines", std::move(lines)},
            {"causes", std::move(causes)}};
  }

 private:
  void say(const char* kind, std::string text, Evidence evidence = {}) {
    causes_.emplace_back(kind, std::move(text), std::move(evidence));
  }
  std::string attempt() const { return "attempt " + std::to_string(p_.attempt); }

  void explain() {
    switch (p_.state) {
      case State::passive:
        return p_.orphan ? say("orphan", "nothing can activate it any more; it is killed soon")
                         : say("passive", "nothing has asked for it yet");
      case State::active: case State::evaluating:
        return say("condition", "its condition is being evaluated" + last_try());
      case State::blocked: return;  // the graph tells
      case State::queued: return queued();
      case State::starting: return starting();
      case State::running: return running();
      case State::verifying:
        return say("condition", "it ran; its condition is being evaluated" + last_try());
      case State::killing: return killing();
      case State::succeeded: case State::already_done:
        return say("succeeded", "it succeeded: " + p_.message, p_.evidence);
      case State::failed: case State::start_failed: case State::condition_failed:
      case State::not_ensured: case State::dependency_failed: case State::killed:
      case State::kill_failed: case State::lost:
        return failed();
    }
  }

  // True if the backend cannot be asked now, which explains whatever does not go on.
  bool backend_away() {
    if (backend_ && backend_->ready) return false;
    say("backend", "its backend " + record_.spec.backend + " is not ready: " +
                       (backend_ ? backend_->problem : "it is not loaded"));
    return true;
  }
  void set_aside() {
    say("set-aside", p_.reason + "; it is tried again later, and after `ketrewd reload`");
  }

  void queued() {
    if (p_.set_aside) set_aside();
    if (!service_.store.problem().empty())
      say("store", "nothing is started while the database cannot be written: " + service_.store.problem());
    if (backend_away()) return;
    if (const auto pause = job_ ? service_.engine.paused_by(*job_) : std::nullopt)
      return say("paused", pause->kind == PauseKind::job ? "it is paused; see `ketrew resume --help`"
                           : "its " + std::string(to_string(pause->kind)) +
                                 (pause->name.empty() ? "" : " " + pause->name) +
                                 " is paused; see `ketrew resume --help`");
    if (job_ && job_->due) {
      const auto left = *job_->due - MonoClock::now();
      say("retry", p_.reason + "; tried again in " + format_duration(std::max(left, Milliseconds(0))),
          last_evidence());
      return;
    }
    if (!backend_->has_place())
      return say("limit", "all " + std::to_string(*backend_->limits.running) + " places of " +
                              backend_->name + " are taken (limits: " + backend_->name +
                              ": running); " + std::to_string(backend_->queue.size()) +
                              " jobs are queued");
    if (backend_->limits.starts_per_second)
      return say("limit", backend_->name + " starts " +
                              std::to_string(*backend_->limits.starts_per_second) +
                              " jobs a second at most (limits: starts_per_second)");
    if (!backend_->quarantine.empty())
      return say("backend", backend_->name + " crashed; the jobs that may be to blame are asked about first");
    say("queue", "its turn is about to come: " + std::to_string(backend_->queue.size()) + " jobs are queued");
  }

  void starting() {
    if (p_.set_aside) return set_aside();
    if (p_.doubt)
      say("doubt", "whether " + attempt() + " was started is not known: " + p_.reason +
                       "; it is looked for by its token " + attempt_token(record_.id, p_.attempt) +
                       ", and started again only if it is proven absent",
          last_evidence());
    else
      say("starting", record_.spec.backend + " is being asked to start " + attempt());
    backend_away();
  }

  void running() {
    if (p_.set_aside) return set_aside();
    if (p_.phase == "waiting")
      say("scheduler", "it waits in " + record_.spec.backend + ": " +
                           (p_.reason.empty() ? "no reason is given" : p_.reason));
    else if (p_.reason.empty())
      say("running", record_.spec.backend + " has it" + (p_.phase.empty() ? "" : ", " + p_.phase) +
                         (p_.started_at ? " since " + to_rfc3339(*p_.started_at) : "") +
                         " (" + attempt() + ")");
    else
      say("no-news", "it runs as far as is known; no news for " + silence() + ": " + p_.reason,
          last_evidence());
    backend_away();
  }

  void killing() {
    if (p_.set_aside) return set_aside();
    if (p_.doubt)
      say("doubt", "a kill was asked for; whether it was started is not known yet: " + p_.reason);
    else if (p_.kill_sent)
      say("kill", "the kill was sent; its end has not been seen yet");
    else
      say("kill", "a kill was asked for" + (p_.reason.empty() ? "" : ": " + p_.reason));
    backend_away();
  }

  void failed() {
    std::string text = what_became_of_it(p_.state);
    if (p_.failure && p_.state != State::killed)
      text += " (class " + std::string(to_string(*p_.failure)) + ")";
    text += ": " + p_.message;
    if (p_.attempt > 1) text += " (" + attempt() + ")";
    say("outcome", std::move(text), p_.evidence);
    for (const auto& entry : history_) {
      if (!is_held_by_backend(entry.from) || entry.to != State::queued) continue;
      say("attempt", "before, attempt " + std::to_string(entry.attempt) + ": " + entry.reason,
          entry.evidence);
    }
  }

  static std::string what_became_of_it(State state) {
    switch (state) {
      case State::failed: return "it failed";
      case State::start_failed: return "it could not be started";
      case State::condition_failed: return "its condition could not be evaluated";
      case State::not_ensured: return "it ran, and its condition does not hold";
      case State::dependency_failed: return "it was not started: a dependency failed";
      case State::killed: return "it was killed";
      case State::kill_failed: return "it could not be killed, and may still run";
      case State::lost: return "it is lost";
      case State::passive: case State::active: case State::evaluating: case State::blocked:
      case State::queued: case State::starting: case State::running: case State::verifying:
      case State::killing: case State::succeeded: case State::already_done:
        break;
    }
    return "it is " + std::string(to_string(state));
  }

  std::string last_try() const {
    return p_.reason.empty() ? "" : "; it cannot be told yet: " + p_.reason;
  }
  std::string silence() const {
    return job_ ? format_duration(std::max(MonoClock::now() - job_->heard, Milliseconds(0))) : "a while";
  }
  Evidence last_evidence() const {
    for (auto entry = history_.rbegin(); entry != history_.rend(); ++entry)
      if (!entry->evidence.empty()) return entry->evidence;
    return {};
  }

  const Service& service_;
  const JobRecord& record_;
  const Progress& p_;
  const std::vector<HistoryEntry>& history_;
  const std::vector<Cause>& graph_;
  const engine::Backend* backend_ = nullptr;
  const engine::Job* job_ = nullptr;
  std::vector<std::tuple<std::string, std::string, Evidence>> causes_;
};

}  // namespace

void endpoint::why(Service& service, Request request, Responder responder) {
  read<Facts>(
      service,
      [id = request.segments[2]](store::Reader& reader) -> Result<Facts> {
        const auto key = reader.resolve(id);
        if (!key) return pass(key.error());
        auto record = reader.job(*key);
        if (!record) return pass(record.error());
        auto history = reader.history(*key);
        if (!history) return pass(history.error());
        auto causes = graph_causes(reader, *record);
        return Facts{std::move(*record), std::move(*history), std::move(causes)};
      },
      [&service, answer = answer_later(std::move(responder))](Result<Facts> facts) {
        if (!facts) return answer->problem(facts.error());
        respond_json(*answer, Explanation(service, *facts).json());
      });
}

}  // namespace ketrew::daemon
