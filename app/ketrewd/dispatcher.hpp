// Carries the engine's questions to the backend processes and their answers back, and lets people ask
// a backend about one job. On the loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/ketrewd/conductor.hpp"
#include "app/ketrewd/launch.hpp"
#include "app/ketrewd/options_check.hpp"
#include "app/ketrewd/start_texts.hpp"
#include "core/engine/engine.hpp"
#include "core/profile/profile.hpp"
#include "core/store/store.hpp"

namespace boost::asio {
class io_context;
}

namespace ketrew::daemon {

// A backend as people see it.
struct BackendView {
  std::string name, version, state, problem;
  int pid = 0;
  std::uint64_t restarts = 0;
  std::string file;
  Json capabilities = Json::object();
  Json options_schema;
};

class Dispatcher {
 public:
  using Log = std::function<void(const std::string& backend, std::string_view line)>;
  Dispatcher(boost::asio::io_context& loop, engine::Engine& engine, store::Store& store,
             Conductor& conductor, std::string home, Log log);
  ~Dispatcher();

  // Starts the backends of these launches; those that run already and have not changed stay as they
  // are, changed ones are replaced while their jobs run, those that are gone are shut down.
  struct Loaded {
    std::vector<std::string> replaced, unchanged, added, removed;
  };
  Loaded load(const std::vector<Launch>& launches, const profile::Profile& profile);
  // `done` is called once every backend is ready or has said why not.
  void when_settled(std::function<void()> done);

  void send(const engine::Ask& ask);  // the engine's
  // A job that was just submitted will be started soon: its spec need not be read again.
  void remember(JobKey job, StartTexts spec);
  void forget(JobKey job);

  // One question about one job, for people: `params` is JSON text; the answer too.
  void ask(const std::string& backend, const std::string& method, std::string params,
           std::function<void(Result<std::string>)> done);

  std::vector<BackendView> views() const;  // by name; those too that only old jobs know
  OptionSchemas option_schemas() const;  // as they are now, for any thread

  void shut_down(std::function<void()> done);  // the backends leave; their jobs go on

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace ketrew::daemon
