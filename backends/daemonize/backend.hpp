// The backend `daemonize`: jobs as processes of their own on this machine or over ssh.
#pragma once

#include <memory>

#include "backends/daemonize/way.hpp"

namespace ketrew::daemonize {

class SupervisorClient;

class Daemonize : public Base {
 public:
  static constexpr bool concurrent_hosts = true;  // a slow host holds up its own jobs only
  ~Daemonize() override;

 protected:
  Result<> initialize(const sdk::Setup& setup) override;
  sdk::Capabilities capabilities() const override;
  sdk::OptionsSchema options() const override;
  sdk::OptionsSchema far_options() const override;
  StartResult start(const StartRequest& request) override;
  std::vector<StartResult> start_many(std::span<const StartRequest> requests) override;
  FindResult find(const FindRequest& request) override;
  std::vector<FindResult> find_many(std::span<const FindRequest> requests) override;
  void update(const HostUri& host, std::span<Job> jobs) override;
  void kill(const HostUri& host, std::span<KillJob> jobs) override;
  std::vector<sdk::QueryDescription> queries(const HostUri& host, const JobState& state) override;
  Result<sdk::QueryAnswer> query(const HostUri& host, const std::string& token,
                                 const JobState& state, const sdk::QueryRequest& request) override;
  std::vector<sdk::LogValue> log(const HostUri& host, const std::string& token,
                                 const JobState& state) override;
  sdk::Inventory inventory(const HostUri& host) override;
  std::vector<sdk::CheckEntry> check() override;
  void shutdown() override;

 private:
  Way& way(Using mode) const;

  std::string supervisor_;  // its program
  std::shared_ptr<SupervisorClient> client_;
  std::unique_ptr<Way> supervised_, detached_;
};

}  // namespace ketrew::daemonize
