// `done_when:` of a node.
#pragma once

#include "core/workflow/node.hpp"
#include "core/yaml/problems.hpp"

namespace ketrew::workflow {

// Reads the texts of one node. What is wrong goes to `problems`, and the result is of no use then.
class TextReader {
 public:
  TextReader(const Scope& scope, yaml::Problems& problems) : scope_(scope), problems_(problems) {}

  // A scalar, as it is written: 1.10 stays "1.10".
  Template text(const yaml::Node& node, const std::string& what, Reader reader = Reader::plain);
  // One, or a list of them.
  std::vector<Template> texts(const yaml::Node& node, const std::string& what);
  yaml::Problems& problems() { return problems_; }

 private:
  const Scope& scope_;
  yaml::Problems& problems_;
};

ConditionText read_condition(const yaml::Node& node, TextReader& texts, int depth = 0);

}  // namespace ketrew::workflow
