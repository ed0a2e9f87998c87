#include <gtest/gtest.h>

#include "core/api/problem.hpp"
#include "tests/unit/client/fake_daemon.hpp"

namespace ketrew::client {
namespace {

const std::string flow =
    "name: f\n"
    "params: {p: \"a b\"}\n"
    "nodes:\n"
    "  first: {run: 'echo ${params.p}'}\n"
    "  then: {matrix: {x: [1, 2]}, needs: first, product: '/p/${matrix.x}'}\n";

Reply accept(const Got& got) {
  Json nodes = Json::array();
  for (const auto& node : got.body["nodes"])
    nodes.push_back({{"name", node["name"]}, {"id", an_id(static_cast<int>(nodes.size()))}});
  return json_reply({{"workflow", {{"id", "01wf"}, {"name", "f"}}}, {"nodes", nodes}}, 201);
}

TEST(SubmitWorkflow, OneRequestAndALineForEachNode) {
  FakeDaemon daemon(accept);
  const Ran ran = run_client(daemon.home(), {"submit", "-f", "-", "--param", "p=it's"}, flow);
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "first\t" + an_id(0) + "\nthen[x=1]\t" + an_id(1) + "\nthen[x=2]\t" + an_id(2) + "\n");
  EXPECT_EQ(ran.err, "workflow 01wf: 3 nodes\n");
  const auto requests = daemon.requests();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].method + " " + requests[0].target, "POST /v1/workflows");
  EXPECT_EQ(requests[0].header("Idempotency-Key").size(), 32u);
  EXPECT_EQ(requests[0].body["nodes"][0]["job"]["program"]["commands"][0]["sh"], "echo 'it'\\''s'");
  EXPECT_EQ(requests[0].body["nodes"][1]["needs"], Json({0}));
}

TEST(SubmitWorkflow, TheKeyIsTheUsers) {
  FakeDaemon daemon(accept);
  const Ran ran =
      run_client(daemon.home(), {"submit", "-f", "-", "--idempotency-key", "k1", "--json"}, flow);
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(ran.json()["workflow"]["id"], "01wf");
  EXPECT_EQ(daemon.requests().at(0).header("Idempotency-Key"), "k1");
}

TEST(SubmitWorkflow, ARefusalHasThePlaceOfItsNode) {
  FakeDaemon daemon([](const Got&) {
    Json problem = api::to_problem(
        Error{ErrorKind::invalid, "node \"then[x=2]\": no backend \"x\"", "there are: a"});
    problem["node"] = "then[x=2]";
    return json_reply(problem, 400);
  });
  for (const auto& flags : {std::vector<std::string>{}, {"--dry-run"}}) {
    std::vector<std::string> words = {"submit", "-f", "-"};
    words.insert(words.end(), flags.begin(), flags.end());
    const Ran ran = run_client(daemon.home(), words, flow);
    EXPECT_EQ(ran.exit, 1);
    EXPECT_EQ(ran.err, "ketrew: stdin:5:3: node \"then[x=2]\": no backend \"x\"; there are: a\n");
  }
}

TEST(SubmitWorkflow, DryRunShowsWhatItIs) {
  FakeDaemon daemon([](const Got& got) {
    return json_reply({{"dry_run", true}, {"workflow", got.body}});
  });
  const Ran ran = run_client(daemon.home(), {"submit", "-f", "-", "--dry-run"}, flow);
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "f: 3 nodes, 2 edges\n"
            "first  (when another node activates it)\n"
            "  runs     echo 'a b'\n"
            "then[x=1]\n"
            "  needs    first\n"
            "  runs     true\n"
            "  done if  /p/1 exists\n"
            "then[x=2]\n"
            "  needs    first\n"
            "  runs     true\n"
            "  done if  /p/2 exists\n");
  EXPECT_EQ(daemon.requests().at(0).target, "/v1/workflows?dry_run=true");
}

TEST(SubmitWorkflow, ALostAnswerNamesTheKey) {
  FakeDaemon daemon([](const Got&) { return Reply{"", true, false}; });
  const Ran ran = run_client(daemon.home(), {"submit", "-f", "-", "--idempotency-key", "k1"}, flow);
  EXPECT_EQ(ran.exit, 3);
  EXPECT_NE(ran.err.find("--idempotency-key k1"), std::string::npos) << ran.err;
}

TEST(SubmitWorkflow, UsageAndMistakesInTheFile) {
  FakeDaemon daemon(accept);
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"submit", "-f", "-", "--", "true"},
                                             {"submit", "-f", "-", "--param", "p"},
                                             {"submit", "-f", "-", "-p", "p=1", "-p", "p=2"},
                                             {"submit", "-f", "-", "-b", "x"},
                                             {"submit", "-p", "a=b", "--", "true"}})
    EXPECT_EQ(run_client(daemon.home(), words, flow).exit, 2) << words.back();
  const Ran ran = run_client(daemon.home(), {"submit", "-f", "-"}, "nodes: {a: {nees: b}}");
  EXPECT_EQ(ran.exit, 1);
  EXPECT_EQ(ran.err,
            "ketrew: stdin:1:13: unknown key \"nees\" in node \"a\"; did you mean \"needs\"?\n");
  EXPECT_TRUE(daemon.requests().empty());
}

}  // namespace
}  // namespace ketrew::client
