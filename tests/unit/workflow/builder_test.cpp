// <ketrew/workflow.hpp> writes what the reader takes.
#include <sstream>

#include "backends/sdk/ketrew/workflow.hpp"
#include "tests/unit/workflow/expand.hpp"

namespace ketrew::workflow {
namespace {

TEST(Builder, SaysAllThatAFileCan) {
  flow::Builder built("all");
  built.defaults()
      .backend("slurm")
      .option("cpus", 2)
      .option("queue", "q")
      .tag("t")
      .retries(2)
      .host("cluster");
  auto& index = built.node("index").sh("make \"index\"\n").exec({"ls", "", "a b"}).product("/i");
  built.node("align")
      .matrix("s", {"a", "b c"})
      .needs(index)
      .on_success("next")
      .on_failure("cry")
      .sh("align ${matrix.s}")
      .done_when(flow::DoneWhen::all({flow::DoneWhen::exists("/x/${matrix.s}"),
                                      flow::DoneWhen::larger_than("/y", 7),
                                      flow::DoneWhen::command("t", 3)}))
      .retries("exit", 1)
      .retries("out-of-memory", 2, {{"memory", "x1.5"}})
      .timeout("90s")
      .no_equivalence()
      .option("ratio", 3L)
      .option("exclusive", true)
      .metadata("owner", "me")
      .environment("A", "b")
      .directory("/d")
      .tag("u");
  built.node("next").active(true).done_when(flow::DoneWhen::never());
  built.node("cry").backend("daemonize");
  std::ostringstream text;
  text << built;
  const auto made = expand(text.str());
  const auto written = expand(R"(
name: all
defaults: {backend: slurm, options: {cpus: 2, queue: q}, tags: t, retries: 2, host: cluster}
nodes:
  index: {run: ["make \"index\"\n", {exec: [ls, "", a b]}], product: /i}
  align:
    matrix: {s: [a, b c]}
    needs: index
    on_success: next
    on_failure: cry
    run: ['align ${matrix.s}']
    done_when: {all: [{exists: '/x/${matrix.s}'}, {larger_than: {path: /y, bytes: 7}}, {command: t, returns: 3}]}
    retries: {exit: 1, out-of-memory: {times: 2, memory: x1.5}}
    timeout: 90s
    equivalence: none
    options: {ratio: 3, exclusive: true}
    metadata: {owner: me}
    environment: {A: b}
    directory: /d
    tags: u
  next: {active: true, done_when: never}
  cry: {backend: daemonize}
)");
  ASSERT_TRUE(made) << made.error().text() << "\n" << text.str();
  ASSERT_TRUE(written) << written.error().text();
  EXPECT_EQ(to_json(made->workflow).dump(1), to_json(written->workflow).dump(1));
}

TEST(Builder, TextsThatAreNoVariables) {
  for (const std::string text :
       {"${params.x}", "$${a}", "$", "${", "it's", "\"\\\n\t\x01", "\xc3\xa9"}) {
    flow::Builder built;
    built.node("n").exec({"echo", flow::literal(text)}).sh("echo " + flow::shell_word(text));
    std::ostringstream json;
    built.write(json);
    const auto made = expand(json.str());
    ASSERT_TRUE(made) << made.error().text() << json.str();
    const auto& commands = node_of(*made, "n").job.program.commands;
    EXPECT_EQ(commands[0].exec[1], text);
    EXPECT_EQ(commands[1].sh,
              "echo " + (text.find('\'') == std::string::npos ? "'" + text + "'" : "'it'\\''s'"));
  }
}

}  // namespace
}  // namespace ketrew::workflow
