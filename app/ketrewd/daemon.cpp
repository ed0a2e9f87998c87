#include "app/ketrewd/daemon.hpp"

#include <unistd.h>

#include <random>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include "app/ketrewd/asio_loop.hpp"
#include "app/ketrewd/daemon_log.hpp"
#include "app/ketrewd/daemon_signals.hpp"
#include "app/ketrewd/memory_return.hpp"
#include "app/ketrewd/plugins.hpp"
#include "app/ketrewd/service.hpp"
#include "app/ketrewd/service_manager.hpp"
#include "app/ketrewd/take_up.hpp"
#include "core/profile/find.hpp"
#include "core/store/lock.hpp"

namespace ketrew::daemon {
namespace {

namespace asio = boost::asio;

class PoolWorker : public Worker {
 public:
  void run(std::function<void()> work) override { asio::post(pool_, std::move(work)); }
  void join() { pool_.join(); }

 private:
  asio::thread_pool pool_{1};
};

std::uint64_t seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) ^ device() ^ static_cast<std::uint64_t>(::getpid());
}

engine::Settings settings_of(const profile::Engine& e) {
  engine::Settings s;
  s.max_attempts = static_cast<std::uint32_t>(e.max_attempts);
  s.lost_after = e.lost_after;
  s.poll_interval = e.poll_interval;
  s.event_poll_interval = std::max(e.poll_interval, e.poll_interval_max);
  s.backoff_first = e.retry_delay;
  s.backoff_limit = e.retry_delay_max;
  s.max_kills = static_cast<std::uint32_t>(std::max<std::int64_t>(1, e.kill_timeout / s.kill_again));
  s.orphan_grace = e.orphan_grace;
  s.max_strikes = static_cast<std::uint32_t>(e.set_aside_after);
  return s;
}

class Daemon {
 public:
  Daemon(const DaemonOptions& options, std::function<void(Result<std::string>)> announce)
      : options_(options), announce_(std::move(announce)) {}

  int run() {
    if (auto ready = prepare(); !ready) {
      announce_(pass(ready.error()));
      return 1;
    }
    take_up_jobs();
    compose();
    load_backends();
    loop_.run();
    leave();
    return exit_code_;
  }

 private:
  // -- before the loop -----------------------------------------------------------------------

  Result<> prepare() {
    auto loaded = profile::load_profile(options_.config, options_.profile);
    if (!loaded) return pass(loaded.error());
    profile_ = std::make_shared<const profile::Profile>(std::move(*loaded));
    if (auto opened = open_log(options_.log, profile_->log_level); !opened) return opened;
    for (const auto& warning : profile_->warnings) log_warning(warning);
    auto lock = store::HomeLock::take(options_.home);
    if (!lock) return pass(lock.error());
    lock_.emplace(std::move(*lock));
    // Before the database is touched: a daemon whose lock file was removed keeps its home.
    if (auto free = HttpServer::make_way(profile::socket_path(options_.home)); !free) return free;

    store::OpenOptions open;
    open.path = path_join(options_.home, "ketrew.db");
    open.allow_network_file_system = profile_->allow_network_file_system;
    open.on_health = [this](const std::string& problem) {
      asio::post(loop_, [problem] {
        if (problem.empty()) log_info("the database can be written again");
        else log_error("the database cannot be written: " + problem);
      });
    };
    open.on_fatal = [this](const Error& error) {
      asio::post(loop_, [this, error] {
        log_error(error.text() + ": this daemon stops");
        exit_code_ = 1;
        stop();
      });
    };
    auto store = store::Store::open(std::move(open));
    if (!store) return pass(store.error());
    store_ = std::move(*store);
    unfinished_ = store_->take_unfinished();

    const auto places = plugin_places();
    if (!places) return pass(places.error());
    auto worker = launch_condition_worker(*places);
    if (!worker) return pass(worker.error());
    condition_worker_ = std::move(*worker);

    auto plugins = resolve(*profile_);
    if (!plugins) return pass(plugins.error());
    std::string fatal;
    for (auto& plugin : *plugins) {
      if (plugin.launch) {
        launches_.push_back(std::move(*plugin.launch));
        continue;
      }
      const std::string problem = plugin.launch.error().text();
      // A plugin that is gone must not keep the others' jobs from being watched.
      if (has_unfinished(plugin.name)) {
        log_error(problem + "; its jobs wait");
        notices_.push_back(problem + "; its jobs wait");
      } else {
        fatal += (fatal.empty() ? "" : "\n") + problem;
      }
    }
    if (!fatal.empty()) return fail(ErrorKind::invalid, fatal);
    if (const auto cgroup = read_file("/proc/self/cgroup"))
      if (const auto problem = service_unit_problem(service_unit(*cgroup)); !problem.empty()) {
        log_warning(problem);
        notices_.push_back(problem);
      }
    return {};
  }

