#include "backends/pbs/find.hpp"

#include <map>
#include <set>

#include "backends/pbs/asking.hpp"
#include "backends/pbs/job_name.hpp"
#include "backends/pbs/rows.hpp"
#include "backends/pbs/values.hpp"
#include "core/base/text.hpp"

namespace ketrew::pbs {
namespace {

using sdk::batch::Answer;

std::string name_of(const sdk::FindRequest& request) {
  std::optional<std::string> wish;
  for (const char* key : {"job_name", "name"})
    if (request.options.is_object() && request.options.contains(key) &&
        request.options[key].is_string())
      wish = request.options[key].get<std::string>();
  return job_name(wish, request.token);
}

// The parts of one token, in order. Whether they prove that what is not in them is not there.
bool take_ids(const std::vector<const Part*>& parts, const std::string& token, Answer& answer) {
  bool healthy = false;
  for (const Part* part : parts) {
    bool only_ids = true;
    for (const auto& line : split(part->out, '\n')) {
      const auto id = trim(line);
      if (id.empty()) continue;
      if (!is_job_id(id)) {
        only_ids = false;
        continue;
      }
      sdk::batch::Row row;
      row.id = id;
      row.token = token;
      row.observation = observed::CannotTell{"found by name; not asked for yet", {}};
      answer.rows.push_back(std::move(row));
    }
    healthy = part->dialect && part->code == 0 && only_ids && trim(part->err).empty();
  }
  return healthy;
}

// All jobs of the cluster, by Slurm's wrapper.
void take_blocks(Part& part, const std::set<std::string>& tokens, Answer& answer) {
  answer.healthy = (part.code == 0 || part.code == 153) && trim(part.err).empty();
  for (const Block& block : read_listing(part.out)) {
    if (!block.whole) answer.healthy = false;
    if (!tokens.contains(std::string(token_of(block[Attribute::job_name])))) continue;
    if (is_job_id(block.id)) answer.rows.push_back(to_row(block, Dialect::slurm));
  }
  if (!part.out.empty() && !part.out.ends_with("\n\n")) answer.healthy = false;
}

}  // namespace

std::string find_command(std::span<const sdk::FindRequest> requests, std::optional<Dialect> known,
                         int seconds) {
  // One that cannot be asked makes the others not worth asking.
  std::string text = prelude(known, seconds) + R"sh(ketrew_select() {
  [ -z "$ketrew_failed" ] || return 0
  case $ketrew_dialect in
    openpbs)
      ketrew_ask "$1" qselect -x -N "$2"
      case $ketrew_err in *'not configured to maintain job history'*) ketrew_ask "$1" qselect -N "$2" ;; esac ;;
    torque) ketrew_ask "$1" qselect -N "$2" ;;
    slurm) ketrew_ask all qstat -f; ketrew_failed=done ;;
    *) ketrew_ask version qstat --version; ketrew_failed=yes ;;
  esac
  [ "$ketrew_code" -eq 0 ] || ketrew_failed=yes
}
ketrew_failed=
)sh";
  for (const auto& request : requests)
    text += "ketrew_select " + request.token + " " + shell_quote(name_of(request)) + "\n";
  return text;
}

Answer read_find(const host::ShellOutput& output, std::span<const sdk::FindRequest> requests) {
  Answer answer;
  auto parts = read_parts(output);
  if (parts.empty()) {
    answer.problem = "qselect: the answer was cut";
    answer.evidence = {"qselect", output.exit_code, to_valid_utf8(one_line(output.err))};
    return answer;
  }
  const bool all = parts.front().label == "all";
  Part& last = parts.back();
  answer.evidence = {all ? "qstat -f" : "qselect -N", last.code, to_valid_utf8(last.words())};

  if (all) {
    std::set<std::string> tokens;
    for (const auto& request : requests) tokens.insert(request.token);
    take_blocks(last, tokens, answer);
  } else {
    std::map<std::string, std::vector<const Part*>> by_token;
    for (const Part& part : parts) by_token[part.label].push_back(&part);
    answer.healthy = true;
    for (const auto& request : requests)
      if (!take_ids(by_token[request.token], request.token, answer)) answer.healthy = false;
  }
  if (!answer.healthy) answer.problem = answer.evidence.command + ": " + answer.evidence.words;
  if (answer.healthy || last.err.empty())
    answer.evidence.words = std::to_string(answer.rows.size()) + " jobs";
  return answer;
}

}  // namespace ketrew::pbs
