// When two jobs are for the same thing.
#include <gtest/gtest.h>

#include "core/model/equivalence.hpp"

namespace ketrew {
namespace {

JobSpec with(const char* condition, const std::string& host = "/pg") {
  JobSpec spec;
  spec.host = host;
  spec.condition = condition_from_json(Json::parse(condition)).value();
  return spec;
}

TEST(Equivalence, TheConditionAndTheHostDecideNothingElse) {
  JobSpec a = with(R"({"exists": "/data/x"})"), b = a;
  b.name = "other";
  b.program.commands = {Command{"false", {}}};
  EXPECT_TRUE(equivalence_of(a));
  EXPECT_EQ(equivalence_of(a), equivalence_of(b));
  EXPECT_NE(equivalence_of(a), equivalence_of(with(R"({"exists": "/data/y"})")));
  EXPECT_NE(equivalence_of(a), equivalence_of(with(R"({"exists": "/data/x"})", "ssh://n/pg")));
}

TEST(Equivalence, NoneWithoutConditionOrWhereItIsTurnedOff) {
  JobSpec plain;
  EXPECT_FALSE(equivalence_of(plain));
  EXPECT_FALSE(has_condition(plain));
  EXPECT_FALSE(equivalence_of(with(R"("never")")));
  EXPECT_FALSE(has_condition(with(R"("never")")));
  JobSpec off = with(R"({"exists": "/data/x"})");
  off.equivalence = Equivalence::none;
  EXPECT_FALSE(equivalence_of(off));
  EXPECT_TRUE(has_condition(off));
}

// They are in databases.
TEST(Equivalence, DigestsAreTheSameForEver) {
  const ConditionDigest digest = equivalence_of(with(R"({"exists": "/data/x"})"));
  EXPECT_EQ(ConditionDigest::parse(digest.text()), digest);
  EXPECT_EQ(digest.text(), "2256388d7b729cbc6b0199e1324262e1");
  EXPECT_FALSE(ConditionDigest::parse("xyz"));
  EXPECT_FALSE(ConditionDigest::parse(std::string(32, 'g')));
}

}  // namespace
}  // namespace ketrew
