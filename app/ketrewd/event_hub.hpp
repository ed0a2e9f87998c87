// Who listens to /v1/events, and what each is told: every committed row of the history, in order.
// On the loop.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <unordered_set>
#include <vector>

#include "app/ketrewd/http_server.hpp"
#include "core/model/job.hpp"
#include "core/store/store.hpp"

namespace boost::asio {
class io_context;
}

namespace ketrew::daemon {

class EventHub {
 public:
  EventHub(boost::asio::io_context& loop, store::Store& store) : loop_(loop), store_(store) {}

  // `jobs`: only these; empty: all. `after`: the last event that the listener has; it is told what
  // it missed first, then what happens. Nothing: from now on.
  void listen(EventStream stream, std::unordered_set<JobId> jobs, std::optional<std::int64_t> after);
  void tell(const std::vector<HistoryEntry>& entries);
  std::size_t listeners() const { return listeners_.size(); }

 private:
  struct Listener {
    EventStream stream;
    std::unordered_set<JobId> jobs;
    std::int64_t last = 0;
    bool catching_up = false;
    std::vector<HistoryEntry> meanwhile;  // told while it catches up
  };
  void catch_up(std::shared_ptr<Listener> listener);
  static void send(Listener& listener, const HistoryEntry& entry, std::string* text);

  boost::asio::io_context& loop_;
  store::Store& store_;
  std::list<std::shared_ptr<Listener>> listeners_;
};

}  // namespace ketrew::daemon
