#include "app/ketrewd/dispatcher.hpp"

#include <numeric>
#include <set>
#include <unordered_map>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "app/ketrewd/backend_link.hpp"
#include "core/base/overloaded.hpp"
#include "core/protocol/find.hpp"
#include "core/protocol/kill.hpp"
#include "core/protocol/start.hpp"
#include "core/protocol/update.hpp"

namespace ketrew::daemon {
namespace {

engine::Event event_of(protocol::StartAnswer answer) {
  return std::visit(
      overloaded{[](protocol::Started& a) -> engine::Event {
                   return engine::event::Started{std::move(a.state.text)};
                 },
                 [](protocol::Refused& a) -> engine::Event {
                   return engine::event::Refused{a.for_ever, std::move(a.why)};
                 },
                 [](protocol::InDoubt& a) -> engine::Event {
                   return engine::event::StartInDoubt{std::move(a.why)};
                 }},
      answer);
}

engine::Event event_of(protocol::FindAnswer answer) {
  return std::visit(
      overloaded{[](protocol::Found& a) -> engine::Event {
                   return engine::event::Found{std::move(a.state.text)};
                 },
                 [](protocol::Absent& a) -> engine::Event {
                   return engine::event::Absent{std::move(a.evidence)};
                 },
                 [](protocol::CannotTell& a) -> engine::Event {
                   return engine::event::FindCannotTell{std::move(a.why)};
                 }},
      answer);
}

engine::Event event_of(protocol::KillAnswer answer) {
  switch (answer.answer) {
    case protocol::KillWord::sent: return engine::event::KillSent{};
    case protocol::KillWord::already_over: return engine::event::KillAlreadyOver{answer.why};
    case protocol::KillWord::cannot_tell: break;
  }
  return engine::event::KillCannotTell{answer.why};
}

}  // namespace

struct Dispatcher::Impl : std::enable_shared_from_this<Impl> {
  using Spec = StartTexts;
  struct Slot {
    std::unique_ptr<BackendLink> link;
    engine::BackendIndex index = 0;
    profile::Deadlines deadlines;
    std::string ready_fingerprint;  // of the launch that was ready last
  };

  Impl(boost::asio::io_context& l, engine::Engine& e, store::Store& s, Conductor& c, std::string h,
       Log g)
      : loop(l), engine(e), store(s), conductor(c), home(std::move(h)), log(std::move(g)) {}

  boost::asio::io_context& loop;
  engine::Engine& engine;
  store::Store& store;
  Conductor& conductor;
  std::string home;
  Log log;
  std::map<std::string, Slot> slots;
  std::vector<std::unique_ptr<BackendLink>> retired;
  std::unordered_map<JobKey, Spec> specs;
  std::vector<std::function<void()>> unsettled;
  std::vector<engine::Ask> need_specs;  // starts and finds of jobs whose specs are being read
  bool reading_specs = false;

  // -- backends ------------------------------------------------------------------------------

  LinkEvents events_of(const std::string& name) {
    LinkEvents events;
    events.state = [this, name] { state_changed(name); };
    events.changed = [this, name](std::vector<std::string> tokens) {
      const auto slot = slots.find(name);
      if (slot == slots.end()) return;
      engine.changed(slot->second.index, tokens, read_clocks());
      conductor.pump();
    };
    events.log = [this, name](std::string_view line) { log(name, line); };
    events.crash = [this, name](const std::string& problem, const std::vector<std::uint64_t>&) {
      log(name, "the backend's process ended: " + problem);
    };
    events.writable = [] {};
    return events;
  }

  void state_changed(const std::string& name, bool renewed = false) {
    const auto found = slots.find(name);
    if (found == slots.end()) return;
    Slot& slot = found->second;
    const LinkStatus status = slot.link->status();
    if (status.state == LinkState::ready && status.backend) {
      const auto& told = *status.backend;
      engine::Capabilities capabilities;
      capabilities.events = told.capabilities.events;
      capabilities.visibility_lag = told.capabilities.visibility_lag;
      capabilities.batch = std::max<std::uint32_t>(1, told.capabilities.batch);
      const std::string& fingerprint = slot.link->launch().fingerprint;
      renewed = renewed || (!slot.ready_fingerprint.empty() && slot.ready_fingerprint != fingerprint);
      slot.ready_fingerprint = fingerprint;
      engine.backend_ready(slot.index, capabilities, renewed, read_clocks());
    } else {
      engine.backend_down(slot.index, status.problem.empty() ? to_string(status.state) : status.problem);
    }
    conductor.pump();
    settle();
  }

