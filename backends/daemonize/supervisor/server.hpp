// The supervisor's main thread: connections, and the preparation of starts.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backends/daemonize/supervisor/guardian.hpp"
#include "backends/daemonize/supervisor/killer.hpp"
#include "backends/daemonize/supervisor/registry.hpp"
#include "backends/daemonize/supervisor/spawner.hpp"

namespace ketrew::daemonize {

enum class Leave { told, idle, guardian_died };

class Server {
 public:
  Server(Home& home, Registry& registry, Outbox& outbox, Spawner& spawner, Killer& killer,
         int wake_fd, pid_t guardian);
  ~Server();

  Leave run();

 private:
  struct Client {
    Fd socket;
    std::string in, out;
    bool greeted = false, waits_to_write = false;
    std::shared_ptr<const std::vector<std::string>> environment;
  };
  struct PendingStart {
    std::uint64_t client;
    wire::Start start;
    std::shared_ptr<const std::vector<std::string>> environment;
  };
  using Pending = std::variant<PendingStart, FindRequest>;

  void take_over();
  void handle_event(std::uint64_t key, std::uint32_t events);
  void accept_clients();
  bool read_client(std::uint64_t id);  // false: it is gone
  bool handle_frame(std::uint64_t id, Client& client, const wire::Frame& frame);
  void look(std::uint64_t id, std::string_view body);
  void kill(std::uint64_t id, std::string_view body);
  wire::Looked look_at(std::string_view token) const;
  wire::KillAnswer kill_one(std::string_view token, std::uint32_t grace_ms);
  void settle_finds();
  void work_off();
  void prepare_one(PendingStart& pending);
  void look_at_inherited();
  void foreign_is_over(std::uint32_t index);
  void take_outbox();
  void flush_all();
  void flush(std::uint64_t id, Client& client);
  void drop(std::uint64_t id);
  void watch(int fd, std::uint64_t key, std::uint32_t events);

  Home& home_;
  Registry& registry_;
  Outbox& outbox_;
  Spawner& spawner_;
  Killer& killer_;
  const int wake_fd_;
  const pid_t guardian_;
  const std::uint64_t generation_;
  Fd epoll_, signals_, guardian_handle_;
  std::map<std::uint64_t, Client> clients_;
  std::uint64_t next_client_;
  std::deque<Pending> pending_;
  std::map<std::string, int, std::less<>> pending_tokens_;
  std::vector<FindRequest> finds_;        // read, not yet behind all starts that came before
  std::vector<std::uint32_t> inherited_;  // slots that an earlier supervisor filled
  std::map<std::uint32_t, Fd> foreign_;   // handles of processes that are nobody's children
  std::optional<Mono> tell_at_;           // when the outbox is emptied; nothing: it is empty
  bool told_to_leave_ = false;
};

}  // namespace ketrew::daemonize
