// One process that speaks the backend protocol, from its start to its end. Internal to
// BackendLink, which replaces one by another; it brings Boost with it.
//
// Reads and writes are plain and non-blocking, Asio only tells when: so it is always known exactly
// how many bytes the process was given, and with that which calls never reached it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/ketrewd/backend_call.hpp"
#include "app/ketrewd/launch.hpp"
#include "app/ketrewd/spawn.hpp"
#include "core/protocol/initialize.hpp"
#include "core/protocol/line_reader.hpp"

namespace ketrew::daemon {

class BackendProcess : public std::enable_shared_from_this<BackendProcess> {
 public:
  struct Exit {
    std::string problem;  // one line; empty: it left because it was asked to
    bool unusable =
        false;  // trying again at once changes nothing: refused module, bad options, ...
    std::vector<std::uint64_t> in_doubt;  // tags (but 0) of the calls that it may have acted on
  };
  // All are set. Called on the loop, never within a call of this class.
  struct Events {
    std::function<void(const protocol::InitializeResult&)> ready;
    std::function<void(std::vector<std::string>)> changed;
    std::function<void(std::string_view)> log;
    std::function<void(const Exit&)> gone;  // once, the last; the failed calls are told after it
    std::function<void()> writable;         // after `writable()` was false
  };

  BackendProcess(boost::asio::io_context& loop, Launch launch, Events events);
  ~BackendProcess();

  // Executes it and sends `initialize`. A failure is told by `gone`.
  void start(const std::string& home, Milliseconds initialize_deadline);
  // Only when ready.
  void call(Call call, CallHandler handler);
  // Lets the calls in flight finish, then asks it to leave; kills it at the deadline.
  void leave(Milliseconds deadline);
  // Kills it now. Its end is told by `gone` as any other.
  void kill(std::string problem, bool unusable = false);
  // Kills it and tells nobody anything any more.
  void abandon();

  const Launch& launch() const { return launch_; }
  pid_t pid() const { return pid_; }
  bool ready() const { return phase_ == Phase::ready; }
  bool writable() const { return backlog() < high_water; }
  std::size_t in_flight() const { return calls_.size(); }

  static constexpr std::size_t high_water = 8 << 20;  // bytes not taken yet: callers should wait
  static constexpr std::size_t low_water = 1 << 20;   // they may go on
  static constexpr std::size_t backlog_limit = 128 << 20;  // further calls fail, unsent

 private:
  enum class Phase { starting, ready, leaving, dying, gone };
  enum class Read { some, nothing, end };
  using Clock = std::chrono::steady_clock;
  struct Flight {
    CallHandler handler;
    std::uint64_t tag = 0;
    std::uint64_t begin = 0;  // of its text in the stream to the process
    Clock::time_point deadline;
    bool spares_process = false;
  };

  std::size_t backlog() const { return out_.size() - out_at_; }
  void send(std::string_view method, std::string_view params, Milliseconds deadline,
            std::uint64_t tag, CallHandler handler, bool spares_process = false);
  void give_up_overdue();
  void flush();
  void wait_end();
  void wait_output();
  void wait_log();
  bool read_output();  // false: no more for now
  Read read_log();
  void take_lines();
  void take_line(std::string_view line);
  void answered(std::string_view id, CallResult result);
  void initialized(CallResult result);
  void maybe_leave();
  void check_deadlines();
  void arm();
  void suspect(const char* problem);
  void ended();
  void finish(std::string how_it_ended);
  void fail_calls(const std::string& problem);

  boost::asio::io_context& loop_;
  const Launch launch_;
  Events events_;
  Phase phase_ = Phase::starting;
  pid_t pid_ = -1;
  boost::asio::posix::stream_descriptor process_, in_, stdout_, stderr_;
  boost::asio::steady_timer timer_;      // the earliest deadline of a call
  boost::asio::steady_timer end_timer_;  // of leaving, dying and suspicion
  Clock::time_point armed_ = Clock::time_point::max();

  std::map<std::uint64_t, Flight> calls_;
  std::set<std::pair<Clock::time_point, std::uint64_t>> deadlines_;
  std::uint64_t last_id_ = 0;
  std::uint64_t overdue_ = 0;  // the call whose deadline passed
  std::set<std::uint64_t> given_up_;  // calls that failed already: their answers are nobody's

  std::string out_;  // to be written, from out_at_ on
  std::size_t out_at_ = 0;
  std::uint64_t queued_ = 0, written_ = 0;  // bytes of the stream to the process
  bool flush_posted_ = false, waiting_write_ = false, was_full_ = false, shutdown_sent_ = false;

  protocol::LineReader lines_;
  std::string log_line_;
  std::deque<std::string> last_words_;
  std::string problem_;
  bool unusable_ = false, reaped_ = false, silent_ = false, suspected_ = false;
};

}  // namespace ketrew::daemon
