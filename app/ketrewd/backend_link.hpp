// One backend under supervision: its process is started, spoken to, watched, and replaced when it
// crashes, hangs, babbles, or when `reload` brings a newer one. Its jobs are not its concern: they
// outlive the process, and what a failed call means for them is the engine's to decide.
//
// Lives on the loop's thread. Callbacks are called from the loop, never within a call of this
// class; they may call it, and destroy it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "app/ketrewd/backend_call.hpp"
#include "app/ketrewd/launch.hpp"
#include "core/protocol/initialize.hpp"

namespace boost::asio {
class io_context;
}

namespace ketrew::daemon {

enum class LinkState : std::uint8_t {
  starting,  // the process is there, or about to be, and has not answered `initialize`
  ready,
  down,     // it crashed or hung; tried again at `retry_at`, later each time
  missing,  // it cannot be used as it is: no such file, refused module, bad options. Tried again
            // now and then, and by `replace`
  stopped,
};
const char* to_string(LinkState state);

struct LinkStatus {
  LinkState state = LinkState::stopped;
  std::string problem;           // one line; of the last end, until the backend is ready again
  std::optional<Wall> retry_at;  // when down or missing
  pid_t pid = -1;
  std::uint64_t restarts = 0;                         // processes started because one before died
  std::size_t in_flight = 0;                          // calls without an answer yet
  std::optional<protocol::InitializeResult> backend;  // what it said of itself, last
};

struct LinkTimes {
  Milliseconds initialize{60'000};
  Milliseconds first_retry{100};  // doubled by each end that follows a short life
  Milliseconds last_retry{30'000};
  Milliseconds healthy{60'000};  // a life this long makes the next retry the first again
  Milliseconds retry_missing{60'000};
  Milliseconds retire{120'000};  // for the calls in flight of a process that has been replaced
};

struct LinkEvents {
  // `status()` has changed. Several changes may come as one.
  std::function<void()> state;
  std::function<void(std::vector<std::string> tokens)> changed;  // the backend's notification
  std::function<void(std::string_view line)> log;                // a line of its stderr
  // A process died on its own or had to be killed. `in_doubt`: the tags (but 0) of the calls that
  // it may have acted on. Comes before these calls' own callbacks.
  std::function<void(const std::string& problem, const std::vector<std::uint64_t>& in_doubt)> crash;
  // After `writable()` was false: it takes calls again.
  std::function<void()> writable;
};

class BackendLink {
 public:
  // `home` is the daemon's directory, which the backend is told.
  BackendLink(boost::asio::io_context& loop, Launch launch, std::string home, LinkEvents events,
              LinkTimes times = {});
  // Kills the process; calls in flight are never answered. See `stop`.
  ~BackendLink();

  void start();

  // Any number may be in flight. `handler` is called exactly once, unless the link is destroyed;
  // where the backend is not ready, with `never_sent`. A call past its deadline costs the process
  // its life, and all calls in flight fail with it.
  void call(Call call, CallHandler handler);
  // Whether the backend keeps up; if not, wait for the event `writable` before many more calls.
  // (Calls are still taken, up to 128 MiB, beyond that they fail with `never_sent`.)
  bool writable() const;
  bool ready() const;

  LinkStatus status() const;
  const Launch& launch() const;

  // Starts the new process beside the old one and switches when it is ready; the old one finishes
  // its calls and leaves. Where the new one does not come up, the old one stays, and `done` has the
  // reason. Where there is no old one that is ready, the new launch takes its place at once.
  void replace(Launch launch, std::function<void(Result<>)> done);

  // Finishes the calls in flight, asks the process to leave, kills it at the deadline. Then `done`.
  void stop(Milliseconds deadline, std::function<void()> done);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace ketrew::daemon
