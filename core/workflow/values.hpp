// The values of matrices: each text once, known by a number that is equal where the text is.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ketrew::workflow {

using ValueId = std::uint32_t;

class Values {
 public:
  static constexpr ValueId none = ~ValueId{0};  // the number that no text has

  ValueId add(std::string_view text);
  ValueId find(std::string_view text) const;
  const std::string& operator[](ValueId id) const { return texts_[id]; }

 private:
  std::deque<std::string> texts_;  // stays where it is: the map points into it
  std::unordered_map<std::string_view, ValueId> ids_;
};

// Several values as one key of a hash table.
struct ValuesHash {
  std::size_t operator()(const std::vector<ValueId>& key) const noexcept {
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const ValueId id : key) hash = (hash ^ id) * 0x100000001b3u;
    return hash ^ (hash >> 29);
  }
};

}  // namespace ketrew::workflow
