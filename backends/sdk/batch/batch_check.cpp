// `check`: on this machine and on each host of the profile's entry, all at once.
#include <future>

#include "backends/sdk/batch/batch_backend.hpp"

namespace ketrew::sdk::batch {

std::vector<CheckEntry> BatchBackend::check() {
  std::vector<HostUri> uris = {HostUri{}};
  uris.insert(uris.end(), site_.hosts.begin(), site_.hosts.end());
  std::vector<std::future<std::vector<CheckEntry>>> looks;
  for (const auto& uri : uris) {
    looks.push_back(std::async(std::launch::async, [this, uri]() -> std::vector<CheckEntry> {
      const host::Host host = connect(uri);
      const auto output = command(host, scheduler_->check_command(), Patience(check_time));
      if (!output)
        return {{"host", CheckLevel::error,
                 output.error().text() + ": no job can be started there, and of those that run "
                                         "there is no news"}};
      return scheduler_->read_check(*output);
    }));
  }
  std::vector<CheckEntry> entries;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    for (auto& entry : looks[i].get()) {
      if (uris.size() > 1) entry.name += " on " + (i == 0 ? "this machine" : uris[i].endpoint());
      // Who named other hosts may well have no scheduler here.
      if (i == 0 && uris.size() > 1 && entry.level == CheckLevel::error)
        entry.level = CheckLevel::warning;
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

}  // namespace ketrew::sdk::batch
