// A home whose database is the ledger itself. A thousand times faster than the real one.
#pragma once

#include "tests/simulation/sim_store.hpp"

namespace ketrew::simulation {

class ModelHome : public Home {
 public:
  Result<std::unique_ptr<SimStore>> open() override;
  bool disk_full = false;
};

}  // namespace ketrew::simulation
