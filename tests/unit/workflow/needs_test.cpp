// Edges: which instances a name stands for, and who is active.
#include "tests/unit/workflow/expand.hpp"

namespace ketrew::workflow {
namespace {

Expanded expanded_of(const std::string& text) {
  auto expanded = expand(text);
  EXPECT_TRUE(expanded) << expanded.error().text();
  return expanded ? std::move(*expanded) : Expanded{};
}

const std::string samples = "  align: {matrix: {sample: [a, b], lane: [1, 2]}}\n";

TEST(Needs, ANameOrAList) {
  const auto all = expanded_of("nodes: {x: {}, y: {needs: x}, z: {needs: [x, y, x]}}");
  EXPECT_EQ(needs_of(all, "y"), "x");
  EXPECT_EQ(needs_of(all, "z"), "x y");
}

TEST(Needs, WithoutAMatrixAllInstances) {
  EXPECT_EQ(needs_of(expanded_of("nodes:\n" + samples + "  merge: {needs: align}\n"), "merge"),
            "align[sample=a,lane=1] align[sample=a,lane=2] align[sample=b,lane=1] "
            "align[sample=b,lane=2]");
}

TEST(Needs, KeysInCommonAreEqual) {
  const auto all =
      expanded_of("nodes:\n" + samples + "  sort: {matrix: {sample: [b, a]}, needs: align}\n");
  EXPECT_EQ(needs_of(all, "sort[sample=a]"), "align[sample=a,lane=1] align[sample=a,lane=2]");
  EXPECT_EQ(needs_of(all, "sort[sample=b]"), "align[sample=b,lane=1] align[sample=b,lane=2]");
  const auto one = expanded_of("nodes:\n" + samples +
                               "  s: {matrix: {lane: [2], sample: [b], x: [q]}, needs: align}\n");
  EXPECT_EQ(needs_of(one, "s[lane=2,sample=b,x=q]"), "align[sample=b,lane=2]");
}

TEST(Needs, ChosenInstances) {
  const auto all = expanded_of(
      "nodes:\n" + samples +
      "  one: {needs: \"align[sample=a,lane=2]\"}\n"
      "  some: {needs: [\"align[sample=b]\"]}\n"
      "  star: {matrix: {sample: [a]}, needs: \"align[sample=*,lane=1]\"}\n"
      "  each: {matrix: {sample: [a]}, needs: \"align[*]\"}\n"
      "  var: {matrix: {control: [b]}, needs: \"align[sample=${matrix.control},lane=1]\"}\n"
      "  quoted: {needs: \"odd[v=\\\"a b\\\"]\"}\n"
      "  odd: {matrix: {v: [a b, c]}}\n");
  EXPECT_EQ(needs_of(all, "one"), "align[sample=a,lane=2]");
  EXPECT_EQ(needs_of(all, "some"), "align[sample=b,lane=1] align[sample=b,lane=2]");
  EXPECT_EQ(needs_of(all, "star[sample=a]"), "align[sample=a,lane=1] align[sample=b,lane=1]");
  EXPECT_EQ(node_of(all, "each[sample=a]").needs.size(), 4u);
  EXPECT_EQ(needs_of(all, "var[control=b]"), "align[sample=b,lane=1]");
  EXPECT_EQ(needs_of(all, "quoted"), "odd[v=\"a b\"]");
}

TEST(Needs, AChoiceThatFitsNoInstance) {
  EXPECT_EQ(error_of("nodes:\n" + samples + "  m: {needs: \"align[sample=c]\"}\n"),
            "w.yaml:3:14: node \"m\": \"align[sample=c]\": no instance of it has sample=?; choose "
            "instances by NAME[key=value], or all by NAME[*]");
  EXPECT_NE(
      error_of("nodes:\n" + samples + "  m: {matrix: {sample: [a, z]}, needs: align}\n")
          .find("w.yaml:3:40: node \"m[sample=z]\": \"align\": no instance of it has sample=z"),
      std::string::npos);
  EXPECT_EQ(error_of("nodes:\n" + samples + "  m: {needs: \"align[smple=a]\"}\n"),
            "w.yaml:3:14: node \"align\" has no matrix key \"smple\"; did you mean \"sample\"?");
  EXPECT_NE(error_of("nodes: {a: {}, b: {needs: \"a[x=1]\"}}").find("it has no matrix"),
            std::string::npos);
}

TEST(Needs, UnknownAndMalformedNames) {
  EXPECT_EQ(error_of("nodes:\n  align: {}\n  merge:\n    needs: [algin]\n"),
            "w.yaml:4:13: there is no node \"algin\"; did you mean \"align\"?");
  EXPECT_EQ(error_of("nodes:\n  align: {}\n  merge:\n    on_failure: complain\n"),
            "w.yaml:4:17: there is no node \"complain\"; there are: align, merge");
  for (const std::string name :
       {"a[", "a[]", "a[x]", "a[x=1", "a[x=1]b", "[x=1]", "a[x=1,x=2]", "a[x=\\\"1]"})
    EXPECT_NE(error_of("nodes: {a: {}, b: {needs: \"" + name + "\"}}").find("names no node"),
              std::string::npos)
        << name;
  EXPECT_NE(error_of("nodes: {a: {needs: {b: c}}}").find("expected names of nodes"),
            std::string::npos);
}

TEST(Needs, ACycleIsNamedNodeByNode) {
  EXPECT_EQ(error_of("nodes:\n  a: {needs: b}\n  b: {needs: c}\n  c: {needs: a}\n"),
            "w.yaml:2:3: a cycle: a needs b, b needs c, c needs a; remove one of these");
  EXPECT_EQ(error_of("nodes: {x: {}, a: {needs: a}}"),
            "w.yaml:1:16: a cycle: a needs a; remove one of these");
  EXPECT_NE(
      error_of("nodes: {a: {matrix: {s: [1]}, needs: \"b[*]\"}, b: {matrix: {s: [1]}, needs: a}}")
          .find("a cycle: a[s=1] needs b[s=1], b[s=1] needs a[s=1]"),
      std::string::npos);
}

TEST(Needs, TooManyEdges) {
  std::string list;
  for (int i = 0; i < 4000; ++i) list += std::to_string(i) + ",";
  EXPECT_NE(error_of("nodes:\n  a: {matrix: {x: [" + list + "]}}\n  b: {matrix: {y: [" + list +
                     "]}, needs: a}\n")
                .find("more than 10000000 edges in one workflow; let a node without work stand"),
            std::string::npos);
}

TEST(Active, WhatNobodyActivatesUnlessItSays) {
  const auto all = expanded_of(
      "nodes:\n"
      "  index: {}\n"
      "  align: {matrix: {s: [a, b]}, needs: index, on_failure: complain, on_success: next}\n"
      "  merge: {needs: \"align[s=a]\"}\n"
      "  complain: {}\n"
      "  next: {active: true}\n"
      "  spare: {active: false}\n");
  EXPECT_FALSE(node_of(all, "index").active);
  EXPECT_FALSE(node_of(all, "align[s=a]").active);
  EXPECT_TRUE(node_of(all, "align[s=b]").active);
  EXPECT_TRUE(node_of(all, "merge").active);
  EXPECT_FALSE(node_of(all, "complain").active);
  EXPECT_TRUE(node_of(all, "next").active);
  EXPECT_FALSE(node_of(all, "spare").active);
  const auto complain = node_of(all, "align[s=b]").on_failure;
  ASSERT_EQ(complain.size(), 1u);
  EXPECT_EQ(all.workflow.nodes[complain[0]].name, "complain");
}

TEST(Active, AWorkflowOfWhichNothingWouldRun) {
  EXPECT_NE(error_of("nodes: {a: {on_success: b}, b: {on_success: a}}").find("no node is active"),
            std::string::npos);
}

TEST(Expanded, KnowsWhereANodeWasDeclared) {
  const auto all = expanded_of("nodes:\n  a: {}\n" + samples);
  EXPECT_EQ(all.place(0), "w.yaml:2:3");
  EXPECT_EQ(all.place(4), "w.yaml:3:3");
  EXPECT_EQ(all.declared.size(), 2u);
}

TEST(Expanded, KnowsWhereAnOptionWasWritten) {
  const auto all = expanded_of(
      "defaults:\n  backend: mock\n  options: {cpus: 2, a/b: 1}\n"
      "nodes:\n  a:\n    host: /x\n    options:\n      memory: 1G\n      cpus: 4\n  b: {}\n");
  EXPECT_EQ(all.place(0, "/options/memory"), "w.yaml:8:7");
  EXPECT_EQ(all.place(0, "/options/cpus"), "w.yaml:9:7");
  EXPECT_EQ(all.place(0, "/options/a~1b"), "w.yaml:3:22");
  EXPECT_EQ(all.place(0, "/host"), "w.yaml:6:11");
  EXPECT_EQ(all.place(0, "/backend"), "w.yaml:2:12");
  EXPECT_EQ(all.place(1, "/options/cpus"), "w.yaml:3:13");
  EXPECT_EQ(all.place(1, "/host"), "w.yaml:10:3") << "it has none: the node";
}

}  // namespace
}  // namespace ketrew::workflow
