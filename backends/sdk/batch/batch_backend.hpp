// The backend behind every batch scheduler; a flavour says what is its own in a `Scheduler`:
//
//   class Slurm : public ketrew::sdk::batch::Scheduler { ... };
//   struct SlurmBackend : ketrew::sdk::batch::BatchBackend {
//     SlurmBackend() : BatchBackend(std::make_unique<Slurm>()) {}
//   };
//   KETREW_BACKEND(SlurmBackend, "slurm", "1.0");
//
// Commands on a host, for any number of its jobs: one for a `start`; one or two for a `find`; for an
// `update` one question to the queue, and only if some jobs have ended or are missing, one look into
// their playgrounds and one question to the history.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backends/sdk/backend.hpp"
#include "backends/sdk/batch/asking.hpp"
#include "backends/sdk/batch/look_text.hpp"
#include "backends/sdk/batch/patience.hpp"
#include "backends/sdk/batch/scheduler.hpp"
#include "backends/sdk/batch/site.hpp"
#include "backends/sdk/batch/submit_text.hpp"

// Its functions are compiled once, into the SDK.
extern template class ketrew::sdk::Backend<ketrew::sdk::batch::JobState>;

namespace ketrew::sdk::batch {

class BatchBackend : public Backend<JobState> {
 public:
  static constexpr bool concurrent_hosts = true, concurrent_calls = true;
  explicit BatchBackend(std::unique_ptr<Scheduler> scheduler);

 protected:
  Result<> initialize(const Setup& setup) override;
  Capabilities capabilities() const override;
  OptionsSchema options() const override;
  StartResult start(const StartRequest& request) override;
  std::vector<StartResult> start_many(std::span<const StartRequest> requests) override;
  FindResult find(const FindRequest& request) override;
  std::vector<FindResult> find_many(std::span<const FindRequest> requests) override;
  void update(const HostUri& host, std::span<Job> jobs) override;
  void kill(const HostUri& host, std::span<KillJob> jobs) override;
  std::vector<QueryDescription> queries(const HostUri& host, const JobState& state) override;
  Result<QueryAnswer> query(const HostUri& host, const std::string& token, const JobState& state,
                            const QueryRequest& request) override;
  std::vector<LogValue> log(const HostUri& host, const std::string& token,
                            const JobState& state) override;
  Inventory inventory(const HostUri& host) override;
  std::vector<CheckEntry> check() override;

 private:
  struct Closing;  // a job that has ended or is missing
  using Replies = std::map<std::string, SubmitReply>;
  using TextOf = std::function<std::string(std::span<const AskedJob>)>;
  using Read = std::function<Answer(const ShellOutput&, std::span<const AskedJob>)>;

  host::Host connect(const HostUri& uri) const;
  // A question to the scheduler, with the site's prologue: it has `command_timeout`, whatever time
  // commands of the host have, and at most what is left.
  Result<ShellOutput> command(const host::Host& host, const std::string& text,
                              const Patience& patience) const;
  std::vector<std::span<const AskedJob>> parts(const host::Host& host,
                                               std::span<const AskedJob> jobs,
                                               const TextOf& text_of);
  std::size_t argument_limit(const host::Host& host);
  Answers ask(const host::Host& host, std::span<const AskedJob> jobs, const TextOf& text_of,
              const Read& read, const Patience& patience);
  Answer ask_tokens(const host::Host& host, std::span<const FindRequest> requests,
                    const Patience& patience) const;

  SubmitLimits submit_limits() const;
  Result<Replies> submit(const host::Host& host, std::span<const SubmitOrder> orders) const;
  bool wants_anew(const SubmitReply& reply) const;
  StartResult to_result(const SubmitReply& reply, const std::string& playground) const;
  FindResult to_result(const FindRequest& request, const Finding& finding,
                       const Answer& answer) const;

  void see(Job& job, const Seen& seen, std::vector<Closing>& closing);
  void conclude(const host::Host& host, std::vector<Closing>& closing, const Patience& patience);

  // The graces, in memory only: a restart begins them again.
  bool held_for_grace(const std::string& token);
  void forget_grace(const std::string& token);
  // What took long, or was never answered, is not tried again for a moment: what waits behind it
  // would be too late by the time that it has its turn.
  enum class Doing { submit, find, kill };
  void note_slow(const HostUri& uri, Doing doing);
  bool slow_just_now(const HostUri& uri, Doing doing);

  std::unique_ptr<Scheduler> scheduler_;
  Site site_;
  std::string prologue_;
  std::mutex mutex_;  // of what follows
  std::map<std::string, Mono> held_since_;              // by token
  std::map<std::pair<std::string, Doing>, Mono> slow_since_;  // by endpoint
  std::map<std::string, std::size_t> argument_limits_;  // by endpoint
};

}  // namespace ketrew::sdk::batch
