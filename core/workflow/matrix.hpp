// `matrix:` of a node: the combinations of values that it is multiplied by.
#pragma once

#include "core/workflow/text_template.hpp"
#include "core/workflow/values.hpp"
#include "core/yaml/problems.hpp"

namespace ketrew::workflow {

inline constexpr std::size_t max_instances = 1'000'000;
inline constexpr std::size_t max_csv_bytes = 64 << 20;

struct Matrix {
  std::vector<std::string> keys;     // empty: the node stands for itself
  std::vector<std::size_t> in_name;  // which keys tell the instances apart
  std::vector<ValueId> rows;         // keys.size() of them for each instance

  std::size_t size() const { return keys.empty() ? 1 : rows.size() / keys.size(); }
  ValueId at(std::size_t row, std::size_t key) const { return rows[row * keys.size() + key]; }
  std::optional<std::size_t> key(const std::string& name) const;
  // "[sample=a,lane=1]"; nothing without keys.
  std::string suffix(std::size_t row, const Values& values) const;
};

// `folder` is where the paths of `from` start. Where something is wrong, that is in `problems`, and
// the result of no use. Refused before anything is multiplied: more than max_instances.
Matrix read_matrix(const yaml::Node& node, const std::string& folder, const Scope& scope,
                   Values& values, yaml::Problems& problems);

}  // namespace ketrew::workflow
