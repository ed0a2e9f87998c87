#include <gtest/gtest.h>

#include "app/ketrewd/conditions.hpp"

namespace ketrew::daemon {
namespace {

template <class T>
bool is(const char* verdict) {
  return std::holds_alternative<T>(event_of_verdict(Json::parse(verdict)));
}

TEST(ConditionVerdict, EachWordHasItsEvent) {
  EXPECT_TRUE(is<engine::event::ConditionHolds>(R"({"verdict": "holds"})"));
  EXPECT_TRUE(is<engine::event::ConditionFails>(R"({"verdict": "fails"})"));
  EXPECT_TRUE(is<engine::event::ConditionBroken>(R"({"verdict": "broken"})"));
  EXPECT_TRUE(is<engine::event::ConditionUnknown>(R"({"verdict": "cannot-tell"})"));
}

TEST(ConditionVerdict, WhatIsNoVerdictTellsNothing) {
  for (const char* nonsense : {"{}", "3", "null", "[]", R"({"verdict": 7})", R"({"verdict": ["holds"]})",
                               R"({"verdict": "Holds", "evidence": 3})"})
    EXPECT_TRUE(is<engine::event::ConditionUnknown>(nonsense)) << nonsense;
  EXPECT_TRUE(is<engine::event::ConditionHolds>(R"({"verdict": "holds", "evidence": [1]})"));
}

}  // namespace
}  // namespace ketrew::daemon
