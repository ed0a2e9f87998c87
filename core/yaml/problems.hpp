// What is wrong with a file, or with several that are read as one. A caller reads everything and
// then asks once: the first by its place is the one to report.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/yaml/tree.hpp"

namespace ketrew::yaml {

class Problems {
 public:
  explicit Problems(std::string file) : files_{std::move(file)} {}
  // Its number, for the places in it.
  int add_file(std::string name);
  const std::vector<std::string>& files() const { return files_; }
  const std::string& file(int number = 0) const { return files_[static_cast<std::size_t>(number)]; }

  Error error(Place place, const std::string& what, std::string hint = {}) const;
  void add(Place place, const std::string& what, std::string hint = {});
  void add(Place place, const Error& error) { add(place, error.what, error.hint); }
  void add_located(Error error);  // one that names its place itself, and outdoes the others
  std::optional<Error> first() const;
  bool any() const { return first_.has_value(); }
  // Whether a problem there would be the one to report: looking for hints costs time.
  bool would_be_first(Place place) const;

 private:
  std::vector<std::string> files_;
  std::optional<std::pair<Place, Error>> first_;
};

}  // namespace ketrew::yaml
