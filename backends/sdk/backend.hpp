// The base class of a backend. The author says what it does with typed requests and a state type of
// his own; this does the rest: JSON, state versions and their migration, errors, and that an
// exception or a forgotten answer never becomes an outcome.
//
// Threads: all functions come from one thread, unless the derived class has
// `static constexpr bool concurrent_hosts = true`: then calls for different hosts overlap; with
// `concurrent_calls = true` beside it also three kinds of calls for one host (ketrew/backend.h, THREADS).
// `initialize` is the first call and overlaps with none.
#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "backends/sdk/module.hpp"
#include "backends/sdk/options.hpp"
#include "backends/sdk/requests.hpp"

namespace ketrew::sdk {

// `State` is plain data with nlohmann's to_json and from_json (NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE
// writes them), or `Json` itself.
template <class State>
class Backend : public Module {
 public:
  using StartRequest = sdk::StartRequest;
  using FindRequest = sdk::FindRequest;

  struct Started {  // the job is there, and this is how it is found again
    State state;
  };
  using StartResult = std::variant<Started, Refused, InDoubt>;

  struct Found {
    State state;
  };
  using FindResult = std::variant<Found, Absent, CannotTell>;

  struct Job {  // in `update`
    std::string token;
    State state;  // changes are kept
    Observation observation = observed::CannotTell{"the backend said nothing about this job", {}};
  };
  struct KillJob {  // in `kill`
    std::string token;
    State state;  // changes are lost
    KillWord answer = KillWord::cannot_tell;
    std::string why = "the backend said nothing about this job";
  };

 protected:
  // What the profile's entry says. An error makes the whole backend unusable, and is shown.
  virtual Result<> initialize(const Setup&) { return {}; }
  virtual Capabilities capabilities() const { return {}; }
  virtual OptionsSchema options() const { return {}; }  // of its jobs
  // Of those on other hosts than this machine, where they have others.
  virtual OptionsSchema far_options() const { return options(); }

  // The number written with each state. Add one whenever the fields of State change, and say in
  // `migrate` what to make of a state that an earlier version wrote.
  virtual int state_version() const { return 1; }
  virtual Result<Json> migrate(int from, Json old) {
    (void)old;
    return fail(ErrorKind::invalid,
                "cannot read a state of version " + std::to_string(from) + " any more");
  }

  // Starts the job, once. `Refused` and `Started` are proofs; whatever is not proven either way
  // (a time-out, a broken answer) is `InDoubt`, and an exception is that too.
  virtual StartResult start(const StartRequest& request) = 0;
  // All are of one host. Override it where one command can start many: an answer for each, in
  // order.
  virtual std::vector<StartResult> start_many(std::span<const StartRequest> requests);

  // Whether a start with this token took effect. `Absent` only when every place where it could be
  // was asked and answered.
  virtual FindResult find(const FindRequest& request) = 0;
  virtual std::vector<FindResult> find_many(std::span<const FindRequest> requests);

  // Sets `observation`, and `state` where it changed, of each job: all are of one host, so that
  // one command can ask for all. What is not set counts as cannot-tell.
  virtual void update(const HostUri& host, std::span<Job> jobs) = 0;

  // Asks for their end; an `update` sees it. Sets `answer` (and `why` with cannot_tell) of each.
  virtual void kill(const HostUri& host, std::span<KillJob> jobs) = 0;

  virtual std::vector<QueryDescription> queries(const HostUri& host, const State& state);
  // Only names that `queries` gave for this state come here.
  virtual Result<QueryAnswer> query(const HostUri& host, const std::string& token,
                                    const State& state, const QueryRequest& request);
  virtual std::vector<LogValue> log(const HostUri& host, const std::string& token,
                                    const State& state);

  // Which attempts wait or run on a host, whoever asked for them: all tokens that it carries there.
  // `Held` only of a healthy answer. Say so in `capabilities` where this is overridden.
  virtual Inventory inventory(const HostUri& host) {
    (void)host;
    return CannotTell{"this backend has no inventory"};
  }

  virtual std::vector<CheckEntry> check() { return {}; }
  virtual void shutdown() {}  // jobs go on

  const Setup& setup() const { return setup_; }

 private:
  Result<std::string> initialize_text(std::string_view request) final;
  Result<std::string> start_text(std::string_view request) final;
  Result<std::string> find_text(std::string_view request) final;
  Result<std::string> update_text(std::string_view request) final;
  Result<std::string> kill_text(std::string_view request) final;
  Result<std::string> queries_text(std::string_view request) final;
  Result<std::string> query_text(std::string_view request) final;
  Result<std::string> log_text(std::string_view request) final;
  Result<std::string> check_text(std::string_view request) final;
  Result<std::string> shutdown_text(std::string_view request) final;
  Result<std::string> inventory_text(std::string_view request) final;

  std::string state_text(const State& state) const;
  Result<State> state_from(std::string_view text);

  Setup setup_;
};

}  // namespace ketrew::sdk

#include "backends/sdk/backend_impl.hpp"  // the bodies of the template
