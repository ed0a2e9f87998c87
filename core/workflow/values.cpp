#include "core/workflow/values.hpp"

namespace ketrew::workflow {

ValueId Values::add(std::string_view text) {
  if (const auto found = ids_.find(text); found != ids_.end()) return found->second;
  const auto id = static_cast<ValueId>(texts_.size());
  ids_.emplace(texts_.emplace_back(text), id);
  return id;
}

ValueId Values::find(std::string_view text) const {
  const auto found = ids_.find(text);
  return found == ids_.end() ? none : found->second;
}

}  // namespace ketrew::workflow
