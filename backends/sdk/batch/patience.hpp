// How long questions may take. The daemon gives each call of a backend so much time, and ends the
// process that has not answered by then (backends/README.md, "Deadlines"); what a call asks of a
// host, file by file and command by command, has to share that.
#pragma once

#include <string>

#include "core/base/clock.hpp"

namespace ketrew::sdk::batch {

// Of a call, from its beginning. Starts and finds of a host wait for each other, as do kills and
// questions of people, and waiting counts: one of each must fit into the deadline of 2 minutes.
inline constexpr Milliseconds update_time{270'000}, start_time{65'000}, find_time{50'000},
    kill_time{50'000}, query_time{40'000}, check_time{50'000};

class Patience {
 public:
  explicit Patience(Milliseconds whole) : end_(MonoClock::now() + whole) {}
  // For what may take `longest` by itself; 0 where nothing is left.
  Milliseconds for_one(Milliseconds longest) const;
  // Whether half of it is gone.
  bool is_short(Milliseconds whole) const { return for_one(whole) * 2 < whole; }

 private:
  Mono end_;
};

// Shell lines that go before the commands of one question, which together have so long. They define
//   ketrew_limited COMMAND...   the command, ended when the time is up (where there is timeout(1),
//                               whose exit code is then 124 or 137)
//   $ketrew_patience            the time as a whole, in seconds
// Without them a command that hangs would stay behind on a host that is behind ssh.
std::string limit_lines(Milliseconds time);

}  // namespace ketrew::sdk::batch
