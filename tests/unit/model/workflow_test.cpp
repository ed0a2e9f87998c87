// What makes a workflow impossible, and how that is said.
#include "core/model/workflow.hpp"

#include <gtest/gtest.h>

namespace ketrew {
namespace {

Workflow chain(std::size_t length) {
  Workflow workflow;
  workflow.nodes.resize(length);
  for (std::size_t i = 0; i < length; ++i) {
    workflow.nodes[i].name = "n" + std::to_string(i);
    workflow.nodes[i].job.program.commands = {Command{"true", {}}};
    if (i) workflow.nodes[i].needs = {static_cast<NodeIndex>(i - 1)};
  }
  return workflow;
}

TEST(Workflow, ACycleIsNamedNodeByNode) {
  Workflow workflow = chain(5);
  EXPECT_TRUE(check_workflow(workflow).has_value());
  workflow.nodes[1].needs.push_back(3);
  EXPECT_EQ(check_workflow(workflow).error().what,
            "a cycle: n1 needs n3, n3 needs n2, n2 needs n1");
  workflow.nodes[1].needs = {1};
  EXPECT_EQ(check_workflow(workflow).error().what, "a cycle: n1 needs n1");
}

TEST(Workflow, ALongCycleIsFoundWithoutRecursionAndToldInShort) {
  Workflow workflow = chain(300'000);
  EXPECT_TRUE(find_cycle(workflow).empty());
  workflow.nodes[0].needs = {299'999};
  EXPECT_EQ(find_cycle(workflow).size(), 300'000u);
  const std::string told = check_workflow(workflow).error().what;
  EXPECT_LT(told.size(), 1000u);
  EXPECT_NE(told.find("and 299970 more"), std::string::npos) << told;
}

TEST(Workflow, ActivationMayGoInCircles) {
  Workflow workflow = chain(2);
  workflow.nodes[0].on_success = {1};
  workflow.nodes[0].on_failure = {0};
  workflow.nodes[1].on_failure = {0};
  EXPECT_TRUE(check_workflow(workflow).has_value());
}

TEST(Workflow, WhatIsRefused) {
  const auto what = [](const char* text) {
    const auto workflow = workflow_from_json(Json::parse(text));
    return workflow ? "accepted" : workflow.error().text();
  };
  const auto has = [&](const char* text, const char* part) {
    EXPECT_NE(what(text).find(part), std::string::npos) << what(text);
  };
  has(R"([])", "not an object");
  has(R"({})", "\"nodes\"");
  has(R"({"nodes": []})", "nothing to submit");
  has(R"({"nodes": [], "nam": "x"})", "did you mean \"name\"?");
  has(R"({"nodes": [1]})", "nodes[0] is not an object");
  has(R"({"nodes": [{"job": {"program": {"sh": "x"}}}]})", "nodes[0] has no name");
  has(R"({"nodes": [{"name": "a"}]})", "node \"a\": it has no \"job\"");
  has(R"({"nodes": [{"name": "a", "job": {}}]})", "node \"a\": a job without a program");
  has(R"({"nodes": [{"name": "a", "job": {"program": {"sh": "x"}}, "need": []}]})",
      "did you mean \"needs\"?");
  has(R"({"nodes": [{"name": "a", "job": {"program": {"sh": "x"}}, "needs": [1]}]})",
      "no place in \"nodes\"");
  has(R"({"nodes": [{"name": "a", "job": {"program": {"sh": "x"}}, "needs": [-1]}]})",
      "no place in \"nodes\"");
  has(R"({"nodes": [{"name": "a", "job": {"program": {"sh": "x"}}, "active": 1}]})",
      "\"active\" is not true or false");
  has(R"({"nodes": [{"name": "a", "job": {"program": {"sh": "x"}}, "matrix": {"of": "a"}}]})",
      "\"matrix\" is not");
  has(R"({"nodes": [{"name": "a", "job": {"program": {"sh": "x"}}, "on_success": [0, 0]}]})",
      "names \"a\" twice");
  has(R"({"nodes": [{"name": "a", "job": {"program": {"sh": "x"}}},
                    {"name": "a", "job": {"program": {"sh": "x"}}}]})",
      "two nodes are called \"a\"");
}

TEST(Workflow, AJobWithoutANameHasThatOfItsNode) {
  const auto workflow = workflow_from_json(Json::parse(
      R"({"nodes": [{"name": "a", "job": {"program": {"sh": "x"}}},
                    {"name": "b", "job": {"program": {"sh": "x"}, "name": "other"}}]})"));
  ASSERT_TRUE(workflow.has_value());
  EXPECT_EQ(workflow->nodes[0].job.name, "a");
  EXPECT_EQ(workflow->nodes[1].job.name, "other");
}

}  // namespace
}  // namespace ketrew
