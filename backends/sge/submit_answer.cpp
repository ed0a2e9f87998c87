#include <array>

#include "backends/sge/names.hpp"
#include "backends/sge/submission.hpp"

namespace ketrew::sge {
namespace {

using namespace sdk::batch;
using sdk::InDoubt;
using sdk::Refused;

template <std::size_t N>
bool has_one(std::string_view text, const std::array<std::string_view, N>& parts) {
  for (const std::string_view part : parts)
    if (text.find(part) != std::string_view::npos) return true;
  return false;
}

// Nothing reached qmaster.
constexpr std::array<std::string_view, 3> unsent = {
    "got send error", "got select error (Connection refused)", "qmaster is not running"};
// Limits, and a JSV that says "later".
constexpr std::array<std::string_view, 6> passing = {
    "jobs are allowed per user", "jobs are allowed in the cluster", "jobs are allowed",
    "try again later", "temporarily rejected", "reject_wait"};
// qmaster, or qsub before it asked anybody, has judged the request.
constexpr std::array<std::string_view, 14> refusing = {
    "Job was rejected because", "job rejected:", "denied:", "unknown resource",
    "is not a time value",      "is not a memory value", "is not an integer value", "does not exist",
    "no suitable queues",       "not allowed in objectname", "job name too long", "jsv stop",
    "rejected by JSV",          "Job is rejected"};

}  // namespace

// qsub -terse prints the id alone on a line; what else is printed is a banner of the host.
SubmitAnswer read_submission(const ShellOutput& output) {
  std::vector<std::string> ids;
  for (const std::string& line : split(output.out, '\n'))
    if (std::string id = sge_id(trim(line)); !id.empty()) ids.push_back(std::move(id));
  const std::string words =
      one_line(trim(output.err).empty() ? trim(output.out) : trim(output.err));
  if (ids.size() == 1 && output.exit_code == 0) return Submitted{ids.front(), Json::object()};
  if (!ids.empty()) return InDoubt{"qsub did not answer with one id: " + one_line(output.out)};
  if (output.exit_code == 127 && output.err.find("not found") != std::string::npos)
    return Refused{false, "there is no qsub on the host: " + words};
  if (output.exit_code == 1) {
    if (has_one(output.err, unsent)) return Refused{false, words};
    if (has_one(output.err, passing)) return Refused{false, words};
    if (has_one(output.err, refusing)) return Refused{true, words};
  }
  // A command line that qsub does not understand, or a script that it cannot read, never leaves the host.
  if ((output.exit_code == 2 && output.err.find("qsub: ") != std::string::npos) ||
      output.err.find("Unable to read script file because of error") != std::string::npos)
    return Refused{true, words};
  return InDoubt{"qsub did not answer with an id" + (words.empty() ? "" : ": " + words)};
}

}  // namespace ketrew::sge
