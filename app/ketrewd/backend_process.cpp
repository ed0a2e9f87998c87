#include "app/ketrewd/backend_process.hpp"

#include <cerrno>
#include <csignal>

#include <boost/asio/post.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "core/protocol/check.hpp"
#include "core/protocol/message.hpp"

namespace ketrew::daemon {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;
using boost::system::error_code;

namespace {

constexpr std::size_t read_size = 128 << 10;
constexpr int reads_a_turn = 8;  // so that one that babbles leaves room for the others
constexpr int reads_when_late = 1024;
constexpr std::size_t log_line_limit = 4096;  // bytes; the rest of a longer line is cut off
constexpr std::size_t last_words_kept = 5;
constexpr auto dying_time = std::chrono::seconds(3);
constexpr auto suspicion_time = std::chrono::milliseconds(500);

}  // namespace

BackendProcess::BackendProcess(asio::io_context& loop, Launch launch, Events events)
    : loop_(loop),
      launch_(std::move(launch)),
      events_(std::move(events)),
      process_(loop),
      in_(loop),
      stdout_(loop),
      stderr_(loop),
      timer_(loop),
      end_timer_(loop) {}

BackendProcess::~BackendProcess() {
  if (pid_ > 0 && !reaped_) ::kill(pid_, SIGKILL);
}

void BackendProcess::start(const std::string& home, Milliseconds initialize_deadline) {
  auto spawned = spawn(launch_.argv);
  if (!spawned) {
    problem_ = spawned.error().text();
    unusable_ = spawned.error().kind == ErrorKind::not_found ||
                spawned.error().kind == ErrorKind::denied ||
                spawned.error().kind == ErrorKind::invalid;
    reaped_ = true;
    phase_ = Phase::dying;
    asio::post(loop_, [self = shared_from_this()] { self->finish(""); });
    return;
  }
  pid_ = spawned->pid;
  try {
    process_.assign(spawned->process.release());
    in_.assign(spawned->in.release());
    stdout_.assign(spawned->out.release());
    stderr_.assign(spawned->err.release());
  } catch (const std::exception& error) {  // the kernel has no memory for one more descriptor
    return kill(std::string("cannot watch its process: ") + error.what());
  }
  wait_end();
  wait_output();
  wait_log();
  protocol::InitializeParams params;
  params.name = launch_.name;
  params.options = protocol::raw(launch_.options);
  params.home = home;
  send("initialize", protocol::to_text(params), initialize_deadline, 0,
       [this](CallResult result) { initialized(std::move(result)); });
}

void BackendProcess::initialized(CallResult result) {
  if (!result) {
    if (result.error().reach == Reach::answered)
      kill("it refused to begin: " + result.error().error.text(), true);
    return;  // else it died, which is told by `gone`
  }
  const auto answer = protocol::initialize_result_from(*result);
  if (!answer) return kill("its answer to initialize: " + answer.error().text(), true);
  if (phase_ != Phase::starting) return;
  phase_ = Phase::ready;
  if (!silent_) events_.ready(*answer);
}

// Calls ------------------------------------------------------------------------------------------

void BackendProcess::call(Call call, CallHandler handler) {
  const char* refusal = nullptr;
  if (phase_ != Phase::ready)
    refusal = "the backend is not ready";
  else if (backlog() + call.params.size() > backlog_limit)
    refusal = "the backend takes no more calls";
  if (refusal) {
    asio::post(loop_, [refusal, handler = std::move(handler)] {
      handler(tl::make_unexpected(
          CallError{{ErrorKind::unavailable, refusal, ""}, Reach::never_sent, 0}));
    });
    return;
  }
  send(call.method, call.params, call.deadline, call.tag, std::move(handler),
       call.spares_process);
}

void BackendProcess::send(std::string_view method, std::string_view params, Milliseconds deadline,
                          std::uint64_t tag, CallHandler handler, bool spares_process) {
  const std::uint64_t id = ++last_id_;
  const std::size_t before = out_.size();
  protocol::append_request(out_, id, method, params);
  const auto due = Clock::now() + deadline;
  calls_.emplace(id, Flight{std::move(handler), tag, queued_, due, spares_process});
  deadlines_.emplace(due, id);
  queued_ += out_.size() - before;
  if (!writable()) was_full_ = true;
  arm();
  if (flush_posted_ || waiting_write_) return;
  flush_posted_ = true;  // all calls of this turn of the loop go in one write
  asio::post(loop_, [self = shared_from_this()] {
    self->flush_posted_ = false;
    if (!self->waiting_write_) self->flush();
  });
}

void BackendProcess::flush() {
  while (out_at_ < out_.size() && in_.is_open()) {
    const ssize_t n = ::write(in_.native_handle(), out_.data() + out_at_, backlog());
    if (n > 0) {
      out_at_ += static_cast<std::size_t>(n);
      written_ += static_cast<std::uint64_t>(n);
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) return suspect("it closed its stdin");
    waiting_write_ = true;
    in_.async_wait(stream_descriptor::wait_write,
                   [self = shared_from_this()](const error_code& error) {
                     self->waiting_write_ = false;
                     if (!error) self->flush();
                   });
    break;
  }
  // What was taken leaves in big pieces, so that a backlog is not moved again and again.
  if (out_at_ == out_.size() || out_at_ > (4u << 20)) out_.erase(0, std::exchange(out_at_, 0));
  if (out_.empty() && out_.capacity() > (1u << 20)) out_.shrink_to_fit();
  if (was_full_ && backlog() < low_water) {
    was_full_ = false;
    if (!silent_) events_.writable();
  }
}

void BackendProcess::arm() {
  if (deadlines_.empty() || deadlines_.begin()->first >= armed_) return;
  armed_ = deadlines_.begin()->first;
  timer_.expires_at(armed_);
  timer_.async_wait([self = shared_from_this()](const error_code& cancelled) {
    if (!cancelled) self->check_deadlines();
  });
}

void BackendProcess::check_deadlines() {
  armed_ = Clock::time_point::max();
  if (phase_ == Phase::dying || phase_ == Phase::gone || deadlines_.empty()) return;
  if (deadlines_.begin()->first <= Clock::now()) {
    // Perhaps it was this process that was held up, and the answer is there.
    for (int i = 0; i < reads_when_late && read_output(); ++i) take_lines();
    if (phase_ == Phase::dying || phase_ == Phase::gone) return;
    give_up_overdue();
    if (phase_ == Phase::dying || phase_ == Phase::gone || deadlines_.empty()) return;
  }
  if (deadlines_.begin()->first > Clock::now()) return arm();
  overdue_ = deadlines_.begin()->second;
  kill(phase_ == Phase::starting ? "it did not answer initialize in time"
                                 : "it did not answer in time");
}

void BackendProcess::give_up_overdue() {
  std::vector<CallHandler> handlers;
  const auto now = Clock::now();
  for (auto due = deadlines_.begin(); due != deadlines_.end() && due->first <= now;) {
    const auto call = calls_.find(due->second);
    if (!call->second.spares_process) {
      ++due;
      continue;
    }
    handlers.push_back(std::move(call->second.handler));
    given_up_.insert(call->first);
    calls_.erase(call);
    due = deadlines_.erase(due);
  }
  for (const CallHandler& handler : handlers)
    handler(tl::make_unexpected(
        CallError{{ErrorKind::timeout, "backend " + launch_.name + " did not answer in time",
                   "the host of the job may be slow, or hang: see `ketrew why`"},
                  Reach::in_doubt, 0}));
  if (!handlers.empty() && phase_ == Phase::leaving) maybe_leave();
}

// Output -----------------------------------------------------------------------------------------

void BackendProcess::wait_output() {
  stdout_.async_wait(
      stream_descriptor::wait_read, [self = shared_from_this()](const error_code& error) {
        if (error) return;
        bool more = true;
        for (int i = 0; more && i < reads_a_turn; ++i) {
          more = self->read_output();
          self->take_lines();
        }
        if (self->phase_ != Phase::gone && self->phase_ != Phase::dying && self->stdout_.is_open())
          self->wait_output();
      });
}

bool BackendProcess::read_output() {
  if (!stdout_.is_open()) return false;
  static thread_local std::string buffer(read_size, '\0');
  const ssize_t n = ::read(stdout_.native_handle(), buffer.data(), buffer.size());
  if (n < 0) return errno == EINTR;
  if (n == 0) {
    error_code ignored;
    stdout_.close(ignored);
    suspect("it closed its stdout");
    return false;
  }
  if (!lines_.feed({buffer.data(), static_cast<std::size_t>(n)}))
    kill("it sent a line of more than 64 MiB");
  return true;
}

void BackendProcess::take_lines() {
  while (phase_ != Phase::gone) {
    if (phase_ == Phase::dying && !problem_.empty()) return;  // it cannot be trusted any more
    const auto line = lines_.next();
    if (!line) return;
    take_line(*line);
  }
}

void BackendProcess::take_line(std::string_view line) {
  const auto garbage = [&](const std::string& why) {
    kill("it broke the protocol (" + one_line(why, 120) + "): " + one_line(line, 120));
  };
  const auto message = protocol::parse_message(line);
  if (!message) return garbage(message.error().what);
  if (const auto* response = std::get_if<protocol::Response>(&*message))
    return answered(response->id, response->result);
  if (const auto* error = std::get_if<protocol::ErrorResponse>(&*message)) {
    if (error->id == "null") return garbage("it could not read a request");
    ErrorKind kind = ErrorKind::unavailable;
    if (error->code == static_cast<int>(protocol::ErrorCode::invalid_params))
      kind = ErrorKind::invalid;
    if (error->code == static_cast<int>(protocol::ErrorCode::unknown_method))
      kind = ErrorKind::not_found;
    return answered(error->id,
                    tl::make_unexpected(CallError{
                        {kind, one_line(error->message), ""}, Reach::answered, error->code}));
  }
  if (const auto* notification = std::get_if<protocol::Notification>(&*message)) {
    if (notification->method != "changed") return;  // of a later version
    auto ids = protocol::changed_from(notification->params);
    if (!ids) return garbage(ids.error().what);
    if (!silent_) events_.changed(std::move(*ids));
    return;
  }
  garbage("a request from a backend");
}

void BackendProcess::answered(std::string_view id, CallResult result) {
  const auto number = protocol::request_number(id);
  const auto found = number ? calls_.find(*number) : calls_.end();
  if (number && found == calls_.end() && given_up_.erase(*number) > 0) return;
  if (found == calls_.end())
    return kill("it broke the protocol: an answer to a call that was not made, id " +
                one_line(id, 40));
  const CallHandler handler = std::move(found->second.handler);
  deadlines_.erase({found->second.deadline, found->first});
  calls_.erase(found);
  handler(std::move(result));
  if (phase_ == Phase::leaving) maybe_leave();
}

void BackendProcess::wait_log() {
  stderr_.async_wait(stream_descriptor::wait_read,
                     [self = shared_from_this()](const error_code& error) {
                       if (error || self->read_log() == Read::end) return;
                       if (self->phase_ != Phase::gone) self->wait_log();
                     });
}

BackendProcess::Read BackendProcess::read_log() {
  if (!stderr_.is_open()) return Read::end;
  char buffer[16384];
  const ssize_t n = ::read(stderr_.native_handle(), buffer, sizeof buffer);
  if (n < 0) return errno == EINTR ? Read::some : Read::nothing;
  if (n == 0) {
    error_code ignored;
    stderr_.close(ignored);
    return Read::end;
  }
  std::string_view bytes(buffer, static_cast<std::size_t>(n));
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end);
    log_line_ += part.substr(0, log_line_limit - std::min(log_line_limit, log_line_.size()));
    if (end == std::string_view::npos) break;
    bytes.remove_prefix(end + 1);
    const std::string line = one_line(std::exchange(log_line_, {}), log_line_limit);
    if (line.empty()) continue;
    last_words_.push_back(line);
    if (last_words_.size() > last_words_kept) last_words_.pop_front();
    if (!silent_) events_.log(line);
  }
  return Read::some;
}

