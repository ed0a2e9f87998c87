// A home with the real store (core/store but for its threads) on a disk in memory that fails.
#pragma once

#include "tests/simulation/memory_disk.hpp"
#include "tests/simulation/sim_store.hpp"

namespace ketrew::simulation {

class RealHome : public Home {
 public:
  // `from_nothing`: the database is made here, under the same faults; else it is there, and empty.
  RealHome(std::uint64_t seed, bool from_nothing);
  ~RealHome() override;

  Result<std::unique_ptr<SimStore>> open() override;
  void stop() override { disk.stop(); }
  void crashed(bool power) override;
  std::string compare() override;

  // What was being written when the last writing process died, or failed: any one of these groups
  // may be there, whole.
  struct Record;
  using Group = std::vector<std::shared_ptr<Record>>;
  std::vector<Group> in_doubt;

  // Planted: SQL that is run behind the store's back, with the next group.
  std::string tampering;

  MemoryDisk disk;

 private:
  std::string find_out();
};

}  // namespace ketrew::simulation
