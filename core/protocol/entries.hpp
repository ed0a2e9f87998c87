// The answers to `update` and `kill` are lists of entries that name their job. This puts them in
// the order that was asked for. Internal to this room.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/protocol/fields.hpp"

namespace ketrew::protocol {

// Calls `take(place in asked, fields)` for the entry of each token that has exactly one, and
// `miss(place, why)` for each other token.
template <class Take, class Miss>
void match_entries(std::string_view text, std::span<const std::string> asked, Take take,
                   Miss miss) {
  const auto miss_all = [&](const std::string& why) {
    for (std::size_t i = 0; i < asked.size(); ++i) miss(i, why);
  };
  const auto fields = Fields::of(text);
  if (!fields) return miss_all("the backend's answer cannot be read: " + fields.error().text());
  const auto parts = fields->list("jobs");
  if (!parts) return miss_all("the backend's answer cannot be read: " + parts.error().text());

  enum class Seen : std::uint8_t { no, once, twice };
  std::vector<Seen> seen(asked.size(), Seen::no);
  std::unordered_map<std::string_view, std::size_t> places;  // made when the order is not ours
  const auto place_of = [&](std::size_t hint, const std::string& token) -> std::size_t {
    if (hint < asked.size() && asked[hint] == token) return hint;
    if (places.empty())
      for (std::size_t i = 0; i < asked.size(); ++i) places.emplace(asked[i], i);
    const auto at = places.find(token);
    return at == places.end() ? asked.size() : at->second;
  };
  for (std::size_t i = 0; i < parts->size(); ++i) {
    const auto entry = Fields::of((*parts)[i]);
    if (!entry) continue;
    const auto token = entry->text("id");
    if (!token) continue;
    const std::size_t place = place_of(i, *token);
    if (place == asked.size()) continue;
    if (seen[place] == Seen::no) {
      seen[place] = Seen::once;
      take(place, *entry);
    } else {
      seen[place] = Seen::twice;
    }
  }
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (seen[i] == Seen::no) miss(i, "the backend's answer has no entry for this job");
    if (seen[i] == Seen::twice) miss(i, "the backend's answer has several entries for this job");
  }
}

}  // namespace ketrew::protocol
