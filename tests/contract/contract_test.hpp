// What the tests of the contract share: a backend that was initialized, and jobs for it.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/id.hpp"
#include "tests/contract/backend_process.hpp"
#include "tests/contract/settings.hpp"

namespace ketrew::contract {

class ContractTest : public testing::Test {
 protected:
  ContractTest();
  void SetUp() override;

  static Json initialize_params();
  // A new process that was initialized.
  static BackendProcess fresh();

  static std::string new_token();
  Json start_params(const std::string& token, const std::string& shell_text) const;
  // Starts it; the state, or null where it was not started (a failed test).
  Json start(const std::string& token, const std::string& shell_text);
  Json jobs_params(const std::vector<std::pair<std::string, Json>>& jobs) const;
  // One update of one job: its entry. `state` becomes the new one, if there is one.
  Json update(const std::string& token, Json& state);
  // Updates until it ended; the last entry.
  Json update_until_ended(const std::string& token, Json& state);
  // `find`, asked again while it says `absent` and `until` has not come: an accepted job may stay
  // out of sight for as long as the backend's `visibility_lag_ms` says.
  Json find(const std::string& token, Mono until = {});
  Milliseconds visibility_lag() const { return visibility_lag_; }
  Json question(const std::string& token, const Json& state) const {
    return {{"id", token}, {"state", state}, {"host", host_}};
  }

  std::string host_;
  BackendProcess backend_;

 private:
  Milliseconds visibility_lag_{0};
};

// "started", "ended", ...: the text under `key`, or "".
std::string word(const Json& object, const char* key);

}  // namespace ketrew::contract
