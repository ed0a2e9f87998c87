// That the simulation bites: each of its rules, broken, is noticed within a stated number of seeds.
#include <gtest/gtest.h>

#include <iostream>
#include <set>

#include "tests/simulation/seeds.hpp"

namespace ketrew::simulation {
namespace {

struct Planted {
  Rule rule;
  bool real_store;  // where only the real one has it
  std::uint64_t within;
};

const Planted all_planted[] = {
    {Rule::intent_before_effect, false, 100},
    {Rule::ack_after_commit, false, 300},
    {Rule::commits_are_synced, true, 300},
    {Rule::claim_before_run, false, 300},
    {Rule::fence_by_restart_count, false, 300},
    {Rule::token_reused, false, 1'000},
    {Rule::absence_needs_a_lag, false, 1'000},
    {Rule::find_before_restart, false, 100},
    {Rule::gone_needs_a_grace, false, 100},
    {Rule::cannot_tell_is_no_news, false, 300},
    {Rule::failure_needs_proof, false, 100},
    {Rule::old_answers_are_dropped, false, 1'000},
    {Rule::final_is_final, false, 100},
    {Rule::kill_is_kept, false, 1'000},
    {Rule::kill_ends_retries, false, 1'000},
    {Rule::pause_holds, false, 300},
    {Rule::same_key_same_job, false, 100},
    {Rule::epoch_is_checked, true, 1'000},
    {Rule::history_is_whole, false, 100},
    {Rule::totals_are_true, true, 100},
    {Rule::changes_are_stored, false, 100},
    {Rule::timers_ring, false, 100},
};

TEST(Planted, EachBrokenRuleIsNoticed) {
  std::set<Rule> seen;
  for (const Planted& planted : all_planted) {
    seen.insert(planted.rule);
    std::string noticed;
    std::uint64_t seed = 0;
    while (noticed.empty() && seed < planted.within) noticed = run_planted(++seed, planted.rule, planted.real_store);
    EXPECT_NE(noticed, "") << "broken, and not noticed within " << planted.within << " seeds: "
                           << to_string(planted.rule);
    std::cout << "not \"" << to_string(planted.rule) << "\": noticed after " << seed << " of at most "
              << planted.within << " seeds: " << noticed << "\n";
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(Rule::count_) - 1) << "a rule is never broken";
}

}  // namespace
}  // namespace ketrew::simulation
