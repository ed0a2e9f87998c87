// Jobs outlive the process that started them, whichever way it goes.
#include "tests/contract/contract_test.hpp"

namespace ketrew::contract {
namespace {

class Outlive : public ContractTest {
 protected:
  void replace_backend() { backend_ = fresh(); }
};

TEST_F(Outlive, AKilledBackendLeavesItsJobsRunning) {
  const std::string token = new_token();
  Json state = start(token, "sleep 1; exit 7");
  backend_.kill_hard();
  backend_.wait();
  replace_backend();
  EXPECT_EQ(update_until_ended(token, state).value("exit_code", -1), 7);
}

TEST_F(Outlive, ABackendThatLeftLeavesItsJobsRunning) {
  const std::string token = new_token();
  Json state = start(token, "sleep 1; exit 8");
  backend_.result_of("shutdown", Json::object());
  backend_.wait();
  replace_backend();
  EXPECT_EQ(update_until_ended(token, state).value("exit_code", -1), 8);
}

TEST_F(Outlive, AJobIsFoundByItsTokenAlone) {
  const std::string token = new_token();
  start(token, "sleep 1; exit 9");
  backend_.kill_hard();  // as if the answer to `start` had never arrived
  backend_.wait();
  replace_backend();
  const Json found = find(token, MonoClock::now() + visibility_lag());
  ASSERT_EQ(word(found, "answer"), "found") << found;
  Json state = found["state"];
  EXPECT_EQ(update_until_ended(token, state).value("exit_code", -1), 9);
}

}  // namespace
}  // namespace ketrew::contract
