// Following jobs by the daemon's events. Open it first, then look at the jobs, then listen: so
// nothing that happens in between is missed. A stream that breaks is opened again where it stood; a
// daemon that is away (an upgrade, a crash) is waited for.
#pragma once

#include "app/ketrew/command.hpp"

namespace ketrew::client {

struct Transition {
  std::string job, from, to, reason;
  std::optional<Wall> at;
  std::int64_t attempt = 0;
  Json document;  // as it came
};

class Watcher {
 public:
  // Of these jobs only (full ids); none: of all.
  Watcher(Context& context, std::vector<std::string> ids);
  Try<bool> open();

  struct Next {
    std::optional<Transition> transition;  // nothing: none came until the deadline
    bool resumed = false;  // the stream was opened again: look at the jobs once more
  };
  Try<Next> next(Mono deadline);

 private:
  Try<Next> reopen(Mono deadline);

  Context& context_;
  Target target_;
  std::string last_id_;
  std::optional<api::EventStream> stream_;
  std::optional<Mono> away_since_;
};

}  // namespace ketrew::client
