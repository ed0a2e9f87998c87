#include "backends/daemonize/supervisor/server.hpp"

#include <cerrno>
#include <cstdio>

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "backends/daemonize/supervisor/publish.hpp"
#include "core/host/process_identity.hpp"

namespace ketrew::daemonize {
namespace {

// epoll's keys: clients count from `first_client`; foreign jobs have their slot behind
// `foreign_bit`.
constexpr std::uint64_t key_listening = 1, key_wake = 2, key_news = 3, key_signals = 4,
                        key_guardian = 5, first_client = 16, foreign_bit = 1ull << 62;
constexpr std::size_t out_limit = std::size_t{256} << 20;
constexpr int starts_a_turn = 16;
// While starts follow one another, what there is to tell leaves together, this much later at most:
// a send for each start and each end would wake both sides twice a job.
constexpr Milliseconds gather{2};

}  // namespace

Server::Server(Home& home, Registry& registry, Outbox& outbox, Spawner& spawner, Killer& killer,
               int wake_fd, pid_t guardian)
    : home_(home),
      registry_(registry),
      outbox_(outbox),
      spawner_(spawner),
      killer_(killer),
      wake_fd_(wake_fd),
      guardian_(guardian),
      generation_(home.table.next_generation()),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      next_client_(first_client) {}

Server::~Server() = default;

void Server::watch(int fd, std::uint64_t key, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = key;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0 && errno == EEXIST)
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

Leave Server::run() {
  sigset_t handled;
  ::sigemptyset(&handled);
  ::sigaddset(&handled, SIGTERM);
  ::sigaddset(&handled, SIGINT);
  signals_ = Fd(::signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK));
  guardian_handle_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, guardian_, 0)));
  if (!guardian_handle_ || ::getppid() != guardian_) return Leave::guardian_died;
  watch(home_.listening.get(), key_listening, EPOLLIN);
  watch(wake_fd_, key_wake, EPOLLIN);
  watch(home_.news.get(), key_news, EPOLLIN);
  watch(signals_.get(), key_signals, EPOLLIN);
  watch(guardian_handle_.get(), key_guardian, EPOLLIN);
  take_over();

  while (true) {
    const bool work = !finds_.empty() || (!pending_.empty() && !spawner_.full());
    const bool idle = clients_.empty() && pending_.empty() && registry_.size() == 0;
    const int longest = work       ? 0
                        : tell_at_ ? static_cast<int>(gather.count())
                        : idle     ? home_.idle_ms
                                   : -1;
    epoll_event events[64];
    const int count = ::epoll_wait(epoll_.get(), events, 64, longest);
    if (count == 0 && !work && !tell_at_ && idle && registry_.size() == 0) return Leave::idle;
    for (int i = 0; i < count; ++i) {
      if (events[i].data.u64 == key_guardian) return Leave::guardian_died;
      handle_event(events[i].data.u64, events[i].events);
    }
    if (told_to_leave_) return Leave::told;
    settle_finds();
    work_off();
    const bool more_starts = !pending_.empty() || !spawner_.empty();
    if (tell_at_ && (!more_starts || MonoClock::now() >= *tell_at_)) take_outbox();
    flush_all();
  }
}

void Server::take_over() {
  for (std::uint32_t i = 0; i < SlotTable::capacity; ++i) {
    Slot& slot = home_.table[i];
    if (slot.step.load() == Step::free) continue;
    inherited_.push_back(i);
    if (slot.kill_at_ms.load() != 0) killer_.watch(i, false);
    if (slot.step.load() != Step::running || !(slot.flags.load() & flag_foreign)) continue;
    const pid_t pid = slot.pid.load();
    Fd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    const int error = handle ? 0 : errno;
    const host::ProcessIdentity identity{home_.boot, pid, slot.start_ticks.load()};
    if (error == ESRCH || host::liveness(identity) == host::Liveness::over) {
      foreign_is_over(i);
    } else if (handle) {
      watch(handle.get(), foreign_bit | i, EPOLLIN);
      foreign_.emplace(i, std::move(handle));
    }
  }
  look_at_inherited();
}

