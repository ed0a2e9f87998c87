// `start`: asks a backend to start one attempt at a job.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "core/protocol/raw_json.hpp"

namespace ketrew::protocol {

// Whose attempt it is; for people and for names in the scheduler. The token is what counts.
struct JobLabel {
  std::string id;    // the job's 26 characters
  std::string name;  // any bytes; empty: none was given
  std::uint32_t attempt = 1;
  bool operator==(const JobLabel&) const = default;
};

struct StartParams {
  std::string token;
  RawJson program;  // of core/model/program.hpp
  RawJson options{"{}"};
  std::string host;  // a host URI
  JobLabel job;
  bool operator==(const StartParams&) const = default;
};

struct Started {
  RawJson state;
  bool operator==(const Started&) const = default;
};
struct Refused {          // proof that nothing was started
  bool for_ever = false;  // the same request will be refused again; else it is only not now
  std::string why;
  bool operator==(const Refused&) const = default;
};
struct InDoubt {  // it may have been started: only `find` can tell
  std::string why;
  bool operator==(const InDoubt&) const = default;
};
using StartAnswer = std::variant<Started, Refused, InDoubt>;

void append_params(std::string& out, const StartParams& params);
Result<StartParams> start_params_from(std::string_view text);  // text that was checked before

std::string to_text(const StartAnswer& answer);
// Whatever cannot be read is `InDoubt`.
StartAnswer start_answer_from(std::string_view text);

}  // namespace ketrew::protocol
