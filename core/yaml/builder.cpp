#include "core/yaml/builder.hpp"

namespace ketrew::yaml {
namespace {

// What aliases copy in may be this many times the longest file.
constexpr std::size_t most_unfolding = 4;

}  // namespace

void Builder::Size::add(const Size& child) {
  values += child.values;
  bytes += child.bytes;
  depth = std::max(depth, child.depth + 1);
}

void Builder::count(Place place, std::size_t values, std::size_t bytes) {
  values_ += values;
  bytes_ += bytes;
  if (values_ > limits_.values)
    throw Refused{place, "more than " + std::to_string(limits_.values) + " values",
                  "aliases count as often as they are used"};
  if (bytes_ > limits_.bytes * most_unfolding)
    throw Refused{place,
                  "more than " + std::to_string(limits_.bytes * most_unfolding) + " bytes of text",
                  "aliases count as often as they are used"};
}

void Builder::null(Place place, Anchor anchor) {
  Node node;
  node.place = place;
  count(place, 1, 0);
  add(std::move(node), {}, anchor);
}

void Builder::scalar(Place place, std::string text, bool quoted, Anchor anchor) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.place = place;
  node.quoted = quoted;
  node.text = std::move(text);
  Size size;
  size.bytes = node.text.size();
  count(place, 1, size.bytes);
  add(std::move(node), size, anchor);
}

void Builder::alias(Place place, Anchor anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) throw Refused{place, "an alias that contains itself", {}};
  const Anchored& target = found->second;
  count(place, target.size.values, target.size.bytes);
  if (open_.size() + target.size.depth > limits_.depth + 1)
    throw Refused{place, "nested more than " + std::to_string(limits_.depth) + " deep", {}};
  add(target.node, target.size, 0);
}

void Builder::open(Place place, Node::Kind kind, Anchor anchor) {
  if (open_.size() >= limits_.depth)
    throw Refused{place, "nested more than " + std::to_string(limits_.depth) + " deep", {}};
  count(place, 1, 0);
  Open open;
  open.node.kind = kind;
  open.node.place = place;
  open.anchor = anchor;
  open_.push_back(std::move(open));
}

void Builder::close() {
  Open done = std::move(open_.back());
  open_.pop_back();
  for (auto& entry : done.merged)
    if (done.keys.insert(entry.key.text).second) done.node.entries.push_back(std::move(entry));
  add(std::move(done.node), done.size, done.anchor);
}

void Builder::add(Node node, const Size& size, Anchor anchor) {
  if (anchor) {
    count(node.place, size.values, size.bytes);  // it is kept for its aliases
    anchors_[anchor] = {node, size};
  }
  if (open_.empty()) {
    root_ = std::move(node);
    return;
  }
  Open& parent = open_.back();
  parent.size.add(size);
  if (parent.node.kind == Node::Kind::list) {
    parent.node.items.push_back(std::move(node));
  } else if (!parent.key) {
    if (node.kind != Node::Kind::scalar)
      throw Refused{node.place, describe(node) + " as a key", "a key is a word"};
    if (!parent.keys.insert(node.text).second)
      throw Refused{node.place, "the key \"" + one_line(node.text, 60) + "\" is there twice",
                    "keep one of the two"};
    parent.key = std::move(node);
  } else if (parent.key->text == "<<" && !parent.key->quoted) {
    merge(parent, std::move(node));
    parent.key.reset();
  } else {
    parent.node.entries.push_back({std::move(*parent.key), std::move(node)});
    parent.key.reset();
  }
}

// The first of several maps with a key is the one that counts.
void Builder::merge(Open& parent, Node node) {
  const bool list = node.kind == Node::Kind::list;
  std::vector<Node> maps;
  if (list)
    maps = std::move(node.items);
  else
    maps.push_back(std::move(node));
  for (auto& map : maps) {
    if (map.kind != Node::Kind::map)
      throw Refused{map.place, "\"<<\" is " + describe(map), "it takes a map, or a list of maps"};
    for (auto& entry : map.entries) parent.merged.push_back(std::move(entry));
  }
}

}  // namespace ketrew::yaml