void Server::look_at_inherited() {
  std::erase_if(inherited_, [&](std::uint32_t index) {
    const Step step = home_.table[index].step.load();
    if (step == Step::exited) killer_.over(index);
    return step != Step::running;
  });
}

void Server::foreign_is_over(std::uint32_t index) {
  foreign_.erase(index);
  Slot& slot = home_.table[index];
  if (slot.step.load() == Step::running) slot.step.store(Step::exited);
  look_at_inherited();
}

void Server::handle_event(std::uint64_t key, std::uint32_t events) {
  std::uint64_t number;
  if (key & foreign_bit) {
    foreign_is_over(static_cast<std::uint32_t>(key & ~foreign_bit));
  } else if (key == key_listening) {
    accept_clients();
  } else if (key == key_wake) {
    static_cast<void>(!::read(wake_fd_, &number, sizeof number));
    if (!tell_at_) tell_at_ = MonoClock::now() + gather;
  } else if (key == key_news) {
    static_cast<void>(!::read(home_.news.get(), &number, sizeof number));
    look_at_inherited();
  } else if (key == key_signals) {
    told_to_leave_ = true;
  } else if (const auto it = clients_.find(key); it != clients_.end()) {
    if (events & EPOLLOUT) flush(key, it->second);
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !read_client(key)) drop(key);
  }
}

void Server::accept_clients() {
  for (;;) {
    Fd socket(::accept4(home_.listening.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) return;
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
        (peer.uid != ::geteuid() && peer.uid != 0))
      continue;
    const std::uint64_t id = next_client_++;
    watch(socket.get(), id, EPOLLIN);
    clients_[id].socket = std::move(socket);
  }
}

bool Server::read_client(std::uint64_t id) {
  Client& client = clients_.at(id);
  char buffer[262144];
  bool open = true;
  for (;;) {
    const ssize_t size = ::recv(client.socket.get(), buffer, sizeof buffer, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size > 0) client.in.append(buffer, static_cast<std::size_t>(size));
    if (size == 0 || (size < 0 && errno != EAGAIN)) open = false;
    if (size < static_cast<ssize_t>(sizeof buffer)) break;
  }
  std::string_view rest = client.in;
  wire::Frame frame{};
  for (;;) {
    const wire::Cut cut = wire::cut_frame(rest, frame);
    if (cut == wire::Cut::more) break;
    if (cut == wire::Cut::broken || !handle_frame(id, client, frame)) {
      std::fprintf(stderr,
                   "supervisor: a connection that does not speak our protocol was closed\n");
      return false;
    }
  }
  client.in.erase(0, client.in.size() - rest.size());
  return open;
}

bool Server::handle_frame(std::uint64_t id, Client& client, const wire::Frame& frame) {
  if (frame.kind == wire::Kind::hello) {
    wire::Reader reader(frame.body);
    const std::uint32_t version = reader.u32();
    client.environment = std::make_shared<const std::vector<std::string>>(reader.texts());
    if (!reader.ok()) return false;
    client.greeted = version == wire::version;
    wire::Writer writer(client.out);
    writer.begin(wire::Kind::welcome);
    writer.u32(wire::version);
    writer.u32(static_cast<std::uint32_t>(::getpid()));
    writer.u32(static_cast<std::uint32_t>(guardian_));
    writer.text(home_.boot);
    writer.end();
    return true;
  }
  if (!client.greeted) return false;
  if (frame.kind == wire::Kind::start) {
    auto start = wire::read_start(frame.body);
    if (!start) return false;
    ++pending_tokens_[start->token];
    pending_.emplace_back(PendingStart{id, std::move(*start), client.environment});
    return true;
  }
  if (frame.kind == wire::Kind::find) {
    wire::Reader reader(frame.body);
    FindRequest request{id, std::string(reader.text()), std::string(reader.text())};
    finds_.push_back(std::move(request));
    return reader.ok();
  }
  if (frame.kind == wire::Kind::look) return look(id, frame.body), true;
  if (frame.kind == wire::Kind::kill) return kill(id, frame.body), true;
  if (frame.kind == wire::Kind::leave) return told_to_leave_ = true;
  return false;
}

