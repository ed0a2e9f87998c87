#include "core/workflow/join.hpp"

namespace ketrew::workflow {
namespace {

constexpr std::size_t most_entries = 20'000'000;

}  // namespace

std::shared_ptr<const InstanceIndexes::Index> InstanceIndexes::get(
    std::size_t target, const Matrix& matrix, NodeIndex first,
    const std::vector<std::size_t>& keys) {
  auto& made = made_[{target, keys}];
  if (made) return made;
  if ((entries_ += matrix.size()) > most_entries) return nullptr;
  auto index = std::make_shared<Index>();
  for (std::size_t row = 0; row < matrix.size(); ++row) {
    std::vector<ValueId> values;
    for (const auto key : keys) values.push_back(matrix.at(row, key));
    (*index)[std::move(values)].push_back(first + static_cast<NodeIndex>(row));
  }
  return made = std::move(index);
}

Result<Join> Join::make(const Reference& reference, const Matrix& from, const Matrix& target,
                        NodeIndex first, InstanceIndexes& indexes) {
  Join join;
  std::vector<bool> taken(target.keys.size(), reference.any);
  for (std::size_t i = 0; i < reference.choices.size(); ++i) {
    const auto key = target.key(reference.choices[i].key);
    if (!key) {
      const std::string near = nearest(reference.choices[i].key, target.keys);
      return fail(ErrorKind::invalid,
                  "node \"" + one_line(reference.node, 60) + "\" has no matrix key \"" +
                      one_line(reference.choices[i].key, 60) + "\"",
                  !near.empty() ? "did you mean \"" + near + "\"?"
                  : target.keys.empty()
                      ? "it has no matrix"
                      : "it has: " + one_line(ketrew::join(target.keys, ", "), 200));
    }
    taken[*key] = true;
    if (reference.choices[i].value) join.keys_.push_back({*key, i});
  }
  for (std::size_t key = 0; key < target.keys.size(); ++key)
    if (const auto own = from.key(target.keys[key]); own && !taken[key])
      join.keys_.push_back({key, {}, *own});
  std::sort(join.keys_.begin(), join.keys_.end(),
            [](const Key& a, const Key& b) { return a.target < b.target; });
  std::vector<std::size_t> keys;
  for (const auto& key : join.keys_) keys.push_back(key.target);
  join.instances_ = indexes.get(reference.target, target, first, keys);
  if (!join.instances_)
    return fail(ErrorKind::invalid, "instances are chosen by too many different sets of keys");
  return join;
}

Result<const std::vector<NodeIndex>*> Join::find(const Reference& reference, const Matrix& from,
                                                 std::size_t row, const Values& values,
                                                 const Instance& instance) const {
  std::vector<ValueId> wanted;
  for (const auto& key : keys_) {
    if (!key.choice) {
      wanted.push_back(from.at(row, key.from));
      continue;
    }
    const auto chosen = fill(*reference.choices[*key.choice].value, instance);
    if (!chosen) return pass(chosen.error());
    wanted.push_back(values.find(*chosen));
  }
  const auto found = instances_->find(wanted);
  if (found != instances_->end()) return &found->second;
  std::string missing;
  for (std::size_t i = 0; i < keys_.size(); ++i)
    missing +=
        (i ? "," : "") +
        (keys_[i].choice ? reference.choices[*keys_[i].choice].key : from.keys[keys_[i].from]) +
        "=" + (wanted[i] == Values::none ? "?" : quote_value(values[wanted[i]]));
  return fail(ErrorKind::invalid,
              "\"" + one_line(reference.spelled, 100) + "\": no instance of it has " +
                  one_line(missing, 200),
              "choose instances by NAME[key=value], or all by NAME[*]");
}

}  // namespace ketrew::workflow
