// Has the engine's conditions evaluated by the worker process, which is started with the first of them:
// for each host one command at a time, about many of its conditions. On the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/ketrewd/launch.hpp"
#include "core/engine/engine.hpp"
#include "core/store/store.hpp"

namespace boost::asio {
class io_context;
}

namespace ketrew::daemon {

// What the worker said of one condition; what cannot be understood is "cannot tell".
engine::Event event_of_verdict(const Json& verdict);

class Conditions {
 public:
  using Log = std::function<void(std::string_view line)>;
  Conditions(boost::asio::io_context& loop, engine::Engine& engine, store::Store& store,
             std::function<void()> changed, Launch worker, std::string home, Log log);
  ~Conditions();

  // A condition as it is sent.
  struct Text {
    std::string json;
    bool commands = false;  // it runs some
  };
  static Text text_of(const Condition& condition);  // on any thread

  void evaluate(std::vector<engine::Evaluation> evaluations);
  // Conditions of jobs that were just submitted need not be read again.
  void remember(JobKey job, Text condition);
  void forget(JobKey job);
  // Another question to the worker process: `params` is JSON text, and so is the answer.
  void ask(const std::string& method, std::string params, Milliseconds deadline,
           std::function<void(Result<Json>)> done);
  // Why nothing can be evaluated now; empty: all is well.
  std::string problem() const;
  void shut_down(std::function<void()> done);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace ketrew::daemon
