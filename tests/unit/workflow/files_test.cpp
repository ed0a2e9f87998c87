// The file itself: unknown keys, doubled names, anchors, includes, JSON.
#include "tests/unit/workflow/expand.hpp"

namespace ketrew::workflow {
namespace {

std::string from(const Folder& folder, const std::string& name) {
  const auto expanded = expand_workflow_file(folder.path() + "/" + name, settings());
  std::string text = expanded ? names_of(*expanded) : expanded.error().text();
  for (std::size_t at; (at = text.find(folder.path() + "/")) != std::string::npos;)
    text.erase(at, folder.path().size() + 1);
  return text;
}

TEST(File, UnknownKeysHaveTheNearestKnownOne) {
  EXPECT_EQ(error_of("nods: {a: {}}"),
            "w.yaml:1:1: unknown key \"nods\" in a workflow; did you mean \"nodes\"?");
  EXPECT_EQ(error_of("nodes:\n  a:\n    neds: b\n"),
            "w.yaml:3:5: unknown key \"neds\" in node \"a\"; did you mean \"needs\"?");
}

TEST(File, WhatIsNoWorkflow) {
  EXPECT_EQ(error_of(""), "w.yaml: no \"nodes\"; write nodes:, then a name for each");
  EXPECT_EQ(error_of("[a]"), "w.yaml:1:1: a workflow is a list, not a map");
  EXPECT_EQ(error_of("nodes: [a]"), "w.yaml:1:8: \"nodes\" is a list, not a map");
  EXPECT_NE(error_of("nodes: {a: [x]}").find("node \"a\" is a list, not a map"), std::string::npos);
  EXPECT_NE(error_of("nodes: {a: {").find("w.yaml:"), std::string::npos);
}

TEST(File, ANameTwice) {
  EXPECT_EQ(error_of("nodes:\n  a: {}\n  b: {}\n  a: {}\n"),
            "w.yaml:4:3: the key \"a\" is there twice; keep one of the two");
}

TEST(File, NamesThatWouldMeanSomething) {
  for (const std::string name : {"'a[b]'", "'a,b'", "'a*'", "'${x}'", "''", "'a=b'"})
    EXPECT_NE(error_of("nodes: {" + name + ": {}}").find("w.yaml:1:9: a node's name"),
              std::string::npos)
        << name;
}

TEST(File, AnchorsAndMerges) {
  const auto expanded = expand(
      "nodes:\n"
      "  a: &a {run: one, tags: [x], options: &o {cpus: 2}}\n"
      "  b: {<<: *a, run: two}\n"
      "  c: {options: {<<: [*o, {cpus: 3, mem: 4}]}}\n");
  ASSERT_TRUE(expanded) << expanded.error().text();
  EXPECT_EQ(shell_of(*expanded, "b"), "two");
  EXPECT_EQ(node_of(*expanded, "b").job.tags, (std::vector<std::string>{"x"}));
  EXPECT_EQ(node_of(*expanded, "c").job.options.dump(), R"({"cpus":2,"mem":4})");
}

TEST(File, JsonIsTheSame) {
  const auto yaml = expand(
      "name: x\nnodes: {a: {run: 'echo \"\U0001F600\"', retries: 2}, b: {needs: [a], options: {v: "
      "1.50}}}");
  const auto json = expand(
      "{\"name\":\"x\",\"nodes\":{\"a\":{\"run\":\"echo \\\"\\ud83d\\ude00\\\"\",\"retries\":2},\n"
      "\t\"b\":{\"needs\":[\"a\"],\"options\":{\"v\":1.50}}}}");
  ASSERT_TRUE(yaml) << yaml.error().text();
  ASSERT_TRUE(json) << json.error().text();
  EXPECT_EQ(to_json(yaml->workflow), to_json(json->workflow));
  EXPECT_EQ(error_of("{\n \"nodes\": {\n  \"a\": {\"neds\": [\"b\"]}}}"),
            "w.yaml:3:9: unknown key \"neds\" in node \"a\"; did you mean \"needs\"?");
}

TEST(Include, BringsNodesParamsAndDefaults) {
  Folder folder;
  folder.write("main.yaml",
               "include: [lib.yaml]\n"
               "params: {p: main}\n"
               "defaults: {tags: main, backend: m}\n"
               "nodes: {a: {needs: b, run: 'echo ${params.p}'}}\n");
  folder.write("lib.yaml",
               "params: {p: lib, q: two}\n"
               "defaults: {backend: l}\n"
               "nodes: {b: {run: 'echo ${params.p} ${params.q}'}}\n");
  const auto expanded = expand_workflow_file(folder.path() + "/main.yaml", settings());
  ASSERT_TRUE(expanded) << expanded.error().text();
  EXPECT_EQ(names_of(*expanded), "b a");
  EXPECT_EQ(shell_of(*expanded, "b"), "echo 'main' 'two'");
  EXPECT_EQ(node_of(*expanded, "b").job.backend, "l");
  EXPECT_EQ(node_of(*expanded, "b").job.tags, (std::vector<std::string>{"main"}));
  EXPECT_EQ(node_of(*expanded, "a").job.backend, "m");
  EXPECT_EQ(expanded->place(0), folder.path() + "/lib.yaml:3:9");
}

TEST(Include, Mistakes) {
  Folder folder;
  folder.write("a.yaml", "include: b.yaml\nnodes: {x: {}}\n");
  folder.write("b.yaml", "\ninclude: a.yaml\nnodes: {y: {}}\n");
  folder.write("none.yaml", "include: [absent.yaml]\nnodes: {x: {}}\n");
  folder.write("twice.yaml", "include: [leaf.yaml, ./leaf.yaml]\n");
  folder.write("leaf.yaml", "nodes: {z: {}}\n");
  folder.write("clash.yaml", "include: leaf.yaml\nnodes:\n  z: {}\n");
  folder.write("bad.yaml", "include: broken.yaml\nnodes: {z: {}}\n");
  folder.write("broken.yaml", "nodes:\n  q: {needs: z, x: 1}\n");
  folder.write("map.yaml", "include: {a: b}\nnodes: {z: {}}\n");
  EXPECT_EQ(from(folder, "a.yaml"),
            "b.yaml:2:10: files that include each other: a.yaml includes b.yaml includes a.yaml");
  EXPECT_NE(from(folder, "none.yaml").find("none.yaml:1:11: read absent.yaml: No such file"),
            std::string::npos)
      << from(folder, "none.yaml");
  EXPECT_EQ(from(folder, "twice.yaml"),
            "twice.yaml:1:22: ./leaf.yaml is included twice; its nodes are there already");
  EXPECT_EQ(from(folder, "clash.yaml"),
            "clash.yaml:3:3: there is a node \"z\" already; in leaf.yaml:1");
  EXPECT_NE(from(folder, "bad.yaml").find("broken.yaml:2:17: unknown key \"x\""), std::string::npos)
      << from(folder, "bad.yaml");
  EXPECT_NE(from(folder, "map.yaml").find("expected the name of a file"), std::string::npos);
  EXPECT_NE(from(folder, "absent.yaml").find("No such file"), std::string::npos);
}

TEST(Include, ItsDepthIsBounded) {
  Folder folder;
  for (int i = 0; i < 30; ++i)
    folder.write("f" + std::to_string(i) + ".yaml",
                 "include: f" + std::to_string(i + 1) + ".yaml\n");
  folder.write("f30.yaml", "nodes: {a: {}}\n");
  EXPECT_NE(from(folder, "f0.yaml").find("of them in each other"), std::string::npos);
}

}  // namespace
}  // namespace ketrew::workflow
