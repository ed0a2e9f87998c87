// A scheduler of four shell scripts that each test writes, and a backend over it:
//   toy-sub        prints "id N", "no WORDS" (for now) or "never WORDS" (for ever)
//   toy-queue      a line for each job: "ID WORD [CODE] [TOKEN] [KIND]", and "ok" at the end
//   toy-history    the same; not there: no history
//   toy-kill ID... prints nothing
#pragma once

#include <string>
#include <vector>

#include "backends/sdk/batch/batch_backend.hpp"

namespace ketrew::sdk::batch {

class ToyBackend : public BatchBackend {
 public:
  ToyBackend();
  using BatchBackend::find_many;
  using BatchBackend::kill;
  using BatchBackend::log;
  using BatchBackend::queries;
  using BatchBackend::query;
  using BatchBackend::start_many;
  using BatchBackend::update;
};

// A folder with the scripts, a playground and a home; removed at the end.
class ToySite {
 public:
  explicit ToySite(Json options = Json::object());
  ~ToySite();
  ToySite(const ToySite&) = delete;
  ToySite& operator=(const ToySite&) = delete;

  void script(const std::string& name, const std::string& body) const;
  void write(const std::string& path, const std::string& text) const;
  std::string read(const std::string& path) const;  // "" where it is not there
  bool exists(const std::string& path) const;
  std::size_t calls(const std::string& name) const;  // of a script so far

  StartRequest request(const std::string& token, const std::string& sh = "true") const;
  std::vector<ToyBackend::StartResult> start(const std::vector<std::string>& tokens);
  ToyBackend::FindResult find(const std::string& token);
  // One job with that state; its observation.
  Observation update(const std::string& token, JobState& state);
  JobState state(const std::string& token, const std::string& id) const;

  std::string folder;
  HostUri host;
  ToyBackend backend;
};

}  // namespace ketrew::sdk::batch
