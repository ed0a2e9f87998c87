// A store that breaks a rule: between the conductor and the real thing.
#pragma once

#include "tests/simulation/dice.hpp"
#include "tests/simulation/rule.hpp"
#include "tests/simulation/sim_store.hpp"

namespace ketrew::simulation {

// The store itself, where the rule is not one of a store's.
std::unique_ptr<SimStore> planted(std::unique_ptr<SimStore> store, Rule broken, Dice& dice);

}  // namespace ketrew::simulation
