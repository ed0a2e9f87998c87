#include "core/yaml/problems.hpp"

#include <tuple>

namespace ketrew::yaml {

int Problems::add_file(std::string name) {
  files_.push_back(std::move(name));
  return static_cast<int>(files_.size()) - 1;
}

Error Problems::error(Place place, const std::string& what, std::string hint) const {
  return error_at(file(place.file), place, what, std::move(hint));
}

bool Problems::would_be_first(Place place) const {
  const auto order = [](const Place& p) { return std::tie(p.file, p.line, p.column); };
  return !first_ || order(place) < order(first_->first);
}

void Problems::add_located(Error error) { first_ = {Place{0, 0, -1}, std::move(error)}; }

void Problems::add(Place place, const std::string& what, std::string hint) {
  if (would_be_first(place)) first_ = {place, error(place, what, std::move(hint))};
}

std::optional<Error> Problems::first() const {
  if (!first_) return {};
  return first_->second;
}

}  // namespace ketrew::yaml
