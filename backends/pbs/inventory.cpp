#include "backends/pbs/inventory.hpp"

#include "backends/pbs/asking.hpp"
#include "backends/pbs/job_name.hpp"
#include "backends/pbs/listing.hpp"
#include "backends/pbs/rows.hpp"
#include "core/base/text.hpp"

namespace ketrew::pbs {

std::string inventory_command(std::optional<Dialect> known) {
  // `qstat -u` has a form of its own, which cuts the names: the ids first.
  return prelude(known) + R"sh(ketrew_ask user id -un
case $ketrew_dialect in
  openpbs | torque)
    if ! ketrew_ids=$(ketrew_limit qselect -u "$(id -un)" </dev/null 2>/dev/null); then
      ketrew_ask ids qselect -u "$(id -un)"
    elif [ -z "$ketrew_ids" ]; then ketrew_ask none true
    elif [ "$ketrew_dialect" = torque ]; then ketrew_ask all qstat -f -1 $ketrew_ids
    else
      ketrew_ask all qstat -f -w $ketrew_ids
      case $ketrew_code.$ketrew_err in 2.*usage*) ketrew_ask all qstat -f $ketrew_ids ;; esac
    fi ;;
  slurm) ketrew_ask all qstat -f ;;
  *) ketrew_ask version qstat --version ;;
esac
)sh";
}

sdk::batch::Answer read_inventory(const host::ShellOutput& output) {
  sdk::batch::Answer answer;
  auto parts = read_parts(output);
  if (parts.empty()) {
    answer.problem = "qstat: the answer was cut";
    return answer;
  }
  const std::string user(trim(parts.front().out));
  Part& part = parts.back();
  answer.evidence = {"qstat -f", part.code, to_valid_utf8(part.words())};
  // One that ended between the two commands is not known to the second.
  answer.healthy = part.dialect && (part.label == "none" || part.label == "all") &&
                   (part.code == 0 || part.code == 153 || part.code == 35);
  for (const Block& block : read_listing(part.out)) {
    if (!block.whole) answer.healthy = false;
    const auto token = token_of(block[Attribute::job_name]);
    if (token.empty() || !part.dialect) continue;
    // Slurm's wrapper lists everybody's.
    const std::string_view owner = block[Attribute::job_owner];
    if (*part.dialect == Dialect::slurm && owner.substr(0, owner.find_first_of("@(")) != user) continue;
    sdk::batch::Row row = to_row(block, *part.dialect);
    row.token = token;
    answer.rows.push_back(std::move(row));
  }
  if (!answer.healthy) answer.problem = "qstat: " + part.words();
  return answer;
}

}  // namespace ketrew::pbs
