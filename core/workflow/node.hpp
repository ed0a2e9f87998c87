// A node as the file has it: one, or with a matrix many at once. Texts are templates yet.
#pragma once

#include "core/model/workflow.hpp"
#include "core/workflow/matrix.hpp"
#include "core/workflow/reference.hpp"

namespace ketrew::workflow {

struct CommandText {
  std::optional<Template> sh;
  std::vector<Template> exec;
};

struct ConditionText {
  enum class Kind { never, exists, larger_than, returns, all };
  Kind kind = Kind::never;
  std::vector<Template> paths;  // exists: each of them; larger_than: one
  std::uint64_t bytes = 0;
  Template command;
  int code = 0;
  std::vector<ConditionText> parts;
  yaml::Place place;
};

// JSON in which some strings are templates.
struct JsonText {
  struct Part {
    Json::json_pointer at;
    Template text;
    bool typed;  // one variable and nothing else: a value of "8" is the number 8
  };
  Json json = Json::object();
  std::vector<Part> parts;
  std::vector<std::pair<std::string, yaml::Place>> members;  // where each was written
};

struct NodeText {
  std::string name;
  yaml::Place place;
  Matrix matrix;
  std::vector<CommandText> run;
  std::optional<Template> backend, host, directory;
  JsonText options, metadata;
  std::vector<Template> tags, products;
  std::map<std::string, Template> environment;
  std::optional<ConditionText> done_when;
  RetryPolicy retries;
  std::optional<Milliseconds> timeout;
  Equivalence equivalence = Equivalence::same_condition;
  std::optional<bool> active;
  std::vector<Reference> needs, on_success, on_failure;
  std::vector<Reference> referred;  // by ${nodes.N.product}
};

// `defaults` are those that hold for the node, the nearest first. What is wrong is in `problems`.
NodeText read_node(const std::string& name, const yaml::Node& node,
                   const std::vector<const yaml::Node*>& defaults, const std::string& folder,
                   const Scope& scope, Values& values, yaml::Problems& problems);
// Problems in what no node may make use of.
void check_defaults(const yaml::Node& defaults, yaml::Problems& problems);

}  // namespace ketrew::workflow