  void settle() {
    for (const auto& [name, slot] : slots)
      if (slot.link->status().state == LinkState::starting) return;
    auto done = std::move(unsettled);
    unsettled.clear();
    for (auto& each : done) each();
  }

  // -- the engine's questions ----------------------------------------------------------------

  Slot* slot_of(const engine::Ask& ask) {
    const auto& name = engine.backends().all[ask.backend].name;
    const auto found = slots.find(name);
    return found == slots.end() ? nullptr : &found->second;
  }

  void send(const engine::Ask& ask) {
    Slot* slot = slot_of(ask);
    if (!slot) return fail_later(ask, "the backend is not in the profile");
    switch (ask.method) {
      case engine::Method::start:
      case engine::Method::find:
        if (const auto known = specs.find(ask.jobs[0]); known != specs.end())
          return send_single(*slot, ask, known->second);
        need_specs.push_back(ask);
        return read_specs();
      case engine::Method::update:
      case engine::Method::kill: return send_many(*slot, ask);
    }
  }

  void fail_later(const engine::Ask& ask, std::string why) {
    boost::asio::post(loop, [self = shared_from_this(), call = ask.call, why = std::move(why)] {
      self->engine.failed(call, engine::CallFailure::not_sent, why, read_clocks());
      self->conductor.pump();
    });
  }

  void call_failed(engine::CallId call, const CallError& error) {
    const auto failure = error.reach == Reach::never_sent ? engine::CallFailure::not_sent
                         : error.reach == Reach::answered ? engine::CallFailure::refused
                                                          : engine::CallFailure::crashed;
    engine.failed(call, failure, error.error.what, read_clocks());
    conductor.pump();
  }

  // Of this attempt: what failed attempts made grow.
  static protocol::RawJson options_now(const Spec& spec, const engine::Job& job) {
    if (job.retries.growth.empty() || job.progress.attempt <= 1) return spec.options;
    return grown(spec.options, job.retries, job.progress.failures);
  }

  void send_single(Slot& slot, const engine::Ask& ask, const Spec& spec) {
    const JobKey key = ask.jobs[0];
    const engine::Job* job = engine.find(key);
    if (!job) {  // it ended meanwhile: nobody waits for this answer
      engine.failed(ask.call, engine::CallFailure::not_sent, "the job is over", read_clocks());
      return;
    }
    const std::string token = attempt_token(job->id, job->progress.attempt);
    Call call;
    call.tag = ask.call;
    if (ask.method == engine::Method::start) {
      protocol::StartParams params;
      params.token = token;
      params.program = spec.program;
      params.options = options_now(spec, *job);
      params.host = engine.backends().lanes[ask.lane].host;
      params.job = {job->id.text(), spec.name, job->progress.attempt};
      protocol::append_params(call.params, params);
      call.method = "start";
      call.deadline = slot.deadlines.start;
    } else {
      protocol::FindParams params;
      params.token = token;
      params.options = options_now(spec, *job);
      params.host = engine.backends().lanes[ask.lane].host;
      protocol::append_params(call.params, params);
      call.method = "find";
      call.deadline = slot.deadlines.find;
    }
    slot.link->call(std::move(call), [this, id = ask.call, key, method = ask.method](CallResult result) {
      if (!result) return call_failed(id, result.error());
      engine::Event event = method == engine::Method::start
                                ? event_of(protocol::start_answer_from(*result))
                                : event_of(protocol::find_answer_from(*result));
      const bool started = std::holds_alternative<engine::event::Started>(event);
      const Now now = read_clocks();
      engine.answered(id, key, event, now);
      engine.completed(id, now);
      if (started) specs.erase(key);
      conductor.pump();
    });
  }