wire::Looked Server::look_at(std::string_view token) const {
  wire::Looked looked;
  looked.token = token;
  if (pending_tokens_.contains(token)) looked.answer = wire::LookAnswer::starting;
  const auto index = registry_.find(token);
  if (!index) return looked;
  const Slot& slot = home_.table[*index];
  const Step step = slot.step.load();
  const std::uint32_t flags = slot.flags.load();
  looked.process = {slot.pid.load(), slot.start_ticks.load()};
  looked.started_ms = slot.started_ms.load();
  const bool killing = slot.kill_at_ms.load() != 0;
  if (step == Step::exited && !killing && !(flags & flag_foreign)) {
    looked.answer = wire::LookAnswer::ended;
    looked.end = end_of(slot);
  } else if (step == Step::running || step == Step::exited) {
    looked.answer = killing ? wire::LookAnswer::killing : wire::LookAnswer::running;
  } else {
    looked.answer = wire::LookAnswer::starting;
  }
  return looked;
}

void Server::look(std::uint64_t id, std::string_view body) {
  wire::Reader reader(body);
  const std::uint32_t request = reader.u32();
  const auto tokens = reader.texts();
  std::string& out = clients_.at(id).out;
  wire::Writer writer(out);
  writer.begin(wire::Kind::looked);
  writer.u32(request);
  writer.u32(static_cast<std::uint32_t>(tokens.size()));
  {
    const std::lock_guard lock(registry_.mutex());
    for (const auto& token : tokens) write(writer, look_at(token));
  }
  writer.end();
}

wire::KillAnswer Server::kill_one(std::string_view token, std::uint32_t grace_ms) {
  if (pending_tokens_.contains(token)) return wire::KillAnswer::starting;
  const std::lock_guard lock(registry_.mutex());
  const auto index = registry_.find(token);
  if (!index) return wire::KillAnswer::unknown;
  Slot& slot = home_.table[*index];
  const Step step = slot.step.load();
  if (step == Step::exited) return wire::KillAnswer::over;
  if (step != Step::running) return wire::KillAnswer::starting;
  const std::int64_t at = MonoClock::now().time_since_epoch().count() +
                          (grace_ms == UINT32_MAX ? slot.grace_ms : grace_ms);
  const std::int64_t before = slot.kill_at_ms.load();
  if (before == 0 || at < before) slot.kill_at_ms.store(std::max<std::int64_t>(1, at));
  // Our own child cannot have been reaped while we hold the mutex: its pid means its group. One
  // that an earlier supervisor started may be: the killer looks at each of its processes first.
  const bool own = std::find(inherited_.begin(), inherited_.end(), *index) == inherited_.end();
  if (own && before == 0) ::kill(-slot.pid.load(), SIGTERM);
  killer_.watch(*index, own);
  return wire::KillAnswer::sent;
}

void Server::kill(std::uint64_t id, std::string_view body) {
  wire::Reader reader(body);
  const std::uint32_t request = reader.u32(), grace_ms = reader.u32();
  const auto tokens = reader.texts();
  std::string& out = clients_.at(id).out;
  wire::Writer writer(out);
  writer.begin(wire::Kind::killed);
  writer.u32(request);
  writer.u32(static_cast<std::uint32_t>(tokens.size()));
  for (const auto& token : tokens)
    writer.byte(static_cast<std::uint8_t>(kill_one(token, grace_ms)));
  writer.end();
}

