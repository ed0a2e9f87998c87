// Graphs and workflows, drawn.
#include <gtest/gtest.h>

#include "app/ketrew/graph_view.hpp"
#include "app/ketrew/workflow_view.hpp"

namespace ketrew::client {
namespace {

Json node(const char* name, const char* state) { return {{"id", "x"}, {"name", name}, {"state", state}}; }
Json edge(int from, int to, const char* kind) { return {{"from", from}, {"to", to}, {"kind", kind}}; }

Drawing pipeline() {
  const Json answer{{"nodes", {node("merge", "passive"), node("align[s=a]", "succeeded"),
                               node("align[s=b]", "failed"), node("mail \"b\"", "succeeded"),
                               node("prepare", "succeeded")}},
                    {"edges", {edge(1, 0, "needs"), edge(2, 0, "needs"), edge(2, 3, "on-failure"),
                               edge(4, 1, "needs"), edge(4, 2, "needs")}}};
  return drawing_from(answer).value();
}

TEST(GraphView, TextHasEachNodeAfterWhatItNeeds) {
  EXPECT_EQ(as_text(pipeline()),
            "mail \"b\"  succeeded\n"
            "prepare  succeeded\n"
            "align[s=a]  succeeded\n    needs: prepare\n"
            "align[s=b]  failed\n    needs: prepare\n    on failure: mail \"b\"\n"
            "merge  passive\n    needs: align[s=a], align[s=b]\n");
}

TEST(GraphView, WhatWasWrittenAsOneNodeIsDrawnAsOne) {
  const Drawing drawing = collapsed(pipeline());
  ASSERT_EQ(drawing.nodes.size(), 4u);
  EXPECT_EQ(drawing.lines.size(), 3u);
  const std::string text = as_text(drawing);
  EXPECT_NE(text.find("align \u00d72  1 succeeded, 1 failed\n    needs: prepare\n    on failure: mail"),
            std::string::npos)
      << text;
}

TEST(GraphView, OneInstanceKeepsItsName) {
  const Json answer{{"nodes", {node("align[s=a]", "running"), node("odd[name", "running"), node("[x]", "running")}}};
  const Drawing drawing = collapsed(drawing_from(answer).value());
  EXPECT_EQ(drawing.nodes[0].name, "align[s=a]");
  EXPECT_EQ(drawing.nodes[1].name, "odd[name");
  EXPECT_EQ(drawing.nodes[2].name, "[x]");
}

TEST(GraphView, DotAndMermaidQuoteWhatOthersWrote) {
  const std::string dot = as_dot(pipeline()), mermaid = as_mermaid(pipeline());
  EXPECT_NE(dot.find("label=\"mail \\\"b\\\"\\nsucceeded\""), std::string::npos) << dot;
  EXPECT_NE(dot.find("n2 -> n3 [style=dashed, label=\"on failure\"];"), std::string::npos) << dot;
  EXPECT_NE(mermaid.find("n3[\"mail #quot;b#quot;<br/>succeeded\"]"), std::string::npos) << mermaid;
  EXPECT_NE(mermaid.find("n1 --> n0"), std::string::npos) << mermaid;
}

TEST(GraphView, ACircleOfCollapsedNodesIsDrawnToo) {
  const Json answer{{"nodes", {node("a[1]", "passive"), node("b[1]", "passive"), node("a[2]", "passive"),
                               node("b[2]", "passive")}},
                    {"edges", {edge(0, 1, "needs"), edge(1, 2, "needs"), edge(2, 3, "needs")}}};
  const std::string text = as_text(collapsed(drawing_from(answer).value()));
  EXPECT_NE(text.find("a \u00d72"), std::string::npos);
  EXPECT_NE(text.find("b \u00d72"), std::string::npos);
}

TEST(GraphView, WhatIsNoGraphIsAnError) {
  EXPECT_FALSE(drawing_from(Json{{"nodes", {node("a", "no-state")}}}));
  EXPECT_FALSE(drawing_from(Json{{"nodes", {node("a", "passive")}}, {"edges", {edge(0, 1, "needs")}}}));
  EXPECT_FALSE(drawing_from(Json{{"nodes", {node("a", "passive")}}, {"edges", {edge(0, 0, "likes")}}}));
}

Json standing(int jobs, int unfinished, int failed, Json totals) {
  return {{"id", "01x"}, {"name", "nightly"}, {"jobs", jobs}, {"unfinished", unfinished},
          {"failed", failed}, {"never_needed", 0}, {"totals", std::move(totals)}};
}

TEST(WorkflowView, TheBarHasAPlaceForWhatThereIs) {
  EXPECT_EQ(workflow_bar(standing(100, 100, 0, Json::object()), 10), "[          ]");
  EXPECT_EQ(workflow_bar(standing(100, 50, 0, {{"running", 1}}), 10), "[=====-    ]");
  EXPECT_EQ(workflow_bar(standing(1000, 0, 1, Json::object()), 10), "[=========x]");
  EXPECT_EQ(workflow_bar(standing(3, 0, 0, Json::object()), 10), "[==========]");
  EXPECT_EQ(workflow_bar(standing(0, 0, 0, Json::object()), 4), "[    ]");
  EXPECT_EQ(workflow_bar(Json::object(), 4), "[    ]");
}

TEST(WorkflowView, ALineEach) {
  const std::string text = workflow_table({standing(4, 1, 1, {{"succeeded", 2}, {"failed", 1}, {"running", 1}})}, 0, false);
  EXPECT_NE(text.find("nightly"), std::string::npos);
  EXPECT_NE(text.find("3/4"), std::string::npos) << text;
}

}  // namespace
}  // namespace ketrew::client
