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

// Ids that are too many for a command line make it fail, and tell nothing.
constexpr std::string_view find_mine = R"sh(ketrew_user=$(id -un) || return
ketrew_mine() {
  ketrew_said=$(ketrew_ask mine qselect "$@" -u "$ketrew_user")
  printf '%s\n' "$ketrew_said"
  case $ketrew_said in *'
ketrew-end 0 '*) ;; *) return 1 ;; esac
  ketrew_ids=$(printf '%s\n' "$ketrew_said" | sed -e '/^ketrew-err$/,$d' -e '/\[/d')
}
case $ketrew_dialect in
  openpbs)
    ketrew_history=-x
    ketrew_mine -x || return 0
    case $ketrew_said in *'not configured to maintain job history'*)
      ketrew_history=
      ketrew_mine || return 0 ;;
    esac
    set -- $ketrew_ids
    [ "$#" -gt 0 ] || return 0
    ketrew_ask names qstat $ketrew_history -f -w "$@"
    case $ketrew_code.$ketrew_err in 2.*usage*) ketrew_ask names qstat $ketrew_history -f "$@" ;; esac ;;
  torque)
    ketrew_mine || return 0
    set -- $ketrew_ids
    [ "$#" -gt 0 ] || return 0
    ketrew_ask names qstat -f -1 "$@" ;;
  slurm) ketrew_ask all qstat -f ;;
  *) ketrew_ask version qstat --version ;;
esac
)sh";

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

// All jobs of the cluster, by Slurm's wrapper, or those of the user.
void take_blocks(Part& part, const std::set<std::string>& tokens, Answer& answer) {
  for (const Block& block : read_listing(part.out)) {
    if (!block.whole) answer.healthy = false;
    const std::string token(token_of(block[Attribute::job_name]));
    if (!tokens.contains(token) || !is_job_id(block.id)) continue;
    auto row = to_row(block, part.dialect.value_or(Dialect::slurm));
    row.token = token;
    answer.rows.push_back(std::move(row));
  }
  if (!part.out.empty() && !part.out.ends_with("\n\n")) answer.healthy = false;
}

// The user's ids, and then their blocks. One without a block may have any name: then no absence is
// proven.
void take_mine(std::vector<Part>& parts, const std::set<std::string>& tokens, Answer& answer) {
  std::set<std::string, std::less<>> ids;
  for (Part& part : parts) {
    if (part.label == "mine") {
      ids.clear();
      answer.healthy = part.code == 0 && trim(part.err).empty();
      for (const auto& line : split(part.out, '\n')) {
        const std::string id(trim(line));
        if (id.empty() || id.find('[') != std::string::npos) continue;  // an array is no job of ours
        if (is_job_id(id))
          ids.insert(id);
        else
          answer.healthy = false;
      }
    } else if (part.label == "names") {
      std::string text = part.out;
      for (const Block& block : read_listing(text)) ids.erase(std::string(block.id));
      take_blocks(part, tokens, answer);
    }
  }
  answer.healthy = answer.healthy && ids.empty();
}

}  // namespace

std::string find_command(std::span<const sdk::FindRequest> requests, std::optional<Dialect> known) {
  constexpr std::size_t few = 2;  // by name: a command each, and no more of an answer than is wanted
  if (requests.size() > few) return prelude(known) + std::string(find_mine);
  // One that cannot be asked makes the others not worth asking.
  std::string text = prelude(known) + R"sh(ketrew_select() {
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
  const bool all = parts.front().label == "all", mine = parts.front().label == "mine";
  Part& last = parts.back();
  answer.evidence = {all    ? "qstat -f"
                     : mine ? "qselect -u, qstat -f"
                            : "qselect -N",
                     last.code, to_valid_utf8(last.words())};

  std::set<std::string> tokens;
  for (const auto& request : requests) tokens.insert(request.token);
  if (all) {
    answer.healthy = (last.code == 0 || last.code == 153) && trim(last.err).empty();
    take_blocks(last, tokens, answer);
  } else if (mine) {
    take_mine(parts, tokens, answer);
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