// "absent" has to be exact: a start that somebody sent and did not live to hear the answer of may
// still be in a socket. So everything that was sent is read before a find is put behind it.
void Server::settle_finds() {
  if (finds_.empty()) return;
  accept_clients();
  std::vector<std::uint64_t> gone;
  for (auto& [id, client] : clients_)
    if (!read_client(id)) gone.push_back(id);
  for (const auto id : gone) drop(id);
  for (auto& find : finds_) pending_.emplace_back(std::move(find));
  finds_.clear();
}

void Server::work_off() {
  for (int turn = 0; turn < starts_a_turn && !pending_.empty() && !spawner_.full(); ++turn) {
    Pending pending = std::move(pending_.front());
    pending_.pop_front();
    if (auto* start = std::get_if<PendingStart>(&pending)) {
      prepare_one(*start);
    } else {
      spawner_.add(std::move(std::get<FindRequest>(pending)));
    }
  }
}

void Server::prepare_one(PendingStart& pending) {
  wire::Start& start = pending.start;
  if (const auto it = pending_tokens_.find(start.token);
      it != pending_tokens_.end() && --it->second == 0)
    pending_tokens_.erase(it);
  wire::Started answer;
  answer.token = start.token;
  const bool bad_token =
      start.token.empty() || start.token.size() >= Slot::token_size ||
      start.token.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz-") != std::string::npos;
  if (bad_token || start.argv.empty()) {
    answer.answer = wire::StartAnswer::refused_for_ever;
    answer.why = bad_token ? "not a token" : "no program";
    return outbox_.send(pending.client, answer);
  }
  const auto index = registry_.allocate(start, generation_);
  if (!index && index.error().kind == ErrorKind::conflict) {
    const std::lock_guard lock(registry_.mutex());
    answer.answer = wire::StartAnswer::existing;
    if (const auto other = registry_.find(start.token))
      answer.process = {home_.table[*other].pid.load(), home_.table[*other].start_ticks.load()};
    return outbox_.send(pending.client, answer);
  }
  if (!index) {
    answer.answer = index.error().kind == ErrorKind::invalid ? wire::StartAnswer::refused_for_ever
                                                             : wire::StartAnswer::refused_for_now;
    answer.why = index.error().what;
    return outbox_.send(pending.client, answer);
  }
  auto prepared = prepare(home_.table, *index, start, home_.boot, pending.environment);
  if (!prepared) {
    registry_.release(*index);
    answer.answer = prepared.error().answer;
    answer.why = prepared.error().why;
    return outbox_.send(pending.client, answer);
  }
  (*prepared)->client = pending.client;
  spawner_.add(std::move(*prepared));
}

void Server::take_outbox() {
  tell_at_.reset();
  Outbox::Taken taken = outbox_.take();
  for (auto& [id, bytes] : taken.to)
    if (const auto it = clients_.find(id); it != clients_.end()) it->second.out += bytes;
  for (auto& [id, client] : clients_)
    if (client.greeted) client.out += taken.to_all;
}

void Server::flush_all() {
  std::vector<std::uint64_t> all;
  for (auto& [id, client] : clients_)
    if (!client.out.empty()) all.push_back(id);
  for (const auto id : all) flush(id, clients_.at(id));
}

void Server::flush(std::uint64_t id, Client& client) {
  std::size_t done = 0;
  while (done < client.out.size()) {
    const ssize_t size = ::send(client.socket.get(), client.out.data() + done,
                                client.out.size() - done, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) break;
    done += static_cast<std::size_t>(size);
  }
  const bool broken = done < client.out.size() && errno != EAGAIN;
  client.out.erase(0, done);
  if (broken || client.out.size() > out_limit) {
    ::shutdown(client.socket.get(), SHUT_RDWR);  // the next event drops it
    client.out.clear();
  }
  if (client.waits_to_write == client.out.empty()) {
    client.waits_to_write = !client.out.empty();
    watch(client.socket.get(), id, client.waits_to_write ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
}

void Server::drop(std::uint64_t id) { clients_.erase(id); }

}  // namespace ketrew::daemonize
