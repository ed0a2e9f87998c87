#include "app/ketrewd/backend_link.hpp"

#include <boost/asio/post.hpp>

#include "app/ketrewd/backend_process.hpp"

namespace ketrew::daemon {

namespace asio = boost::asio;
using boost::system::error_code;
using Process = std::shared_ptr<BackendProcess>;
using Steady = std::chrono::steady_clock;

const char* to_string(LinkState state) {
  switch (state) {
    case LinkState::starting: return "starting";
    case LinkState::ready: return "ready";
    case LinkState::down: return "down";
    case LinkState::missing: return "missing";
    case LinkState::stopped: return "stopped";
  }
  return "stopped";
}

struct BackendLink::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& context, Launch first, std::string directory, LinkEvents callbacks,
       LinkTimes limits)
      : loop(context),
        launch(std::move(first)),
        home(std::move(directory)),
        events(std::move(callbacks)),
        times(limits),
        retry(context),
        backoff(limits.first_retry) {}

  Process make(const Launch& what);
  void start();
  void became_ready(const Process& process, const protocol::InitializeResult& backend);
  void went(const Process& process, const BackendProcess::Exit& exit);
  void current_went(const BackendProcess::Exit& exit);
  void schedule_retry(Milliseconds delay);
  void retire(Process process, Milliseconds bound);
  void drop_successor(Error why);
  void tell_replaced(Result<> result);
  void state_changed();
  void maybe_stopped();

  asio::io_context& loop;
  Launch launch;
  const std::string home;
  LinkEvents events;
  const LinkTimes times;

  LinkStatus status;
  Process current;    // null while down, missing or stopped
  Process successor;  // of a replacement under way
  std::vector<Process> leaving;
  std::function<void(Result<>)> replaced;
  asio::steady_timer retry;
  Milliseconds backoff;
  Steady::time_point ready_since;
  bool state_posted = false, stopping = false, destroyed = false;
  std::function<void()> stopped;
};

Process BackendLink::Impl::make(const Launch& what) {
  // The process outlives the link by the time that it takes to die, so it holds the link weakly.
  struct Self {
    std::weak_ptr<Impl> link;
    std::weak_ptr<BackendProcess> process;
  };
  const auto self = std::make_shared<Self>();
  self->link = weak_from_this();
  BackendProcess::Events on;
  on.ready = [self](const protocol::InitializeResult& backend) {
    if (const auto link = self->link.lock()) link->became_ready(self->process.lock(), backend);
  };
  on.gone = [self](const BackendProcess::Exit& exit) {
    if (const auto link = self->link.lock()) link->went(self->process.lock(), exit);
  };
  on.changed = [self](std::vector<std::string> tokens) {
    const auto link = self->link.lock();
    if (link && link->events.changed) link->events.changed(std::move(tokens));
  };
  on.log = [self](std::string_view line) {
    const auto link = self->link.lock();
    if (link && link->events.log) link->events.log(line);
  };
  on.writable = [self] {
    const auto link = self->link.lock();
    if (link && link->current == self->process.lock() && link->events.writable)
      link->events.writable();
  };
  const auto process = std::make_shared<BackendProcess>(loop, what, std::move(on));
  self->process = process;
  process->start(home, times.initialize);
  return process;
}

void BackendLink::Impl::start() {
  retry.cancel();
  status.state = LinkState::starting;
  status.retry_at.reset();
  current = make(launch);
  state_changed();
}

void BackendLink::Impl::became_ready(const Process& process,
                                     const protocol::InitializeResult& backend) {
  if (process == successor) {
    retry.cancel();
    if (current) retire(std::exchange(current, nullptr), times.retire);
    current = std::exchange(successor, nullptr);
    launch = current->launch();
    backoff = times.first_retry;
  }
  if (process != current) return;
  status.state = LinkState::ready;
  status.problem.clear();
  status.retry_at.reset();
  status.backend = backend;
  ready_since = Steady::now();
  state_changed();
  tell_replaced({});
}

void BackendLink::Impl::went(const Process& process, const BackendProcess::Exit& exit) {
  const auto self = shared_from_this();  // a callback may destroy the link
  if (process == successor) {
    successor = nullptr;
    tell_replaced(fail(ErrorKind::unavailable, "backend " + launch.name +
                                                   ": the new process did not come up, the old one "
                                                   "stays: " +
                                                   exit.problem));
  } else if (process == current) {
    current = nullptr;
    current_went(exit);
  } else {
    std::erase(leaving, process);
    if (!exit.in_doubt.empty() && events.crash) events.crash(exit.problem, exit.in_doubt);
  }
  maybe_stopped();
}

