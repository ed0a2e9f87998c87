// What some failed jobs wrote last to their standard error, from their backends. On the loop.
#pragma once

#include <functional>

#include "app/ketrewd/failure_clusters.hpp"
#include "app/ketrewd/service.hpp"

namespace ketrew::daemon {

struct LastWords {
  std::size_t cluster = 0;
  JobId id;
  std::string line;  // may be empty: it wrote nothing
};

// One question at a time to each backend about each host, so that polls and kills go in between. `done`
// gets what was answered within a few seconds.
void ask_last_words(Service& service, std::vector<FailureSample> samples,
                    std::function<void(std::vector<LastWords>)> done);

}  // namespace ketrew::daemon
