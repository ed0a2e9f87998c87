// Which instances of a node another node's instance speaks of.
#pragma once

#include <map>
#include <memory>
#include <unordered_map>

#include "core/model/workflow.hpp"
#include "core/workflow/node.hpp"

namespace ketrew::workflow {

// The instances of nodes, sorted by the values of some of their keys. What many references ask for
// is sorted once.
class InstanceIndexes {
 public:
  using Index = std::unordered_map<std::vector<ValueId>, std::vector<NodeIndex>, ValuesHash>;

  // `first` is the index of the target's first instance among the workflow's nodes. Null: too much
  // has been sorted already, by too many different sets of keys.
  std::shared_ptr<const Index> get(std::size_t target, const Matrix& matrix, NodeIndex first,
                                   const std::vector<std::size_t>& keys);

 private:
  std::map<std::pair<std::size_t, std::vector<std::size_t>>, std::shared_ptr<const Index>> made_;
  std::size_t entries_ = 0;
};

// One reference of one node to another: each instance of the node finds its own in time that does
// not grow with their number.
//
// Chosen keys have the chosen value; each other key that both matrices have is equal in both; what
// is left over is all of them.
class Join {
 public:
  // The error has no place.
  static Result<Join> make(const Reference& reference, const Matrix& from, const Matrix& target,
                           NodeIndex first, InstanceIndexes& indexes);
  // The error has no place.
  Result<const std::vector<NodeIndex>*> find(const Reference& reference, const Matrix& from,
                                             std::size_t row, const Values& values,
                                             const Instance& instance) const;

 private:
  struct Key {
    std::size_t target;                 // its place in the target's matrix
    std::optional<std::size_t> choice;  // of the reference
    std::size_t from = 0;               // where there is no choice: its place in the own matrix
  };
  std::vector<Key> keys_;  // by `target`
  std::shared_ptr<const InstanceIndexes::Index> instances_;
};

}  // namespace ketrew::workflow