void BackendLink::Impl::current_went(const BackendProcess::Exit& exit) {
  const bool was_ready = status.state == LinkState::ready;
  status.problem = exit.problem.empty() ? "it left without being asked to" : exit.problem;
  if (was_ready && Steady::now() - ready_since >= times.healthy) backoff = times.first_retry;
  if (exit.unusable) {
    status.state = LinkState::missing;
    schedule_retry(times.retry_missing);
  } else {
    status.state = LinkState::down;
    schedule_retry(backoff);
    backoff = std::min(backoff * 2, times.last_retry);
  }
  state_changed();
  if (events.crash) events.crash(status.problem, exit.in_doubt);
  tell_replaced(fail(ErrorKind::unavailable, "backend " + launch.name + ": " + status.problem));
}

void BackendLink::Impl::schedule_retry(Milliseconds delay) {
  status.retry_at = wall_now() + delay;
  retry.expires_after(delay);
  retry.async_wait([weak = weak_from_this()](const error_code& cancelled) {
    const auto self = weak.lock();
    if (cancelled || !self || self->current || self->stopping || self->destroyed) return;
    ++self->status.restarts;
    self->start();
  });
}

void BackendLink::Impl::retire(Process process, Milliseconds bound) {
  process->leave(bound);
  leaving.push_back(std::move(process));
}

void BackendLink::Impl::drop_successor(Error why) {
  if (successor) std::exchange(successor, nullptr)->abandon();
  tell_replaced(pass(std::move(why)));
}

void BackendLink::Impl::tell_replaced(Result<> result) {
  if (!replaced) return;
  asio::post(loop, [done = std::exchange(replaced, nullptr), result = std::move(result)] {
    done(result);
  });
}

void BackendLink::Impl::state_changed() {
  if (state_posted) return;
  state_posted = true;
  asio::post(loop, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->destroyed) return;
    self->state_posted = false;
    if (self->events.state) self->events.state();
  });
}

void BackendLink::Impl::maybe_stopped() {
  if (!stopping || current || !leaving.empty() || status.state == LinkState::stopped) return;
  retry.cancel();
  status.state = LinkState::stopped;
  status.retry_at.reset();
  state_changed();
  if (stopped) asio::post(loop, std::exchange(stopped, nullptr));
}

// ------------------------------------------------------------------------------------------------

BackendLink::BackendLink(asio::io_context& loop, Launch launch, std::string home, LinkEvents events,
                         LinkTimes times)
    : impl_(std::make_shared<Impl>(loop, std::move(launch), std::move(home), std::move(events),
                                   times)) {}

BackendLink::~BackendLink() {
  impl_->destroyed = true;
  impl_->replaced = nullptr;
  impl_->stopped = nullptr;
  impl_->retry.cancel();
  if (impl_->current) impl_->current->abandon();
  if (impl_->successor) impl_->successor->abandon();
  for (const auto& process : impl_->leaving) process->abandon();
}

void BackendLink::start() {
  if (!impl_->current && !impl_->stopping) impl_->start();
}

void BackendLink::call(Call call, CallHandler handler) {
  if (ready()) return impl_->current->call(std::move(call), std::move(handler));
  std::string why = "backend " + impl_->launch.name + " is " + to_string(impl_->status.state);
  if (!impl_->status.problem.empty()) why += ": " + impl_->status.problem;
  asio::post(impl_->loop, [why = std::move(why), handler = std::move(handler)] {
    handler(
        tl::make_unexpected(CallError{{ErrorKind::unavailable, why, ""}, Reach::never_sent, 0}));
  });
}

bool BackendLink::writable() const { return ready() && impl_->current->writable(); }
bool BackendLink::ready() const { return impl_->current && impl_->current->ready(); }

LinkStatus BackendLink::status() const {
  LinkStatus status = impl_->status;
  if (impl_->current) {
    status.pid = impl_->current->pid();
    status.in_flight = impl_->current->in_flight();
  }
  for (const auto& process : impl_->leaving) status.in_flight += process->in_flight();
  return status;
}

const Launch& BackendLink::launch() const { return impl_->launch; }

void BackendLink::replace(Launch launch, std::function<void(Result<>)> done) {
  impl_->drop_successor(
      {ErrorKind::conflict, "backend " + launch.name + ": another replacement came first", ""});
  impl_->replaced = std::move(done);
  if (impl_->stopping)
    return impl_->tell_replaced(fail(ErrorKind::unavailable, "the daemon is stopping"));
  if (ready()) {
    impl_->successor = impl_->make(launch);
    return;
  }
  if (impl_->current) std::exchange(impl_->current, nullptr)->abandon();
  impl_->launch = std::move(launch);
  impl_->backoff = impl_->times.first_retry;
  impl_->start();
}

void BackendLink::stop(Milliseconds deadline, std::function<void()> done) {
  impl_->stopping = true;
  impl_->stopped = std::move(done);
  impl_->retry.cancel();
  impl_->drop_successor({ErrorKind::unavailable, "the daemon is stopping", ""});
  if (impl_->current) impl_->retire(std::exchange(impl_->current, nullptr), deadline);
  // Those that a replacement had left with more time get no more than this.
  for (const auto& process : impl_->leaving) process->leave(deadline);
  impl_->maybe_stopped();
}

}  // namespace ketrew::daemon
