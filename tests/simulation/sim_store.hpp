// A store that does nothing by itself: it writes when it is told to, and what it wrote is told to the
// ledger. Behind it is a model (fast) or the real thing.
#pragma once

#include <deque>
#include <memory>

#include "core/store/store.hpp"
#include "tests/simulation/ledger.hpp"

namespace ketrew::simulation {

class SimStore : public store::Store {
 public:
  // Something is queued, or it is to be found out whether writing works again.
  virtual bool wants_to_write() const = 0;
  // One group. More than zero: it failed, and may be tried again after so long.
  virtual Milliseconds write() = 0;
  // It writes no more: another daemon has the database, or it is damaged.
  virtual bool dead() const { return false; }
  virtual void checkpoint() {}
  // Nobody is told anything any more: the process that had it is gone.
  virtual void abandon() = 0;

  void backup(std::string, std::function<void(Result<>)> done) override {
    done(fail(ErrorKind::unavailable, "not simulated"));
  }
  void archive(Wall, std::optional<filter::Filter>, std::string,
               std::function<void(Result<std::int64_t>)> done) override {
    done(fail(ErrorKind::unavailable, "not simulated"));
  }
};

// What outlives the daemons: the database, and what is known to be in it.
class Home {
 public:
  virtual ~Home() = default;
  // As a daemon does it when it starts. An error: it does not come up now.
  virtual Result<std::unique_ptr<SimStore>> open() = 0;
  // Before the last store of a dying process is destroyed: nothing that this does has an effect.
  virtual void stop() {}
  // After it: what the crash left. `power`: the machine went with it.
  virtual void crashed(bool power) { (void)power; }
  // "" or where the database is not what the ledger has.
  virtual std::string compare() { return ""; }

  Ledger ledger;
  Ledger::Watch watch;
};

}  // namespace ketrew::simulation
