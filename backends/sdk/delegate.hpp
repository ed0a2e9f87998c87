// The base class of a backend that builds on another one, through the C ABI alone: every call goes
// to an instance of the other module, and the author changes what is to be different. The state of
// its jobs is the other backend's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backends/sdk/module.hpp"
#include "backends/sdk/requests.hpp"

namespace ketrew::sdk {

// The manifest must say `requires: [BASE]`. Threads are those of the base: give
// `concurrent_hosts = true` only where the base has it, too.
class Delegate : public Module {
 public:
  struct JobContext {
    std::string token;
    HostUri host;
    Json state;  // the base's own
  };

  explicit Delegate(std::string base) : base_(std::move(base)) {}
  ~Delegate() override;

 protected:
  // Before the base is told; what it changes in `setup` the base gets.
  virtual Result<> initialize(Setup& setup);
  // Changes the schema that the base gave for job options.
  virtual void extend_options(Json& schema) { (void)schema; }
  // Changes a request before the base gets it, e.g. takes own options out. An error is a refusal
  // for ever with that text.
  virtual Result<> before_start(Json& params) {
    (void)params;
    return {};
  }
  // Queries beside those of the base; a name that the base has, too, is answered here.
  virtual std::vector<QueryDescription> more_queries(const JobContext& job);
  virtual Result<QueryAnswer> more_query(const JobContext& job, const QueryRequest& request);
  virtual std::vector<LogValue> more_log(const JobContext& job);
  virtual std::vector<CheckEntry> more_checks() { return {}; }

  // Asks the base a query of its own.
  Result<QueryAnswer> base_query(const JobContext& job, const QueryRequest& request);

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

  Result<std::string> ask(ketrew_call ketrew_backend_functions::*method,
                          std::string_view request) const;

  std::string base_;
  const ketrew_backend_functions* functions_ = nullptr;
  ketrew_instance* instance_ = nullptr;
};

}  // namespace ketrew::sdk