  void send_many(Slot& slot, const engine::Ask& ask) {
    Call call;
    call.tag = ask.call;
    const bool kill = ask.method == engine::Method::kill;
    call.method = kill ? "kill" : "update";
    call.deadline = kill ? slot.deadlines.kill : slot.deadlines.update;
    auto tokens = std::make_shared<std::vector<std::string>>();
    auto keys = std::make_shared<std::vector<JobKey>>();
    tokens->reserve(ask.jobs.size());
    call.params.reserve(ask.jobs.size() * 200);
    protocol::begin_jobs(call.params, engine.backends().lanes[ask.lane].host);
    for (const JobKey key : ask.jobs) {
      const engine::Job* job = engine.find(key);
      if (!job || job->progress.backend_state.empty()) continue;
      tokens->push_back(attempt_token(job->id, job->progress.attempt));
      keys->push_back(key);
      protocol::append_job(call.params, tokens->back(), job->progress.backend_state);
    }
    protocol::end_jobs(call.params);
    slot.link->call(std::move(call), [this, id = ask.call, kill, tokens, keys](CallResult result) {
      if (!result) return call_failed(id, result.error());
      const Now now = read_clocks();
      if (kill) {
        auto answers = protocol::kill_answer_from(*result, *tokens);
        for (std::size_t i = 0; i < answers.size(); ++i)
          engine.answered(id, (*keys)[i], event_of(std::move(answers[i])), now);
      } else {
        auto answers = protocol::update_answer_from(*result, *tokens);
        for (std::size_t i = 0; i < answers.size(); ++i)
          engine.answered(id, (*keys)[i],
                          engine::event::Observed{std::move(answers[i].observation),
                                                  answers[i].state ? std::move(answers[i].state->text)
                                                                   : std::string()},
                          now);
      }
      engine.completed(id, now);
      conductor.pump();
    });
  }

  // -- specs ---------------------------------------------------------------------------------