// The end ----------------------------------------------------------------------------------------

void BackendProcess::leave(Milliseconds deadline) {
  if (phase_ == Phase::dying || phase_ == Phase::gone) return;
  phase_ = Phase::leaving;
  end_timer_.expires_after(deadline);
  end_timer_.async_wait([self = shared_from_this()](const error_code& cancelled) {
    if (!cancelled && self->phase_ == Phase::leaving) self->kill("it did not leave when asked to");
  });
  maybe_leave();
}

void BackendProcess::maybe_leave() {
  if (!calls_.empty() || phase_ != Phase::leaving) return;
  if (!shutdown_sent_) {
    shutdown_sent_ = true;
    // Whatever it answers. It has the deadline of leave().
    send("shutdown", "{}", std::chrono::hours(1), 0, [](const CallResult&) {});
    return;
  }
  error_code ignored;
  in_.close(ignored);  // for those who know only the end of their input
}

void BackendProcess::kill(std::string problem, bool unusable) {
  if (phase_ == Phase::dying || phase_ == Phase::gone) return;
  phase_ = Phase::dying;
  problem_ = std::move(problem);
  unusable_ = unusable;
  // The process alone: what it started may be jobs.
  if (!reaped_) ::kill(pid_, SIGKILL);
  // One that hangs in the kernel dies later. It does nothing more of its own, so go on without it.
  end_timer_.expires_after(dying_time);
  end_timer_.async_wait([self = shared_from_this()](const error_code& cancelled) {
    if (!cancelled) self->finish("");
  });
}

