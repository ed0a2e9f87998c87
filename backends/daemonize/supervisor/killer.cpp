#include "backends/daemonize/supervisor/killer.hpp"

#include <cstdio>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "backends/daemonize/supervisor/processes.hpp"
#include "backends/daemonize/supervisor/publish.hpp"

namespace ketrew::daemonize {
namespace {

constexpr std::int64_t never = INT64_MAX;
constexpr std::int64_t look_again_ms = 50, write_again_ms = 1000;
constexpr int most_rounds = 200;  // 10 s of KILL: what lives on then waits in the kernel

std::int64_t now_ms() { return MonoClock::now().time_since_epoch().count(); }

void note_lost(const SlotTable& table, const Slot& slot) {
  const Fd log(::open((table.playground(slot) + "/log").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (log)
    static_cast<void>(write_all(log.get(), to_rfc3339(wall_now()) +
                                               " lost: over; supervisor and guardian had been "
                                               "killed, nobody saw its exit code\n"));
}

}  // namespace

Killer::Killer(SlotTable& table, Registry& registry, Outbox& outbox)
    : table_(table), registry_(registry), outbox_(outbox), thread_([this] { run(); }) {}

Killer::~Killer() { stop(); }

void Killer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Killer::Victim& Killer::victim_locked(std::uint32_t index) {
  Victim& victim = victims_[index];
  const Slot& slot = table_[index];
  victim.token = slot.token_text();
  victim.pid = slot.pid.load();
  victim.started = slot.start_ticks.load();
  victim.kill_at_ms = slot.kill_at_ms.load();
  return victim;
}

void Killer::watch(std::uint32_t index, bool group_told) {
  {
    const std::lock_guard lock(mutex_);
    Victim& victim = victim_locked(index);
    victim.group_told = victim.group_told || group_told;
    news_ = true;
  }
  changed_.notify_one();
}

void Killer::over(std::uint32_t index) {
  if (table_[index].kill_at_ms.load() == 0) {
    finish(index);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    victim_locked(index).over = true;
    news_ = true;
  }
  changed_.notify_one();
}

bool Killer::write_end(std::uint32_t index) {
  const auto written = publish(table_, table_[index]);
  // A playground that somebody removed will not come back.
  if (written || written.error().kind == ErrorKind::not_found) {
    registry_.release(index);
    return true;
  }
  std::fprintf(stderr, "%s supervisor: %s\n", to_rfc3339(wall_now()).c_str(),
               written.error().what.c_str());
  return false;
}

void Killer::finish(std::uint32_t index) {
  const Slot& slot = table_[index];
  const std::string token(slot.token_text());
  if (slot.flags.load() & flag_foreign) {
    note_lost(table_, slot);
    registry_.release(index);
    outbox_.broadcast_lost(token);
    return;
  }
  const wire::End end = end_of(slot);
  const bool written = write_end(index);
  outbox_.broadcast_end(token, end);  // the slot has the proof where the file cannot be written
  if (written) return;
  {
    const std::lock_guard lock(mutex_);
    unwritten_.push_back(index);
    news_ = true;
  }
  changed_.notify_one();
}

void Killer::run() {
  std::int64_t next = never;
  for (;;) {
    std::vector<std::uint32_t> unwritten;
    {
      std::unique_lock lock(mutex_);
      const auto due = [&] { return stopping_ || news_; };
      if (next == never) {
        changed_.wait(lock, due);
      } else {
        changed_.wait_for(lock, Milliseconds(std::max<std::int64_t>(1, next - now_ms())), due);
      }
      if (stopping_) return;
      news_ = false;
      unwritten.swap(unwritten_);
    }
    std::erase_if(unwritten, [&](std::uint32_t index) { return write_end(index); });
    next = pass_over_victims();
    if (!unwritten.empty()) {
      const std::lock_guard lock(mutex_);
      unwritten_.insert(unwritten_.end(), unwritten.begin(), unwritten.end());
      next = std::min(next, now_ms() + write_again_ms);
    }
  }
}

std::int64_t Killer::pass_over_victims() {
  std::map<std::uint32_t, Victim> victims;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(victims_, [&](const auto& entry) {
      const Slot& slot = table_[entry.first];
      return slot.step.load() == Step::free || slot.token_text() != entry.second.token;
    });
    victims = victims_;
  }
  if (victims.empty()) return never;
  std::vector<JobProcesses> jobs;
  for (const auto& [index, victim] : victims)
    jobs.push_back({victim.token, victim.pid, victim.started});
  const auto members = members_of(jobs);
  if (!members) return now_ms() + write_again_ms;

  std::int64_t next = never;
  std::size_t number = 0;
  const std::int64_t now = now_ms();
  for (auto& [index, victim] : victims) {
    bool left = false;
    const bool hard = now >= victim.kill_at_ms;
    for (const Member& member : *members) {
      if (member.job != number) continue;
      left = true;
      const bool told = victim.group_told && member.group == victim.pid;
      if (hard) {
        signal_process(member.pid, member.started, SIGKILL);
      } else if (!victim.told && !told) {
        signal_process(member.pid, member.started, SIGTERM);
      }
    }
    ++number;
    victim.told = true;
    if (hard) ++victim.rounds;
    const bool hopeless = victim.rounds > most_rounds;
    if (left && hopeless) table_[index].flags.fetch_or(flag_survivors);
    const bool done = victim.over && (!left || hopeless);
    {
      const std::lock_guard lock(mutex_);
      Victim& kept = victims_[index];
      kept.told = true;
      kept.rounds = victim.rounds;
      if (done) victims_.erase(index);
    }
    if (done) {
      finish(index);
    } else {
      const bool often = hard || victim.over;
      next = std::min(next, often ? now + look_again_ms : victim.kill_at_ms);
    }
  }
  return next;
}

}  // namespace ketrew::daemonize
