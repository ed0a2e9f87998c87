// Builds a tree from the events of a parser, within its limits. Internal to this room.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/yaml/tree.hpp"

namespace ketrew::yaml {

// Thrown by the builder through the parser that calls it.
struct Refused {
  Place place;
  std::string what, hint;
};

// yaml-cpp's own tree would cost us the places of keys, the doubled keys, and the bound on what
// aliases unfold to.
class Builder {
 public:
  using Anchor = std::size_t;  // 0: none
  explicit Builder(const Limits& limits) : limits_(limits) {}

  void null(Place place, Anchor anchor = 0);
  void scalar(Place place, std::string text, bool quoted, Anchor anchor = 0);
  void alias(Place place, Anchor anchor);
  void open(Place place, Node::Kind kind, Anchor anchor = 0);
  void close();
  Node take() { return std::move(root_); }

 private:
  struct Size {
    std::size_t values = 1, bytes = 0, depth = 1;
    void add(const Size& child);
  };
  struct Open {
    Node node;
    Anchor anchor = 0;
    Size size = {};
    std::optional<Node> key = {};  // of a map, once it was read
    std::set<std::string> keys = {};
    std::vector<Node::Entry> merged = {};  // from `<<`: where the map has no such key
  };
  struct Anchored {
    Node node;
    Size size;
  };

  void count(Place place, std::size_t values, std::size_t bytes);
  void add(Node node, const Size& size, Anchor anchor);
  static void merge(Open& parent, Node node);

  const Limits& limits_;
  Node root_;
  std::vector<Open> open_;
  std::map<Anchor, Anchored> anchors_;
  std::size_t values_ = 0, bytes_ = 0;
};

}  // namespace ketrew::yaml