  // All that wait at this moment are read in one go.
  void read_specs() {
    if (reading_specs || need_specs.empty()) return;
    reading_specs = true;
    auto asks = std::make_shared<std::vector<engine::Ask>>(std::move(need_specs));
    need_specs.clear();
    store.read([this, weak = weak_from_this(), asks, &l = loop](store::Reader& reader) {
      auto found = std::make_shared<std::vector<Result<Spec>>>();
      found->reserve(asks->size());
      for (const auto& ask : *asks) {
        const auto text = reader.spec_text(ask.jobs[0]);
        if (text) found->push_back(start_texts_from(*text));
        else found->push_back(pass(text.error()));
      }
      boost::asio::post(l, [this, weak, asks, found] {
        const auto self = weak.lock();
        if (!self) return;
        reading_specs = false;
        for (std::size_t i = 0; i < asks->size(); ++i) {
          const engine::Ask& ask = (*asks)[i];
          Slot* slot = slot_of(ask);
          if (!(*found)[i] || !slot) {
            engine.failed(ask.call, engine::CallFailure::not_sent,
                          slot ? "its description cannot be read: " + (*found)[i].error().what
                               : "the backend is not in the profile",
                          read_clocks());
            continue;
          }
          send_single(*slot, ask, *(*found)[i]);
        }
        conductor.pump();
        read_specs();
      });
    });
  }
};

Dispatcher::Dispatcher(boost::asio::io_context& loop, engine::Engine& engine, store::Store& store,
                       Conductor& conductor, std::string home, Log log)
    : impl_(std::make_shared<Impl>(loop, engine, store, conductor, std::move(home), std::move(log))) {}
Dispatcher::~Dispatcher() = default;

Dispatcher::Loaded Dispatcher::load(const std::vector<Launch>& launches,
                                    const profile::Profile& profile) {
  Loaded loaded;
  std::set<std::string> names;
  for (const Launch& launch : launches) {
    names.insert(launch.name);
    const auto [at, added] = impl_->slots.try_emplace(launch.name);
    Impl::Slot& slot = at->second;
    slot.index = impl_->engine.backend(launch.name);
    engine::Limits limits;
    if (const auto of = profile.limits.find(launch.name); of != profile.limits.end()) {
      if (of->second.running > 0) limits.running = static_cast<std::uint32_t>(of->second.running);
      if (of->second.starts_per_second > 0) limits.starts_per_second = of->second.starts_per_second;
    }
    impl_->engine.set_limits(slot.index, limits);
    for (const auto& plugin : profile.plugins)
      if (plugin.name == launch.name) slot.deadlines = plugin.deadlines;
    if (added) {
      LinkTimes times;
      times.initialize = slot.deadlines.check;
      slot.link = std::make_unique<BackendLink>(impl_->loop, launch, impl_->home,
                                                impl_->events_of(launch.name), times);
      slot.link->start();
      loaded.added.push_back(launch.name);
    } else if (slot.link->launch().fingerprint != launch.fingerprint || !slot.link->ready()) {
      slot.link->replace(launch, [impl = impl_, name = launch.name](Result<> done) {
        if (!done) impl->log(name, "not replaced: " + done.error().text());
        impl->state_changed(name);
      });
      loaded.replaced.push_back(launch.name);
    } else {
      // The user may have mended what stood behind a job that was set aside.
      impl_->state_changed(launch.name, true);
      loaded.unchanged.push_back(launch.name);
    }
  }
  for (auto at = impl_->slots.begin(); at != impl_->slots.end();) {
    if (names.contains(at->first)) {
      ++at;
      continue;
    }
    loaded.removed.push_back(at->first);
    impl_->engine.backend_down(at->second.index, "not in the profile any more");
    impl_->retired.push_back(std::move(at->second.link));
    impl_->retired.back()->stop(Milliseconds(10'000), [] {});
    at = impl_->slots.erase(at);
  }
  impl_->conductor.pump();
  return loaded;
}

void Dispatcher::when_settled(std::function<void()> done) {
  impl_->unsettled.push_back(std::move(done));
  boost::asio::post(impl_->loop, [impl = impl_] { impl->settle(); });
}

void Dispatcher::send(const engine::Ask& ask) { impl_->send(ask); }

void Dispatcher::remember(JobKey job, StartTexts spec) {
  constexpr std::size_t most = 50'000;  // beyond, they are read again when their turn comes
  if (impl_->specs.size() < most) impl_->specs.emplace(job, std::move(spec));
}
void Dispatcher::forget(JobKey job) { impl_->specs.erase(job); }

void Dispatcher::ask(const std::string& backend, const std::string& method, std::string params,
                     std::function<void(Result<std::string>)> done) {
  const auto slot = impl_->slots.find(backend);
  if (slot == impl_->slots.end())
    return done(fail(ErrorKind::unavailable, "backend " + backend + " is not loaded",
                     "add it to the profile's `plugins:` and run `ketrewd reload`"));
  Call call;
  call.method = method;
  call.params = std::move(params);
  call.deadline = slot->second.deadlines.query;
  call.spares_process = true;
  slot->second.link->call(std::move(call), [backend, done = std::move(done)](CallResult result) {
    if (result) return done(std::string(*result));
    const ErrorKind kind = result.error().code == -32602 ? ErrorKind::not_found
                           : result.error().error.kind == ErrorKind::timeout
                               ? ErrorKind::timeout
                               : ErrorKind::unavailable;
    done(fail(kind, "backend " + backend + ": " + result.error().error.what,
              result.error().error.hint));
  });
}

std::vector<BackendView> Dispatcher::views() const {
  std::map<std::string, BackendView> views;
  for (const auto& backend : impl_->engine.backends().all) {
    if (impl_->slots.contains(backend.name)) continue;
    const auto waiting = std::accumulate(backend.counts.begin(), backend.counts.end(), 0u);
    if (waiting == 0) continue;
    BackendView view;
    view.name = backend.name;
    view.state = "missing";
    view.problem = "not in the profile; " + std::to_string(waiting) + " unfinished jobs wait for it";
    views.emplace(backend.name, std::move(view));
  }
  for (const auto& [name, slot] : impl_->slots) {
    const LinkStatus status = slot.link->status();
    BackendView view;
    view.name = name;
    view.state = to_string(status.state);
    view.problem = status.problem;
    view.pid = status.pid > 0 ? status.pid : 0;
    view.restarts = status.restarts;
    view.file = slot.link->launch().file;
    if (status.backend) {
      view.version = status.backend->version;
      view.capabilities = protocol::to_json(status.backend->capabilities);
      view.options_schema = Json::parse(status.backend->options_schema.text, nullptr, false);
    }
    views.emplace(name, std::move(view));
  }
  std::vector<BackendView> list;
  for (auto& [name, view] : views) list.push_back(std::move(view));
  return list;
}

OptionSchemas Dispatcher::option_schemas() const {
  OptionSchemas schemas;
  for (const auto& [name, slot] : impl_->slots) {
    OptionSchemas::Backend& backend = schemas.backends[name];
    const LinkStatus status = slot.link->status();
    if (!status.backend) continue;
    backend.known = true;
    backend.here = status.backend->options_schema.text;
    backend.far = status.backend->far_options_schema.text;
  }
  return schemas;
}

void Dispatcher::shut_down(std::function<void()> done) {
  auto left = std::make_shared<std::size_t>(impl_->slots.size());
  if (*left == 0) return done();
  for (auto& [name, slot] : impl_->slots)
    slot.link->stop(Milliseconds(5'000), [left, done] {
      if (--*left == 0) done();
    });
}

}  // namespace ketrew::daemon
