#include "app/ketrewd/conditions.hpp"

#include <deque>
#include <map>
#include <unordered_map>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "app/ketrewd/backend_link.hpp"
#include "core/model/host_uri.hpp"

namespace ketrew::daemon {
namespace {

// In one command. Few where commands of the user's are run: one that hangs holds up the others.
constexpr std::size_t most_tests = 500, most_commands = 16;
constexpr std::size_t most_read_at_once = 2'000, most_remembered = 20'000;
constexpr Milliseconds patience{30'000};  // beyond the host's own time-out

bool runs_commands(const Condition& condition) {
  if (const auto* all = std::get_if<condition::All>(&condition.test))
    return std::any_of(all->parts.begin(), all->parts.end(), runs_commands);
  return std::holds_alternative<condition::Returns>(condition.test);
}

// From a spec as it is stored.
Result<JobSpec> spec_from(const Result<std::string>& text) {
  if (!text) return pass(text.error());
  const Json json = Json::parse(*text, nullptr, false);
  auto spec = job_spec_from_json(json);
  if (!spec) return fail(ErrorKind::corrupt, "its description cannot be read: " + spec.error().what);
  return spec;
}

}  // namespace

engine::Event event_of_verdict(const Json& verdict) {
  const auto member = [&](const char* name) {
    return verdict.is_object() && verdict.contains(name) ? verdict[name] : Json();
  };
  const Json word = member("verdict");
  Evidence evidence;
  if (auto parsed = evidence_from_json(member("evidence"))) evidence = std::move(*parsed);
  if (word == "holds") return engine::event::ConditionHolds{std::move(evidence)};
  if (word == "fails") return engine::event::ConditionFails{std::move(evidence)};
  const std::string why = evidence.command + ": " + evidence.words;
  if (word == "broken") return engine::event::ConditionBroken{why};
  return engine::event::ConditionUnknown{why};
}

struct Conditions::Impl : std::enable_shared_from_this<Impl> {
  using Batch = std::vector<engine::Evaluation>;
  struct Host {
    std::deque<engine::Evaluation> tests, commands;  // to be asked, by what they are made of
    std::deque<Batch> halves;                        // of batches that failed as a whole
    bool asking = false;
    Milliseconds deadline{0};
  };

  Impl(boost::asio::io_context& l, engine::Engine& e, store::Store& s, std::function<void()> c)
      : loop(l), engine(e), store(s), changed(std::move(c)) {}

  boost::asio::io_context& loop;
  engine::Engine& engine;
  store::Store& store;
  std::function<void()> changed;
  std::unique_ptr<BackendLink> link;
  std::map<std::string, Host> hosts;
  std::unordered_map<JobKey, Text> texts;
  std::deque<engine::Evaluation> unread;  // whose conditions have to be read first
  bool reading = false;
  struct Question {
    Call call;
    std::function<void(Result<Json>)> done;
  };
  std::vector<Question> questions;  // others' to the worker, until it is known whether it comes up

  void take(const engine::Evaluation& evaluation) {
    const auto text = texts.find(evaluation.job);
    if (text == texts.end()) return unread.push_back(evaluation);
    const engine::Job* job = engine.find(evaluation.job);
    if (!job) return;
    Host& host = hosts[engine.backends().lanes[job->lane].host];
    (text->second.commands ? host.commands : host.tests).push_back(evaluation);
  }

  void go() {
    read_some();
    if ((!hosts.empty() || !questions.empty()) && !worker_answers()) return;
    for (auto& question : std::exchange(questions, {}))
      link->call(std::move(question.call), [done = std::move(question.done)](CallResult result) {
        if (!result) return done(fail(ErrorKind::unavailable, result.error().error.what));
        Json json = Json::parse(*result, nullptr, false);
        if (!json.is_object()) return done(fail(ErrorKind::unavailable, "an answer that is none"));
        done(std::move(json));
      });
    for (auto& [name, host] : hosts) ask(name, host);
  }

  // The process is started with the first question. Until it is known whether it comes up, they wait.
  bool worker_answers() {
    if (link->ready()) return true;
    const LinkState state = link->status().state;
    if (state == LinkState::stopped) link->start();
    return state == LinkState::down || state == LinkState::missing;
  }

  // -- conditions from the database ----------------------------------------------------------

  void read_some() {
    if (reading || unread.empty()) return;
    reading = true;
    std::vector<engine::Evaluation> batch;
    while (!unread.empty() && batch.size() < most_read_at_once) {
      batch.push_back(unread.front());
      unread.pop_front();
    }
    store.read([weak = weak_from_this(), &l = loop, batch](store::Reader& reader) {
      std::vector<Result<JobSpec>> specs;
      for (const auto& each : batch) specs.push_back(spec_from(reader.spec_text(each.job)));
      boost::asio::post(l, [weak, batch, specs = std::move(specs)] {
        if (const auto self = weak.lock()) self->read_done(batch, specs);
      });
    });
  }

  void read_done(const std::vector<engine::Evaluation>& batch,
                 const std::vector<Result<JobSpec>>& specs) {
    reading = false;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (!engine.find(batch[i].job)) continue;
      const auto& spec = specs[i];
      if (spec && spec->condition) {
        texts[batch[i].job] = text_of(*spec->condition);
        take(batch[i]);
      } else if (spec || spec.error().kind == ErrorKind::corrupt) {
        tell(batch[i], engine::event::ConditionBroken{
                           spec ? "its condition is gone" : spec.error().what});
      } else {
        tell(batch[i], engine::event::ConditionUnknown{spec.error().what});
      }
    }
    changed();
    go();
  }

