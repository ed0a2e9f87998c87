// Errors are classes that tell the caller what to do; the text decorates, it is never parsed.
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace ketrew {

enum class ErrorKind {
  invalid,      // the caller's input is wrong; trying again changes nothing
  not_found,    // no such thing
  ambiguous,    // more than one thing fits the name
  conflict,     // somebody else has it (a lock, a socket, an idempotency key)
  denied,       // not allowed: permissions, ownership
  unavailable,  // not now: disk full, host down, backend away; try again later
  timeout,      // no answer in time; whether it took effect is not known
  corrupt,      // stored data cannot be trusted
  internal,     // a fault of ours
};

// One line each: `what` says what went wrong and why, `hint` what to do about it (may be empty).
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string what;
  std::string hint;

  // "what; hint" for a log line or stderr.
  std::string text() const { return hint.empty() ? what : what + "; " + hint; }
};

template <class T = void>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorKind kind, std::string what, std::string hint = {}) {
  return tl::unexpected<Error>(Error{kind, std::move(what), std::move(hint)});
}
// Passes an error on, with what was being done in front: "open /x: No such file".
inline tl::unexpected<Error> fail(Error error, const std::string& doing) {
  error.what = doing + ": " + error.what;
  return tl::unexpected<Error>(std::move(error));
}
inline tl::unexpected<Error> pass(Error error) { return tl::unexpected<Error>(std::move(error)); }

// The kind that an errno value belongs to, and "doing: strerror".
tl::unexpected<Error> fail_errno(const std::string& doing, int errno_value);

const char* to_string(ErrorKind kind);

}  // namespace ketrew
