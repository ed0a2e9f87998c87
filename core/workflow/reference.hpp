// How nodes are named: "align" in the file, "align[sample=a,lane=1]" for an instance of it, and
// "align[sample=a]" or "align[*]" where others speak of some instances.
#pragma once

#include "core/workflow/text_template.hpp"

namespace ketrew::workflow {

// In names nothing may stand that steers a reference or a variable.
Result<> check_node_name(const std::string& name);
Result<> check_matrix_key(const std::string& key);

// `value` as it stands behind "key=": in quotes, with \ in front of quotes and \, where it has
// something in it that would end it.
std::string quote_value(std::string_view value);

struct Choice {
  std::string key;
  std::optional<Template> value;  // nothing: "*", any
};

struct Reference {
  std::string node;
  std::vector<Choice> choices;
  bool any = false;  // "[*]": all instances, whatever they share
  yaml::Place place;
  std::string spelled;
  std::size_t target = 0;  // the node's number, once it was looked up
};

// Choices may have variables of the matrix in them. The error has no place.
Result<Reference> read_reference(std::string_view text, yaml::Place place, const Scope& scope);

}  // namespace ketrew::workflow