  // -- the worker ----------------------------------------------------------------------------

  void tell(const engine::Evaluation& evaluation, const engine::Event& event) {
    engine.evaluated(evaluation.call, evaluation.job, event, read_clocks());
    if (!engine.find(evaluation.job)) texts.erase(evaluation.job);
  }

  static Batch first_of(std::deque<engine::Evaluation>& queue, std::size_t most) {
    Batch batch;
    while (!queue.empty() && batch.size() < most) {
      batch.push_back(queue.front());
      queue.pop_front();
    }
    return batch;
  }

  void ask(const std::string& name, Host& host) {
    if (host.asking) return;
    Batch batch;
    // Halves last: what is known to be difficult waits for what is not.
    if (!host.tests.empty()) batch = first_of(host.tests, most_tests);
    else if (!host.commands.empty()) batch = first_of(host.commands, most_commands);
    else if (!host.halves.empty()) {
      batch = std::move(host.halves.front());
      host.halves.pop_front();
    }
    Call call;
    Json uri = name;
    std::string list;
    Batch asked;
    for (const auto& each : batch) {
      const engine::Job* job = engine.find(each.job);
      const auto text = texts.find(each.job);
      if (!job || job->call != each.call || text == texts.end()) continue;  // overtaken
      list += (list.empty() ? "" : ",") + text->second.json;
      asked.push_back(each);
    }
    if (asked.empty()) {
      if (!batch.empty()) ask(name, host);
      return;
    }
    if (host.deadline == Milliseconds(0)) {
      const auto parsed = parse_host_uri(name);
      host.deadline =
          std::chrono::seconds(parsed ? parsed->timeout_seconds.value_or(60) : 60) + patience;
    }
    call.method = "evaluate";
    call.params = "{\"host\":" + uri.dump(-1, ' ', false, Json::error_handler_t::replace) +
                  ",\"conditions\":[" + list + "]}";
    call.deadline = host.deadline;
    host.asking = true;
    link->call(std::move(call), [weak = weak_from_this(), name, asked](CallResult result) {
      const auto self = weak.lock();
      if (!self) return;
      self->hosts[name].asking = false;
      self->answered(name, asked, result);
      self->changed();
      self->go();
    });
  }

  void answered(const std::string& name, const Batch& batch, const CallResult& result) {
    if (!result) {
      // One of many may be to blame: a command that hangs, a path that nobody can write down.
      const bool alone = batch.size() == 1 || result.error().reach == Reach::never_sent;
      if (!alone) {
        const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
        auto& halves = hosts[name].halves;
        halves.emplace_back(batch.begin(), middle);
        halves.emplace_back(middle, batch.end());
        return;
      }
      for (const auto& each : batch)
        tell(each, engine::event::ConditionUnknown{result.error().error.what});
      return;
    }
    const Json json = Json::parse(*result, nullptr, false);
    if (json.is_object() && json.contains("cannot_tell")) {
      const std::string why = json["cannot_tell"].is_string() ? json["cannot_tell"].get<std::string>() : "";
      for (const auto& each : batch) tell(each, engine::event::ConditionUnknown{why});
      return;
    }
    const Json* verdicts = json.is_object() && json.contains("verdicts") && json["verdicts"].is_array()
                               ? &json["verdicts"] : nullptr;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (verdicts && i < verdicts->size())
        tell(batch[i], event_of_verdict((*verdicts)[i]));
      else
        tell(batch[i], engine::event::ConditionUnknown{"the worker's answer left it out"});
    }
  }
};

Conditions::Conditions(boost::asio::io_context& loop, engine::Engine& engine, store::Store& store,
                       std::function<void()> changed, Launch worker, std::string home, Log log)
    : impl_(std::make_shared<Impl>(loop, engine, store, std::move(changed))) {
  LinkEvents events;
  events.state = [impl = impl_.get()] {
    impl->changed();
    impl->go();
  };
  events.changed = [](std::vector<std::string>) {};
  events.log = log;
  events.crash = [log](const std::string& problem, const std::vector<std::uint64_t>&) {
    log("the process that evaluates conditions ended: " + problem);
  };
  events.writable = [] {};
  impl_->link = std::make_unique<BackendLink>(loop, std::move(worker), std::move(home), events);
}
Conditions::~Conditions() = default;

void Conditions::evaluate(std::vector<engine::Evaluation> evaluations) {
  if (evaluations.empty()) return;
  for (const auto& each : evaluations) impl_->take(each);
  impl_->go();
}

Conditions::Text Conditions::text_of(const Condition& condition) {
  return {to_json(condition).dump(-1, ' ', false, Json::error_handler_t::replace),
          runs_commands(condition)};
}
void Conditions::remember(JobKey job, Text condition) {
  if (impl_->texts.size() < most_remembered) impl_->texts[job] = std::move(condition);
}
void Conditions::forget(JobKey job) { impl_->texts.erase(job); }

void Conditions::ask(const std::string& method, std::string params, Milliseconds deadline,
                     std::function<void(Result<Json>)> done) {
  Call call;
  call.method = method;
  call.params = std::move(params);
  call.deadline = deadline;
  call.spares_process = true;
  impl_->questions.push_back({std::move(call), std::move(done)});
  impl_->go();
}

std::string Conditions::problem() const { return impl_->link->status().problem; }

void Conditions::shut_down(std::function<void()> done) {
  if (impl_->link->status().state == LinkState::stopped) return boost::asio::post(impl_->loop, done);
  impl_->link->stop(Milliseconds(1'000), std::move(done));
}

}  // namespace ketrew::daemon
