#include "backends/pbs/dialect.hpp"

namespace ketrew::pbs {

std::string_view to_string(Dialect dialect) {
  switch (dialect) {
    case Dialect::openpbs: return "openpbs";
    case Dialect::torque: return "torque";
    case Dialect::slurm: return "slurm";
  }
  return "unknown";
}

std::optional<Dialect> parse_dialect(std::string_view word) {
  for (const Dialect dialect : {Dialect::openpbs, Dialect::torque, Dialect::slurm})
    if (word == to_string(dialect)) return dialect;
  return std::nullopt;
}

std::string dialect_lines(std::optional<Dialect> known) {
  if (known) return "ketrew_dialect=" + std::string(to_string(*known)) + "\n";
  return R"sh(ketrew_version=$(ketrew_limit qstat --version </dev/null 2>&1)
case $ketrew_version in
  *pbs_version*) ketrew_dialect=openpbs ;;
  *'nknown option: version'*) ketrew_dialect=slurm ;;
  *ersion:*) ketrew_dialect=torque ;;
  *) ketrew_dialect=unknown ;;
esac
)sh";
}

}  // namespace ketrew::pbs