void BackendProcess::abandon() {
  silent_ = true;
  calls_.clear();
  deadlines_.clear();
  kill("it is not needed any more");
}

// It will be over in a moment, and how it ended says more than this; kill it if it is not.
void BackendProcess::suspect(const char* problem) {
  if (suspected_ || (phase_ != Phase::starting && phase_ != Phase::ready)) return;
  suspected_ = true;
  end_timer_.expires_after(suspicion_time);
  end_timer_.async_wait([self = shared_from_this(), problem](const error_code& cancelled) {
    if (!cancelled) self->kill(problem);
  });
}

void BackendProcess::wait_end() {
  process_.async_wait(stream_descriptor::wait_read,
                      [self = shared_from_this()](const error_code& error) {
                        if (!error) self->ended();
                      });
}

void BackendProcess::ended() {
  int status = 0;
  const pid_t reaped = ::waitpid(pid_, &status, WNOHANG);
  if (reaped == 0) return wait_end();  // Asio may wake for what its descriptor was before
  reaped_ = true;
  if (phase_ == Phase::gone) return;
  if (phase_ != Phase::dying) {
    // Answers that it gave before it died count.
    for (std::size_t size = 0; size < protocol::line_limit && read_output(); size += read_size)
      take_lines();
    take_lines();
  }
  for (int i = 0; i < 64 && read_log() == Read::some; ++i) {
  }
  const bool asked = shutdown_sent_ && calls_.size() <= 1 && problem_.empty() &&
                     WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 3 && problem_.empty()) unusable_ = true;
  finish(asked ? "" : "it " + describe_exit(status));
}

