#include <array>

#include "backends/lsf/names.hpp"
#include "backends/lsf/submission.hpp"
#include "core/base/text.hpp"

namespace ketrew::lsf {
namespace {

using namespace sdk::batch;
using sdk::InDoubt;
using sdk::Refused;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// "Job <102> is submitted to queue <normal>.", or "... to default queue <normal>."
std::string id_in(std::string_view line) {
  constexpr std::string_view begin = "Job <", middle = "> is submitted to ";
  line = trim(line);
  if (line.substr(0, begin.size()) != begin) return {};
  const std::size_t end = line.find('>');
  if (end == std::string_view::npos || line.substr(end, middle.size()) != middle) return {};
  return lsf_id(line.substr(begin.size(), end - begin.size()));
}

// Words that leave open whether mbatchd took the job. All others, together with "Job not
// submitted", say that it did not. Source: the messages of lsb_sysmsg(3).
constexpr std::array<std::string_view, 8> doubtful = {
    "time out",          "timeout",        "Timeout", "protocol error", "XDR ",
    "internal error", "Connection reset", "Server connection"};

// A refusal that may pass.
constexpr std::array<std::string_view, 16> passing = {
    "try later",          "Connection refused",  "has been closed",    "queue windows are closed",
    "job slots",          "job limit",           "limit reached",      "reached the pending",
    "pending job",        "threshold",           "No job Id can be used now",
    "Cannot allocate memory", "cannot fork",     "not registered",     "currently eligible",
    "Operation is in progress"};

template <std::size_t N>
bool has_one(std::string_view text, const std::array<std::string_view, N>& parts) {
  for (const std::string_view part : parts)
    if (has(text, part)) return true;
  return false;
}

}  // namespace

SubmitAnswer read_submission(const ShellOutput& output) {
  std::vector<std::string> ids;
  std::string format;
  for (const std::string& line : split(output.out, '\n')) {
    if (std::string id = id_in(line); !id.empty()) ids.push_back(std::move(id));
    if (line == "ketrew-format columns") format = "columns";
    if (line == "ketrew-format fields") format = "fields";
  }
  if (ids.size() == 1) {
    Json own = Json::object();
    if (!format.empty()) own["format"] = format;
    return Submitted{ids.front(), std::move(own)};
  }
  if (ids.size() > 1) return InDoubt{"bsub answered with several ids: " + one_line(output.out)};
  const std::string words = one_line(trim(output.err).empty() ? output.out : output.err);
  if (output.exit_code == 127 && has(output.err, "not found"))
    return Refused{false, "there is no bsub on the host: " + words};
  if (output.exit_code != 0) {
    // A command line that bsub does not understand never leaves the host.
    if (has(output.err, "Usage: bsub")) return Refused{true, words};
    if (has(output.err, "Job not submitted") && !has_one(output.err, doubtful))
      return Refused{!has_one(output.err, passing), words};
  }
  return InDoubt{"bsub did not answer with an id" + (words.empty() ? "" : ": " + words)};
}

}  // namespace ketrew::lsf
