// `find`: looks for an attempt that may have been started.
#pragma once

#include <string>
#include <variant>

#include "core/model/observation.hpp"
#include "core/protocol/raw_json.hpp"

namespace ketrew::protocol {

struct FindParams {
  std::string token;
  std::string host;
  RawJson options{"{}"};
  bool operator==(const FindParams&) const = default;
};

struct Found {
  RawJson state;
  bool operator==(const Found&) const = default;
};
struct Absent {  // proven: it was looked for wherever it could be, and each place answered
  Evidence evidence;
  bool operator==(const Absent&) const = default;
};
struct CannotTell {
  std::string why;
  bool operator==(const CannotTell&) const = default;
};
using FindAnswer = std::variant<Found, Absent, CannotTell>;

void append_params(std::string& out, const FindParams& params);
Result<FindParams> find_params_from(std::string_view text);

std::string to_text(const FindAnswer& answer);
// Whatever cannot be read is `CannotTell`.
FindAnswer find_answer_from(std::string_view text);

}  // namespace ketrew::protocol
