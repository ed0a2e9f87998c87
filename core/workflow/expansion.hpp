// From the nodes of a file to those of a workflow, one per instance.
#pragma once

#include "core/workflow/document.hpp"
#include "core/workflow/join.hpp"

namespace ketrew::workflow {

class Expansion {
 public:
  // `nodes` have been read without a problem; their references are looked up here.
  Expansion(std::vector<NodeText>& nodes, const Values& values, const yaml::Problems& problems,
            const Settings& settings);

  // The error has its place.
  Result<Expanded> run();

 private:
  friend class InstanceView;
  struct Declared {  // what belongs to nodes[i]
    NodeIndex first = 0;
    std::vector<Join> needs, on_success, on_failure, referred;
    std::vector<std::vector<std::string>> products;  // by row; empty: it declares none
    std::size_t weight = 0;                          // bytes of what each instance has a copy of
  };

  Result<> number_instances();
  Result<> look_up(std::vector<Reference>& references);
  Result<> make_joins(std::size_t node);
  Result<> make_products();
  Result<> make_products_of(std::size_t node);
  Result<> make_instance(std::size_t node, std::size_t row);
  Result<> make_program(const NodeText& node, const Instance& instance, Program& program);
  Result<Condition> make_condition(const ConditionText& text, const Instance& instance);
  Result<Condition> all_exist(const std::vector<Template>& paths, const Instance& instance);
  Result<Json> make_json(const JsonText& text, const Instance& instance);
  Result<> make_edges(std::size_t node, std::size_t row, const std::vector<Reference>& references,
                      const std::vector<Join>& joins, const Instance& instance,
                      std::vector<NodeIndex>& edges);
  Result<> activate();

  // Texts filled in, and counted.
  Result<std::string> text(const Template& text, const Instance& instance);
  Result<> words(const Template& text, const Instance& instance, std::vector<std::string>& out);
  Result<> paths(const Template& text, const Instance& instance, std::vector<std::string>& out);
  Result<> count(std::size_t bytes);
  tl::unexpected<Error> at(yaml::Place place, const Instance& instance, const Error& error) const;

  std::vector<NodeText>& nodes_;
  const Values& values_;
  const yaml::Problems& problems_;
  const Settings& settings_;
  std::vector<Declared> declared_;
  InstanceIndexes indexes_;
  std::unordered_map<std::string_view, std::size_t> names_;
  Expanded out_;
  std::vector<std::uint64_t> seen_;  // by instance: the edge list that named it last
  std::vector<bool> wanted_;         // by instance: some edge leads to it
  std::uint64_t lists_ = 0;
  std::size_t edges_ = 0, bytes_ = 0;
};

}  // namespace ketrew::workflow
