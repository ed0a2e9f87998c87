// GET and POST /v1/doctor: what is in the database held against what is out there.
//
// Jobs that run are noted first, then hosts and backends are asked, then the database is asked about
// what they have: a job is in the database before anything of it is anywhere else, so that nothing
// which began meanwhile looks like a stray.
#include "app/ketrewd/doctor_report.hpp"
#include "app/ketrewd/daemon_log.hpp"
#include "app/ketrewd/playground_removal.hpp"
#include "app/ketrewd/request_json.hpp"
#include "app/ketrewd/service.hpp"
#include "core/base/file.hpp"
#include "core/protocol/inventory.hpp"
#include "core/protocol/kill.hpp"
#include "core/protocol/update.hpp"

namespace ketrew::daemon {
namespace {

using namespace doctor;

constexpr std::size_t most_findings = 10'000;  // in one answer; the rest is counted
constexpr Milliseconds patience{75'000};       // for one host

struct Wish {
  bool fix = false;
  std::set<std::string> named;  // strays and leftovers that may be another home's
};

class Examination : public std::enable_shared_from_this<Examination> {
 public:
  Examination(Service& service, Wish wish, Answer answer)
      : service_(service), wish_(std::move(wish)), answer_(std::move(answer)) {}

  void begin() {
    read<std::vector<std::string>>(
        service_, [](store::Reader& reader) { return reader.hosts(); },
        [self = shared_from_this()](Result<std::vector<std::string>> hosts) {
          if (!hosts) return self->answer_->problem(hosts.error());
          self->look(std::move(*hosts));
        });
  }

 private:
  // -- what is out there -----------------------------------------------------------------------

  void look(std::vector<std::string> hosts) {
    const std::string home = service_.default_host();
    seen_.home_playground = path_join(service_.home, "playground");
    hosts.push_back(home);
    for (const auto& [name, uri] : service_.profile->hosts) hosts.push_back(uri);
    for (const auto& host : hosts) seen_.hosts[host];
    const auto& backends = service_.engine.backends();
    std::set<std::pair<std::string, std::string>> pairs;  // backend and host
    for (const auto& lane : backends.lanes) {
      seen_.hosts[lane.host];
      pairs.emplace(backends.all[lane.backend].name, lane.host);
    }
    note_running();
    for (const auto& view : service_.dispatcher.views()) {
      if (view.state != "ready") {
        unchecked_.push_back("what " + view.name + " has: it is " + view.state);
        continue;
      }
      if (!view.capabilities.is_object() || view.capabilities.value("inventory", false) != true) {
        unchecked_.push_back("what " + view.name + " has: it has no `inventory`");
        continue;
      }
      pairs.emplace(view.name, home);
      for (const auto& [backend, host] : pairs)
        if (backend == view.name) ask_backend(backend, host);
    }
    for (auto& [name, host] : seen_.hosts) sweep(name);
    done_one();  // this look itself
  }

  void note_running() {
    const Wall now = wall_now();
    for (const auto& [key, job] : service_.engine.jobs()) {
      if (job.progress.state != State::running || !engine::is_known_to_backend(job)) continue;
      const auto& backend = service_.engine.backends().all[job.backend];
      // A scheduler shows what it has taken a little later.
      if (job.progress.running_since && now - *job.progress.running_since < backend.capabilities.visibility_lag)
        continue;
      seen_.running.push_back({attempt_token(job.id, job.progress.attempt), backend.name,
                               service_.engine.backends().lanes[job.lane].host});
    }
  }

  void ask_backend(const std::string& backend, const std::string& host) {
    ++open_;
    service_.dispatcher.ask(
        backend, "inventory", protocol::to_text(protocol::InventoryParams{host}),
        [self = shared_from_this(), backend, host](Result<std::string> text) {
          auto& held = self->seen_.hosts[host].held[backend];
          const auto inventory = text ? protocol::inventory_from(*text)
                                      : protocol::Inventory(protocol::CannotTell{text.error().what});
          if (const auto* cannot = std::get_if<protocol::CannotTell>(&inventory)) {
            held.problem = cannot->why.empty() ? "it does not say why" : cannot->why;
          } else {
            const auto& tokens = std::get<protocol::Held>(inventory).tokens;
            held.tokens.insert(tokens.begin(), tokens.end());
          }
          self->done_one();
        });
  }

  void sweep(const std::string& host) {
    ++open_;
    service_.conditions.ask(
        "sweep", Json{{"host", host}}.dump(-1, ' ', false, Json::error_handler_t::replace), patience,
        [self = shared_from_this(), host](Result<Json> answer) {
          self->take_sweep(self->seen_.hosts[host], answer);
          self->done_one();
        });
  }

  static void take_sweep(HostSeen& host, const Result<Json>& answer) {
    const auto text_in = [](const Json& json, const char* key) {
      return json.is_object() && json.contains(key) && json[key].is_string()
                 ? json[key].get<std::string>()
                 : std::string();
    };
    if (!answer || !answer->contains("playgrounds")) {
      host.playgrounds_problem = answer ? text_in(*answer, "cannot_tell") : answer.error().what;
      if (host.playgrounds_problem.empty()) host.playgrounds_problem = "an answer that is none";
      return;
    }
    for (const Json& one : (*answer)["playgrounds"]) {
      Playground playground;
      playground.token = text_in(one, "token");
      if (!parse_attempt_token(playground.token)) continue;
      const std::string stand = text_in(one, "stand");
      playground.stand = stand == "over" ? Stand::over : stand == "bare" ? Stand::bare : Stand::open;
      playground.unfinished = one.contains("unfinished") && one["unfinished"] == true;
      host.playgrounds.push_back(std::move(playground));
    }
  }

  // -- what is known here ----------------------------------------------------------------------

  void done_one() {
    if (--open_ > 0) return;
    std::set<JobId> ids;
    const auto note = [&](const std::string& token) {
      if (const auto attempt = parse_attempt_token(token)) ids.insert(attempt->job);
    };
    for (const auto& [name, host] : seen_.hosts) {
      for (const auto& one : host.playgrounds) note(one.token);
      for (const auto& [backend, held] : host.held)
        for (const auto& token : held.tokens) note(token);
    }
    read<std::map<JobId, Known>>(
        service_,
        [ids = std::move(ids), archive = path_join(service_.home, "archive.db")](
            store::Reader& reader) -> Result<std::map<JobId, Known>> {
          std::vector<JobId> missing;
          std::map<JobId, Known> known;
          for (const JobId& id : ids) {
            const auto key = reader.resolve(id.text());
            if (!key && key.error().kind != ErrorKind::not_found) return pass(key.error());
            if (key) known[id] = Known::here;
            else missing.push_back(id);
          }
          const auto archived = store::archived_jobs(archive, missing);
          if (!archived) return pass(archived.error());
          for (const JobId& id : missing)
            known[id] = archived->contains(id) ? Known::archived : Known::nowhere;
          return known;
        },
        [self = shared_from_this()](Result<std::map<JobId, Known>> known) {
          if (!known) return self->answer_->problem(known.error());
          self->seen_.known = std::move(*known);
          self->tell();
        });
  }

  void tell() {
    auto& engine = service_.engine;
    for (const auto& [id, known] : seen_.known)
      if (engine.find(id)) seen_.unfinished.insert(id);
    // Whatever ended or was tried again meanwhile is no ghost.
    std::erase_if(seen_.running, [&](const Running& one) {
      const auto attempt = parse_attempt_token(one.token);
      const engine::Job* job = attempt ? engine.find(attempt->job) : nullptr;
      return !job || job->progress.state != State::running || job->progress.attempt != attempt->number;
    });
    report_ = judge(seen_);
    report_.unchecked.insert(report_.unchecked.begin(), unchecked_.begin(), unchecked_.end());
    fixed_.resize(std::min(report_.findings.size(), most_findings));
    open_ = 1;
    if (wish_.fix)
      for (std::size_t i = 0; i < fixed_.size(); ++i) fix(i);
    service_.conductor.pump();
    answered_one();
  }

  // -- what is done about it -------------------------------------------------------------------

  void fix(std::size_t at) {
    const Finding& finding = report_.findings[at];
    if (!finding.ours && !wish_.named.contains(finding.token)) {
      fixed_[at] = "left alone: it may be another home's";
      return;
    }
    switch (finding.kind) {
      case Kind::ghost: {
        const auto& names = service_.engine.backends().by_name;
        if (const auto backend = names.find(finding.backend); backend != names.end())
          service_.engine.changed(backend->second, {finding.token}, read_clocks());
        fixed_[at] = finding.backend + " is being asked about it";
        return;
      }
      case Kind::stray: return find_stray(at);
      case Kind::leftover:
      case Kind::unfinished:
        removal().add(finding.host, finding.token, finding.kind == Kind::unfinished);
        fixed_[at] = "is being removed";
        return;
    }
  }

  PlaygroundRemoval& removal() {
    if (!service_.removal)
      service_.removal = std::make_shared<PlaygroundRemoval>(
          service_.loop,
          [&service = service_](const std::string& method, std::string params, Milliseconds deadline,
                                std::function<void(Result<Json>)> done) {
            service.conditions.ask(method, std::move(params), deadline, std::move(done));
          },
          [&service = service_](const std::string& token) {
            const auto attempt = parse_attempt_token(token);
            return attempt && !service.engine.find(attempt->job);
          },
          [](const std::string& text) { log_warning(text); });
    return *service_.removal;
  }

  // Its state is known to nobody: its backend finds it by its token.
  void find_stray(std::size_t at) {
    ++open_;
    const Finding& finding = report_.findings[at];
    std::string params;
    protocol::append_params(params, protocol::FindParams{finding.token, finding.host, {"{}"}});
    service_.dispatcher.ask(finding.backend, "find", std::move(params),
                            [self = shared_from_this(), at](Result<std::string> text) {
                              self->found(at, text);
                            });
  }

  void found(std::size_t at, const Result<std::string>& text) {
    const Finding& finding = report_.findings[at];
    if (!text) return told(at, "not ended: " + text.error().what);
    const auto answer = protocol::find_answer_from(*text);
    if (const auto* cannot = std::get_if<protocol::CannotTell>(&answer))
      return told(at, "not ended: " + cannot->why);
    const auto* known = std::get_if<protocol::Found>(&answer);
    if (!known) return told(at, "has gone by itself");
    std::string params;
    protocol::begin_jobs(params, finding.host);
    protocol::append_job(params, finding.token, known->state.text);
    protocol::end_jobs(params);
    service_.dispatcher.ask(
        finding.backend, "kill", std::move(params),
        [self = shared_from_this(), at, token = finding.token](Result<std::string> killed) {
          if (!killed) return self->told(at, "not ended: " + killed.error().what);
          const std::vector<std::string> asked = {token};
          const auto answers = protocol::kill_answer_from(*killed, asked);
          switch (answers.front().answer) {
            case protocol::KillWord::sent: return self->told(at, "its end was asked for");
            case protocol::KillWord::already_over: return self->told(at, "is over");
            case protocol::KillWord::cannot_tell: break;
          }
          self->told(at, "not ended: " + answers.front().why);
        });
  }

  void told(std::size_t at, std::string what) {
    log_info("doctor: " + report_.findings[at].token + ": " + what);
    fixed_[at] = std::move(what);
    answered_one();
  }

  void answered_one() {
    if (--open_ > 0) return;
    // Nothing of it changes any more: it may be read on another thread.
    respond_large(service_, answer_, fixed_.size(), [self = shared_from_this()] { return self->document(); });
  }

  Json document() const {
    Json list = Json::array();
    for (std::size_t i = 0; i < fixed_.size(); ++i) {
      const Finding& finding = report_.findings[i];
      const auto attempt = parse_attempt_token(finding.token);
      Json one{{"kind", to_string(finding.kind)}, {"token", finding.token},
               {"job", attempt ? attempt->job.text() : ""}, {"host", finding.host},
               {"backend", finding.backend.empty() ? Json(nullptr) : Json(finding.backend)},
               {"why", finding.why}, {"cure", cure(finding)}, {"ours", finding.ours},
               {"done", fixed_[i].empty() ? Json(nullptr) : Json(fixed_[i])}};
      list.push_back(std::move(one));
    }
    return {{"findings", std::move(list)},
            {"more", report_.findings.size() - fixed_.size()},
            {"unchecked", report_.unchecked},
            {"hosts", seen_.hosts.size()},
            {"attempts", seen_.known.size()}};
  }

  Service& service_;
  const Wish wish_;
  const Answer answer_;
  Seen seen_;
  std::vector<std::string> unchecked_;
  Report report_;
  std::vector<std::string> fixed_;  // of the findings that are told: what was done
  std::size_t open_ = 1;
};

Result<Wish> wish_from(const Request& request) {
  Wish wish;
  if (request.method == "GET") return wish;
  const auto body = parse_request_json(request.body);
  if (!body) return pass(body.error());
  if (!body->is_object() || !body->contains("fix") || !(*body)["fix"].is_boolean())
    return fail(ErrorKind::invalid, "the body is not {\"fix\": true, \"named\": [TOKEN...]}");
  wish.fix = (*body)["fix"].get<bool>();
  if (!body->contains("named")) return wish;
  for (const Json& each : (*body)["named"]) {
    if (!each.is_string() || !parse_attempt_token(each.get<std::string>()))
      return fail(ErrorKind::invalid, "\"named\" has something that is no token of an attempt",
                  "take them from what GET /v1/doctor tells");
    wish.named.insert(each.get<std::string>());
  }
  return wish;
}

}  // namespace

void endpoint::doctor(Service& service, Request request, Responder responder) {
  auto wish = wish_from(request);
  if (!wish) return responder.problem(wish.error());
  std::make_shared<Examination>(service, std::move(*wish), answer_later(std::move(responder)))->begin();
}

}  // namespace ketrew::daemon
