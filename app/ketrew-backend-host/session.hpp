// One conversation with the daemon, from its first line to the end of the input.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <ketrew/backend.h>

#include "app/ketrew-backend-host/lanes.hpp"
#include "app/ketrew-backend-host/module.hpp"
#include "app/ketrew-backend-host/output.hpp"
#include "core/protocol/message.hpp"

namespace ketrew::backend_host {

class Session {
 public:
  // `backend` is the one that is served; it may find `required` by their names.
  Session(const ketrew_backend_descriptor& backend,
          std::vector<const ketrew_backend_descriptor*> required, Output& output);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Reads requests from `input` until it ends or `shutdown` was asked for. The process should exit
  // with what is returned; when a call is still stuck then, this does it itself.
  int serve(int input);

 private:
  enum class Phase { fresh, initializing, ready, failed };

  void take_line(std::string_view line);
  void take_request(const protocol::Request& request);
  void run(std::vector<Task> batch);  // by a worker
  void run_initialize(const Task& task);
  void run_batched(const std::vector<Task>& batch);
  void answer(const Task& task, const Answer& answer);
  void wait_until_initialized();
  int leave();

  static void log(void* context, int32_t level, ketrew_text text);
  static void changed(void* context, ketrew_text tokens);
  static const ketrew_backend_descriptor* find_module(void* context, const char* name);

  const ketrew_backend_descriptor& backend_;
  const std::vector<const ketrew_backend_descriptor*> required_;
  Output& output_;
  ketrew_host_services services_;

  std::mutex phase_mutex_;
  std::condition_variable phase_changed_;
  Phase phase_ = Phase::fresh;
  std::string early_changes_;  // lines, until `initialize` was answered

  std::optional<Instance> instance_;  // made, used last and destroyed by a worker
  std::optional<Task> shutdown_;      // the request, once it came
  Lanes lanes_;
};

}  // namespace ketrew::backend_host
