// `check`: whether a backend can work here; and `changed`, which a backend sends unasked.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/protocol/raw_json.hpp"

namespace ketrew::protocol {

enum class CheckLevel : std::uint8_t { ok, warning, error };

struct CheckEntry {
  std::string name;
  CheckLevel level = CheckLevel::ok;
  std::string message;
  bool operator==(const CheckEntry&) const = default;
};

std::string_view to_string(CheckLevel level);
std::string checks_to_text(const std::vector<CheckEntry>& checks);
// An unknown level is an error; an entry without a name is refused.
Result<std::vector<CheckEntry>> checks_from(std::string_view text);

std::string changed_to_text(std::span<const std::string> tokens);
Result<std::vector<std::string>> changed_from(std::string_view text);

}  // namespace ketrew::protocol
