// One call of a backend, and what can become of it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/error.hpp"

namespace ketrew::daemon {

struct Call {
  std::string method;
  std::string params;  // JSON text of an object, on one line; core/protocol makes it
  Milliseconds deadline{60'000};
  std::uint64_t tag = 0;  // the caller's; named again if the backend dies with the call in flight
  // Past the deadline only this call fails, with `in_doubt`, and the process lives on. For questions
  // of people: behind other calls of a host that hangs they may have to wait for very long.
  bool spares_process = false;
};

// How far a failed call got.
enum class Reach : std::uint8_t {
  never_sent,  // not one byte of it was given to the backend: it had no effect
  in_doubt,    // the backend may have acted on it
  answered,    // the backend answered with an error
};

struct CallError {
  Error error;  // timeout: past its deadline; unavailable: the backend is not there, or died
  Reach reach = Reach::never_sent;
  int code = 0;  // of JSON-RPC, where the backend answered
};

// The result's JSON text, checked to be valid; the view ends with the callback.
using CallResult = tl::expected<std::string_view, CallError>;
using CallHandler = std::function<void(CallResult)>;

}  // namespace ketrew::daemon