  static Result<std::vector<ResolvedPlugin>> resolve(const profile::Profile& profile) {
    const auto places = plugin_places();
    if (!places) return pass(places.error());
    return resolve_plugins(profile.plugins, *places);
  }

  bool has_unfinished(const std::string& backend) const {
    return std::any_of(unfinished_.begin(), unfinished_.end(),
                       [&](const store::Unfinished& job) { return job.backend == backend; });
  }

  void take_up_jobs() {
    engine_ = std::make_unique<engine::Engine>(settings_of(profile_->engine), store_->last_sequence());
    taken_up_ = take_up(*engine_, *store_, std::exchange(unfinished_, {}), read_clocks());
    if (engine_->size() > 0)
      log_info("took up " + taken_up());
  }

  std::string taken_up() const {
    const std::size_t count = taken_up_.count();
    return std::to_string(count) + (count == 1 ? " job: " : " jobs: ") + std::to_string(taken_up_.attached) + " re-attached, " + std::to_string(taken_up_.doubts) +
           " in doubt, " + std::to_string(taken_up_.waiting) + " waiting";
  }

  void compose() {
    conductor_ = std::make_unique<Conductor>(posts_, *engine_, *store_);
    dispatcher_ = std::make_unique<Dispatcher>(
        loop_, *engine_, *store_, *conductor_, options_.home,
        [](const std::string& backend, std::string_view line) {
          log_info("[" + backend + "] " + std::string(line));
        });
    conditions_ = std::make_unique<Conditions>(
        loop_, *engine_, *store_, [this] { conductor_->pump(); }, condition_worker_, options_.home,
        [](std::string_view line) { log_info("[conditions] " + std::string(line)); });
    events_ = std::make_unique<EventHub>(loop_, *store_);
    Turns turns([this] { engine_->no_links(); },
                [this](std::function<void()> next) { asio::post(loop_, std::move(next)); });
    service_.reset(new Service{loop_, *engine_, *store_, *conductor_, *dispatcher_, *conditions_,
                               *events_, worker_, profile_, options_.home, std::move(turns),
                               wall_now(), JobIdSource(seed()),
                               store_->last_key(), 0, std::make_shared<OptionsCheck>(), {}, {}});
    service_->ids.after(store_->last_id());
    service_->reload = [this](std::function<void(Json)> done) { reload(std::move(done)); };
    service_->stop = [this] { asio::post(loop_, [this] { stop(); }); };
    conductor_->on_ask([this](const engine::Ask& ask) { dispatcher_->send(ask); });
    conductor_->on_evaluations([this](std::vector<engine::Evaluation> evaluations) {
      conditions_->evaluate(std::move(evaluations));
    });
    conductor_->on_committed([this](const std::vector<HistoryEntry>& entries) {
      events_->tell(entries);
      memory_.worked(entries.size());
      for (const auto& entry : entries)
        if (is_final(entry.to)) {
          dispatcher_->forget(entry.job);
          conditions_->forget(entry.job);
        }
    });
    server_ = std::make_unique<HttpServer>(loop_, [this](Request request, Responder responder) {
      route(*service_, std::move(request), std::move(responder));
    });
    signals_ = std::make_unique<DaemonSignals>(
        loop_, [this] { stop(); },
        [this] { reload([](const Json& answer) { log_info("reload: " + answer.dump()); }); });
  }

  // -- on the loop ---------------------------------------------------------------------------

  void load_backends() {
    dispatcher_->load(launches_, *profile_);
    dispatcher_->when_settled([this] { serve(); });
  }

  void serve() {
    std::string fatal, backends;
    for (const auto& view : dispatcher_->views()) {
      backends += (backends.empty() ? "" : ", ") + view.name;
      if (view.state == "ready") continue;
      backends += " (" + view.state + ")";
      const bool in_use = engine_in_use(view.name);
      if (!in_use) fatal += (fatal.empty() ? "" : "\n") + ("backend " + view.name + ": " + view.problem);
    }
    if (!fatal.empty()) return refuse({ErrorKind::invalid, fatal, ""});
    const std::string socket = profile::socket_path(options_.home);
    if (auto listening = server_->listen(socket); !listening) return refuse(listening.error());
    serving_ = true;
    std::string text = "ketrewd: pid " + std::to_string(::getpid()) + ", socket " + socket +
                       "\nbackends: " + (backends.empty() ? "none" : backends);
    if (taken_up_.count() > 0)
      text += "\ntook up " + taken_up();
    for (const auto& notice : notices_) text += "\nwarning: " + notice;
    for (const auto& problem : service_->problems()) text += "\nwarning: " + problem;
    log_info("serving on " + socket);
    notify_service_manager("READY=1");
    announce_(text);
    conductor_->pump();
    if (const auto interval = watchdog_interval()) beat(*interval);
  }

