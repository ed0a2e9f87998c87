// `inventory`: which attempts a backend has on a host, whether the daemon knows of them or not.
// Optional: a backend that has it says so in its capabilities.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/protocol/find.hpp"

namespace ketrew::protocol {

struct InventoryParams {
  std::string host;
  bool operator==(const InventoryParams&) const = default;
};

// Those that wait or run, of this user; one that has ended is not there. Of a healthy answer only.
struct Held {
  std::vector<std::string> tokens;
  bool operator==(const Held&) const = default;
};
using Inventory = std::variant<Held, CannotTell>;

std::string to_text(const InventoryParams& params);
Result<InventoryParams> inventory_params_from(std::string_view text);

std::string inventory_to_text(const Inventory& inventory);
// Whatever cannot be read is `CannotTell`; what is no token is left out.
Inventory inventory_from(std::string_view text);

}  // namespace ketrew::protocol
