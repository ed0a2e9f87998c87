// The files `exit` and `claim` of a playground: one line of words `key=value` that ends with the
// word `end`, so that a file which was cut (full disk, power cut, a copy on its way) is recognised
// and never believed.
//
//   exit code=3 started=2026-11-23T02:23:52.120Z ended=2026-11-23T02:24:52.120Z end
//   exit signal=9 ended=... max-rss-bytes=4096 cpu-ms=12 note=killed%20after%20the%20grace end
//   claim by=script restart=0 pid=4711 start=123456 boot=5c2c... end
//
// Unknown keys are skipped: later versions may add some. Bytes outside of letters, digits and
// "-_.:/+," are %XX in a value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/host/process_identity.hpp"
#include "core/model/observation.hpp"

namespace ketrew::host {

struct ExitRecord {
  std::optional<int> code;    // 0 to 255
  std::optional<int> signal;  // exactly one of the two
  std::optional<Wall> started, ended;
  std::optional<std::uint64_t> max_rss_bytes, cpu_ms;
  std::string note;  // for people

  bool operator==(const ExitRecord&) const = default;
};
std::string to_text(const ExitRecord& record);
// `corrupt` for anything but one whole line; an empty file is not an exit code of 0.
Result<ExitRecord> parse_exit(std::string_view text);
// The proof as an observation; `where` names the file in the evidence.
observed::Ended to_ended(const ExitRecord& record, const std::string& where);

struct ClaimRecord {
  std::string by;  // who claimed it: `script`, `supervisor`
  int restart = 0;
  ProcessIdentity process;  // pid 0 where it is not known
  std::string mark;         // the claimer's own

  bool operator==(const ClaimRecord&) const = default;
};
std::string to_text(const ClaimRecord& record);
Result<ClaimRecord> parse_claim(std::string_view text);

}  // namespace ketrew::host
