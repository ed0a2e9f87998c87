// `initialize`: the profile's options in; name, capabilities and the schema of job options out.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/clock.hpp"
#include "core/protocol/raw_json.hpp"

namespace ketrew::protocol {

struct InitializeParams {
  std::string name;  // in the profile, of this use of the backend
  RawJson options{"{}"};
  std::string home;  // the daemon's directory; the backend may keep things under `home`/<name>
  bool operator==(const InitializeParams&) const = default;
};

struct Capabilities {
  bool events = false;                // ends are announced by `changed`
  Milliseconds visibility_lag{5000};  // how long an accepted job may stay out of sight; 0: not
  std::uint32_t batch = 10000;        // the most jobs in one `update` or `kill`
  bool inventory = false;             // it answers `inventory`
  bool operator==(const Capabilities&) const = default;
};

struct InitializeResult {
  std::string name, version;  // the backend's own
  Capabilities capabilities;
  RawJson options_schema;  // JSON schema, draft 7, of type object
  RawJson far_options_schema;  // of jobs on other hosts than this machine; empty: the same
  bool operator==(const InitializeResult&) const = default;
};

std::string to_text(const InitializeParams& params);
// Refuses another protocol version.
Result<InitializeParams> initialize_params_from(std::string_view text);

Json to_json(const Capabilities& capabilities);
std::string to_text(const InitializeResult& result);
Result<InitializeResult> initialize_result_from(std::string_view text);

}  // namespace ketrew::protocol