  // From the loop: a daemon that hangs says nothing, and systemd starts it again.
  void beat(Milliseconds interval) {
    notify_service_manager("WATCHDOG=1");
    heart_.expires_after(interval);
    heart_.async_wait([this, interval](boost::system::error_code error) {
      if (!error) beat(interval);
    });
  }

  bool engine_in_use(const std::string& backend) const {
    const auto& backends = engine_->backends();
    const auto at = backends.by_name.find(backend);
    if (at == backends.by_name.end()) return false;
    for (const auto count : backends.all[at->second].counts)
      if (count > 0) return true;
    return false;
  }

  void refuse(const Error& error) {
    announce_(pass(error));
    exit_code_ = 1;
    stop();
  }

  // What a reload reads, and what stands in its way.
  struct Fresh {
    std::shared_ptr<const profile::Profile> profile;
    std::vector<Launch> launches;
    std::vector<std::string> problems;
  };

  Fresh read_again() const {
    Fresh fresh;
    auto loaded = profile::load_profile(options_.config, options_.profile);
    if (!loaded) {
      fresh.problems.push_back(loaded.error().text());
      return fresh;
    }
    fresh.profile = std::make_shared<const profile::Profile>(std::move(*loaded));
    auto plugins = resolve(*fresh.profile);
    if (!plugins) {
      fresh.problems.push_back(plugins.error().text());
      return fresh;
    }
    for (auto& plugin : *plugins) {
      if (plugin.launch) fresh.launches.push_back(std::move(*plugin.launch));
      else fresh.problems.push_back(plugin.launch.error().text());
    }
    return fresh;
  }

  // `done` gets what is answered. The files may be on a disk that hangs: they are read on a thread
  // of their own, and several reloads one after the other.
  void reload(std::function<void(Json)> done) {
    disk_.run([this, done = std::move(done)]() mutable {
      auto fresh = std::make_shared<Fresh>(read_again());
      asio::post(loop_, [this, fresh, done = std::move(done)] { done(take(*fresh)); });
    });
  }

  Json take(const Fresh& fresh) {
    Json answer{{"replaced", Json::array()}, {"unchanged", Json::array()}, {"added", Json::array()},
                {"removed", Json::array()},  {"problems", Json::array()}};
    for (const auto& problem : fresh.problems)
      answer["problems"].push_back(problem + "; everything stays as it was");
    if (!fresh.problems.empty()) return answer;
    if (stopping_) {
      answer["problems"].push_back("the daemon is stopping");
      return answer;
    }
    profile_ = fresh.profile;
    service_->profile = fresh.profile;
    const auto changes = dispatcher_->load(fresh.launches, *fresh.profile);
    answer["replaced"] = changes.replaced;
    answer["unchanged"] = changes.unchanged;
    answer["added"] = changes.added;
    answer["removed"] = changes.removed;
    return answer;
  }

  // The jobs go on; what they came to is asked for again by the next daemon.
  void stop() {
    if (stopping_) return;
    stopping_ = true;
    log_info("stopping; jobs go on");
    notify_service_manager("STOPPING=1");
    const auto backends_leave = [this] {
      dispatcher_->shut_down([this] {
        conditions_->shut_down([this] {
          // Whatever came in with the last answers is taken and stored before the loop ends.
          conductor_->pump();
          asio::post(loop_, [this] { asio::post(loop_, [this] { loop_.stop(); }); });
        });
      });
    };
    if (serving_) server_->stop(Milliseconds(2'000), backends_leave);
    else backends_leave();
  }

  // In an order in which nobody calls into what is gone: the threads end first.
  void leave() {
    worker_.join();
    disk_.join();
    store_.reset();
    server_.reset();
    service_.reset();
    events_.reset();
    conditions_.reset();
    dispatcher_.reset();
    conductor_.reset();
    signals_.reset();
    log_info("stopped");
  }

  const DaemonOptions options_;
  std::function<void(Result<std::string>)> announce_;
  asio::io_context loop_{1};
  AsioLoop posts_{loop_};
  asio::steady_timer heart_{loop_};
  PoolWorker worker_, disk_;
  MemoryReturn memory_{loop_, [this] { worker_.run(trim_heaps); }};
  std::shared_ptr<const profile::Profile> profile_;
  std::optional<store::HomeLock> lock_;
  std::unique_ptr<store::Store> store_;
  std::vector<store::Unfinished> unfinished_;
  std::vector<Launch> launches_;
  Launch condition_worker_;
  TakenUp taken_up_;
  std::vector<std::string> notices_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<Conductor> conductor_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<Conditions> conditions_;
  std::unique_ptr<EventHub> events_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<DaemonSignals> signals_;
  bool serving_ = false, stopping_ = false;
  int exit_code_ = 0;
};

}  // namespace

int run_daemon(const DaemonOptions& options, std::function<void(Result<std::string>)> announce) {
  return Daemon(options, std::move(announce)).run();
}

}  // namespace ketrew::daemon
