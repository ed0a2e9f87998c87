// How a call to the daemon can fail, and the exit code that each has (contract).
#pragma once

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace ketrew::api {

// The programs' exit codes: other people's scripts rest on them.
enum class Exit : int {
  done = 0,
  refused = 1,  // the job failed, or the request was refused
  usage = 2,
  no_daemon = 3,
  no_job = 4,  // no such job, or an ambiguous prefix
  internal = 5,
  timed_out = 124,
};

struct Failure {
  enum class Kind {
    no_daemon,  // nobody took the request: it had no effect
    lost,       // sent, but no whole answer came: whether it had an effect is not known
    refused,    // the daemon said no: a problem document
    broken,     // an answer that is not what the API promises
  };
  Kind kind = Kind::broken;
  Error error;
  Json problem = nullptr;  // refused: the document as it came; null if it was none
};

template <class T>
using Answer = tl::expected<T, Failure>;

inline tl::unexpected<Failure> fail_call(Failure::Kind kind, ErrorKind error, std::string what,
                                         std::string hint = {}) {
  return tl::unexpected<Failure>(Failure{kind, Error{error, std::move(what), std::move(hint)}});
}
inline tl::unexpected<Failure> pass(Failure failure) {
  return tl::unexpected<Failure>(std::move(failure));
}

Exit exit_code(const Failure& failure);

}  // namespace ketrew::api