void BackendProcess::finish(std::string how_it_ended) {
  if (phase_ == Phase::gone) return;
  phase_ = Phase::gone;
  Exit exit;
  exit.unusable = unusable_;
  exit.problem = problem_.empty() ? std::move(how_it_ended) : problem_;
  if (!exit.problem.empty() && !last_words_.empty())
    exit.problem += "; it said: " + one_line(last_words_.back(), 300);
  for (const auto& [id, flight] : calls_)
    if (flight.begin < written_ && flight.tag != 0) exit.in_doubt.push_back(flight.tag);
  timer_.cancel();
  end_timer_.cancel();
  error_code ignored;
  in_.close(ignored);
  stdout_.close(ignored);
  stderr_.close(ignored);
  const auto self = shared_from_this();
  if (!silent_) events_.gone(exit);
  fail_calls(exit.problem);
  events_ = {};
}

void BackendProcess::fail_calls(const std::string& problem) {
  const auto calls = std::exchange(calls_, {});
  deadlines_.clear();
  for (const auto& [id, flight] : calls) {
    CallError error;
    error.reach = flight.begin < written_ ? Reach::in_doubt : Reach::never_sent;
    error.error.kind = id == overdue_ ? ErrorKind::timeout : ErrorKind::unavailable;
    error.error.what = "backend " + launch_.name + ": " + (problem.empty() ? "it left" : problem);
    flight.handler(tl::make_unexpected(std::move(error)));
  }
}

}  // namespace ketrew::daemon
