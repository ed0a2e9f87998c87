// How jobs are detached and watched: one class behind each value of the option `using`.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "backends/daemonize/job_options.hpp"
#include "backends/daemonize/job_state.hpp"
#include "backends/sdk/backend.hpp"

namespace ketrew::daemonize {

using Base = sdk::Backend<JobState>;

struct StartOrder {
  const sdk::StartRequest* request = nullptr;
  JobOptions options;
};

// Thread-safe: calls for different hosts overlap. All jobs of one call are of one host.
class Way {
 public:
  virtual ~Way() = default;
  virtual std::vector<Base::StartResult> start(const HostUri& host,
                                               std::span<const StartOrder> orders) = 0;
  virtual std::vector<Base::FindResult> find(const HostUri& host,
                                             std::span<const sdk::FindRequest* const> requests) = 0;
  virtual void update(const HostUri& host, std::span<Base::Job* const> jobs) = 0;
  virtual void kill(const HostUri& host, std::span<Base::KillJob* const> jobs) = 0;
};

}  // namespace ketrew::daemonize
