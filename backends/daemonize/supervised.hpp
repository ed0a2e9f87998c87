// `using: supervisor`: jobs of this machine, children of the home's supervisor.
#pragma once

#include <memory>

#include "backends/daemonize/supervisor/client.hpp"
#include "backends/daemonize/way.hpp"

namespace ketrew::daemonize {

// What the supervisor gets for a request. A single command is started as it is; a list, or a job
// with `call_script`, is a script that a shell runs, so that it goes on whoever of us dies.
wire::Start to_start(const sdk::StartRequest& request, const JobOptions& options);

// What a playground says of a job that the supervisor does not have (any more). `state` is what was
// known of its process.
Observation observe_playground(const HostUri& host, const std::string& token,
                               const JobState& state);

class Supervised : public Way {
 public:
  explicit Supervised(std::shared_ptr<SupervisorClient> client) : client_(std::move(client)) {}
  std::vector<Base::StartResult> start(const HostUri& host,
                                       std::span<const StartOrder> orders) override;
  std::vector<Base::FindResult> find(const HostUri& host,
                                     std::span<const sdk::FindRequest* const> requests) override;
  void update(const HostUri& host, std::span<Base::Job* const> jobs) override;
  void kill(const HostUri& host, std::span<Base::KillJob* const> jobs) override;

 private:
  std::shared_ptr<SupervisorClient> client_;
};

}  // namespace ketrew::daemonize
