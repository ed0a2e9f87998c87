// What a node's keys become: programs, products, conditions, options; and variables in them.
#include "tests/unit/workflow/expand.hpp"

namespace ketrew::workflow {
namespace {

Expanded expanded_of(const std::string& text, Params params = {}) {
  auto expanded = expand(text, std::move(params));
  EXPECT_TRUE(expanded) << expanded.error().text();
  return expanded ? std::move(*expanded) : Expanded{};
}
JobSpec job_of(const std::string& node) {
  return node_of(expanded_of("nodes: {n: " + node + "}"), "n").job;
}
std::string condition_of(const std::string& node) {
  const auto job = job_of(node);
  return job.condition ? to_json(*job.condition).dump() : "none";
}

TEST(Run, AllItsForms) {
  EXPECT_EQ(to_json(job_of("{run: make all}").program).dump(),
            R"({"commands":[{"sh":"make all"}],"directory":"/cwd"})");
  EXPECT_EQ(
      to_json(job_of("{run: [make, {exec: [ls, -l, '']}, {sh: 'a; b'}], directory: /x}").program)
          .dump(),
      R"({"commands":[{"sh":"make"},{"exec":["ls","-l",""]},{"sh":"a; b"}],"directory":"/x"})");
  EXPECT_EQ(job_of("{}").program.commands, (std::vector<Command>{{"", {"true"}}}));
}

TEST(Run, WhereItRuns) {
  EXPECT_EQ(job_of("{host: /scratch}").program.directory, "/cwd");
  EXPECT_EQ(job_of("{host: cluster}").program.directory, "");
  EXPECT_EQ(job_of("{host: 'ssh://me@there/pg'}").program.directory, "");
  EXPECT_EQ(job_of("{host: cluster, directory: /data}").program.directory, "/data");
}

TEST(Run, Mistakes) {
  EXPECT_EQ(error_of("nodes: {n: {run: []}}"), "w.yaml:1:18: \"run\" is an empty list");
  EXPECT_EQ(error_of("nodes: {n: {run: ' '}}"), "w.yaml:1:18: node \"n\": the command is empty");
  EXPECT_NE(error_of("nodes: {n: {run: {exec: []}}}").find("\"exec\" is a list"),
            std::string::npos);
  EXPECT_NE(error_of("nodes: {n: {run: {exec: ['']}}}").find("\"exec\" names no program"),
            std::string::npos);
  EXPECT_NE(error_of("nodes: {n: {run: {exec: [a], sh: b}}}").find("with \"sh\" and \"exec\""),
            std::string::npos);
  EXPECT_NE(error_of("nodes: {n: {run: {}}}").find("expected a shell text, or {exec:"),
            std::string::npos);
  EXPECT_EQ(error_of("nodes: {n: {run: {exc: [a]}}}"),
            "w.yaml:1:19: unknown key \"exc\" in a command; did you mean \"exec\"?");
  EXPECT_NE(error_of("nodes: {n: {directory: here}}").find("is no absolute path"),
            std::string::npos);
  EXPECT_NE(error_of("nodes: {n: {run: \"a\\0b\"}}").find("NUL"), std::string::npos);
}

TEST(Product, IsTheConditionAndAVariable) {
  const auto all = expanded_of(
      "nodes:\n"
      "  one: {matrix: {s: [a, b c]}, product: '/out/${matrix.s}.gz', run: 'gzip <x "
      ">${self.product}'}\n"
      "  two: {product: [/x, /y]}\n"
      "  merge:\n"
      "    needs: [one, two]\n"
      "    run: [{exec: [cat, '${nodes.one.product}', 'to=${nodes.one[s=a].product}']},\n"
      "          'cat ${nodes.one.product} ${nodes.two.product}']\n"
      "  same: {matrix: {s: [b c]}, needs: one, run: 'wc ${nodes.one.product}'}\n");
  EXPECT_EQ(to_json(*node_of(all, "one[s=a]").job.condition).dump(), R"({"exists":"/out/a.gz"})");
  EXPECT_EQ(shell_of(all, "one[s=\"b c\"]"), "gzip <x >'/out/b c.gz'");
  EXPECT_EQ(to_json(*node_of(all, "two").job.condition).dump(),
            R"({"all":[{"exists":"/x"},{"exists":"/y"}]})");
  const auto& commands = node_of(all, "merge").job.program.commands;
  ASSERT_EQ(commands.size(), 2u);
  EXPECT_EQ(commands[0].exec,
            (std::vector<std::string>{"cat", "/out/a.gz", "/out/b c.gz", "to=/out/a.gz"}));
  EXPECT_EQ(commands[1].sh, "cat '/out/a.gz' '/out/b c.gz' '/x' '/y'");
  EXPECT_EQ(shell_of(all, "same[s=\"b c\"]"), "wc '/out/b c.gz'");
}

TEST(Product, MayBeMadeOfAnother) {
  const auto all = expanded_of(
      "nodes: {b: {product: '${nodes.a.product}.gz', needs: a}, a: {product: /data/a}}");
  EXPECT_EQ(to_json(*node_of(all, "b").job.condition).dump(), R"({"exists":"/data/a.gz"})");
  EXPECT_EQ(
      error_of("nodes: {a: {product: '/${nodes.b.product}'}, b: {product: '${nodes.a.product}'}}"),
      "w.yaml:1:59: the product of \"b\" is made of itself");
}

TEST(Product, Mistakes) {
  EXPECT_EQ(
      error_of("nodes:\n  n:\n    product: out/x.gz\n"),
      "w.yaml:3:14: node \"n\": \"out/x.gz\" is no absolute path on the node's host; begin it "
      "with / or ${workflow.directory}/");
  EXPECT_NE(error_of("nodes: {n: {product: []}}").find("\"product\" is an empty list"),
            std::string::npos);
  EXPECT_NE(error_of("nodes: {n: {run: 'cat ${nodes.m.product}'}, m: {}}")
                .find("node \"m\" has no product"),
            std::string::npos);
  EXPECT_NE(error_of("nodes: {n: {run: 'cat ${self.product}'}}").find("this node has no product"),
            std::string::npos);
  EXPECT_NE(error_of("nodes: {n: {run: 'cat ${nodes.mm.product}'}, m: {product: /x}}")
                .find("no node \"mm\""),
            std::string::npos);
  EXPECT_NE(error_of("nodes: {n: {run: 'cat \"${self.product}\"', product: [/a, /b]}}")
                .find("stands for 2 paths; several words can only stand outside of quotes"),
            std::string::npos);
}

TEST(DoneWhen, AllItsForms) {
  EXPECT_EQ(condition_of("{}"), "none");
  EXPECT_EQ(condition_of("{product: /x, done_when: never}"), R"("never")");
  EXPECT_EQ(condition_of("{done_when: {exists: /x}}"), R"({"exists":"/x"})");
  EXPECT_EQ(condition_of("{done_when: {exists: [/x, /y]}}"),
            R"({"all":[{"exists":"/x"},{"exists":"/y"}]})");
  EXPECT_EQ(condition_of(
                "{product: /x, done_when: {larger_than: {path: '${self.product}', bytes: 100}}}"),
            R"({"larger_than":{"bytes":100,"path":"/x"}})");
  EXPECT_EQ(condition_of("{done_when: {command: 'gzip -t ${self.name}', returns: 3}}"),
            R"({"command":"gzip -t 'n'","returns":3})");
  EXPECT_EQ(condition_of("{done_when: {all: [{exists: /x}, {command: t}]}}"),
            R"({"all":[{"exists":"/x"},{"command":"t","returns":0}]})");
  EXPECT_EQ(job_of("{done_when: never, equivalence: none}").equivalence, Equivalence::none);
}

TEST(DoneWhen, Mistakes) {
  const auto with = [](const std::string& condition) {
    return error_of("nodes: {n: {done_when: " + condition + "}}");
  };
  EXPECT_NE(with("always").find(
                "w.yaml:1:24: a condition is the text \"always\"; expected never, {exists"),
            std::string::npos);
  EXPECT_NE(with("{exist: /x}").find("did you mean \"exists\"?"), std::string::npos);
  EXPECT_NE(with("{exists: /x, command: y}").find("several at once"), std::string::npos);
  EXPECT_NE(with("{exists: x}").find("no absolute path"), std::string::npos);
  EXPECT_NE(with("{larger_than: {path: /x}}").find("{path: /PATH, bytes: N}"), std::string::npos);
  EXPECT_NE(with("{larger_than: {path: /x, bytes: -1}}").find("{path: /PATH, bytes: N}"),
            std::string::npos);
  EXPECT_NE(with("{command: x, returns: 256}").find("from 0 to 255"), std::string::npos);
  EXPECT_NE(with("{returns: 1}").find("\"returns\" without \"command\""), std::string::npos);
  EXPECT_NE(with("{all: {exists: /x}}").find("expected a list"), std::string::npos);
  std::string deep = "{exists: /x}";
  for (int i = 0; i < 31; ++i) deep = "{all: [" + deep + "]}";
  EXPECT_NE(with(deep).find("nested"), std::string::npos);
}

TEST(Retries, ByClassWithGrowth) {
  const auto job =
      job_of("{retries: {exit: 1, out-of-memory: {times: 2, memory: x1.5}}, timeout: 1h30m}");
  EXPECT_EQ(job.retries.of(FailureClass::exit), 1);
  EXPECT_EQ(job.retries.of(FailureClass::out_of_memory), 2);
  EXPECT_EQ(job.retries.growth,
            (std::vector<Growth>{{FailureClass::out_of_memory, "memory", 1.5}}));
  EXPECT_EQ(job.timeout, Milliseconds(90 * 60'000));
  EXPECT_EQ(job_of("{retries: 3}").retries, RetryPolicy::each(3));
  EXPECT_NE(error_of("nodes: {n: {retries: {out-of-memry: 2}}}").find("w.yaml:1:22: "),
            std::string::npos);
  EXPECT_NE(error_of("nodes: {n: {timeout: 0s}}").find("w.yaml:1:22: \"timeout\" is"),
            std::string::npos);
  EXPECT_NE(error_of("nodes: {n: {timeout: soon}}").find("like 90s or 1h30m"), std::string::npos);
  EXPECT_NE(error_of("nodes: {n: {equivalence: maybe}}").find("same-condition or none"),
            std::string::npos);
}

TEST(Options, KeepTheirTypesAndVariablesTakeTheirs) {
  const auto all = expanded_of(
      "params: {q: long}\n"
      "nodes:\n"
      "  n:\n"
      "    matrix: {cpus: [8]}\n"
      "    options: {cpus: '${matrix.cpus}', mem: 4G, n: 2, b: true, q: 'q-${params.q}'}\n"
      "  m:\n"
      "    matrix: {cpus: [8]}\n"
      "    options:\n"
      "      cpus: !!str 8\n"
      "      list: [1, '${matrix.cpus}']\n"
      "      gpus: ${matrix.cpus}\n"
      "    metadata:\n"
      "      a: {b: 1}\n"
      "      c: ${matrix.cpus}\n"
      "    tags: ['x', 'c${matrix.cpus}', x]\n"
      "    environment: {A: '${matrix.cpus}', HOME: '${env.HERE}'}\n");
  EXPECT_EQ(node_of(all, "n[cpus=8]").job.options.dump(),
            R"({"b":true,"cpus":"8","mem":"4G","n":2,"q":"q-long"})");
  EXPECT_EQ(node_of(all, "m[cpus=8]").job.options.dump(),
            R"({"cpus":"8","gpus":8,"list":[1,"8"]})");
  EXPECT_EQ(node_of(all, "m[cpus=8]").job.metadata.dump(), R"({"a":{"b":1},"c":8})");
  EXPECT_EQ(node_of(all, "m[cpus=8]").job.tags, (std::vector<std::string>{"x", "c8"}));
  EXPECT_EQ(node_of(all, "m[cpus=8]").job.program.environment,
            (std::map<std::string, std::string>{{"A", "8"}, {"HOME", "it's here"}}));
}

TEST(Defaults, TheNodesOwnCounts) {
  const auto all = expanded_of(
      "defaults: {backend: slurm, options: {cpus: 1, queue: q}, tags: d, metadata: {a: 1},\n"
      "           environment: {A: 1, B: 2}, retries: 2, timeout: 1m, host: cluster}\n"
      "nodes:\n"
      "  n: {options: {cpus: 4}, tags: n, metadata: {b: 2}, environment: {A: 9}, retries: 0}\n"
      "  other: {backend: daemonize, options: {x: 1}}\n"
      "  same: {backend: slurm, options: {x: 1}}\n");
  const auto& job = node_of(all, "n").job;
  EXPECT_EQ(job.backend, "slurm");
  EXPECT_EQ(job.host, "cluster");
  EXPECT_EQ(job.options.dump(), R"({"cpus":4,"queue":"q"})");
  EXPECT_EQ(job.tags, (std::vector<std::string>{"n", "d"}));
  EXPECT_EQ(job.metadata.dump(), R"({"a":1,"b":2})");
  EXPECT_EQ(job.program.environment, (std::map<std::string, std::string>{{"A", "9"}, {"B", "2"}}));
  EXPECT_EQ(job.retries, RetryPolicy{});
  EXPECT_EQ(job.timeout, Milliseconds(60'000));
  EXPECT_EQ(node_of(all, "other").job.options.dump(), R"({"x":1})");
  EXPECT_EQ(node_of(all, "same").job.options.dump(), R"({"cpus":1,"queue":"q","x":1})");
  const auto any = expanded_of("defaults: {options: {cpus: 1}}\nnodes: {n: {backend: slurm}}");
  EXPECT_EQ(node_of(any, "n").job.options.dump(), R"({"cpus":1})");
  EXPECT_EQ(
      error_of("defaults: {run: x}\nnodes: {n: {}}"),
      "w.yaml:1:12: unknown key \"run\" in \"defaults\"; known: backend, host, directory, options, "
      "metadata, tags, environment, retries, timeout, equivalence");
}

TEST(Variables, ParametersAndTheirDefaults) {
  const std::string text =
      "params: {a: 1.10, b: 'x y', c: }\nnodes: {n: {run: 'echo ${params.a} ${params.b} "
      "${params.c}'}}";
  EXPECT_EQ(shell_of(expanded_of(text, {{"c", "it's"}, {"a", "2"}}), "n"),
            "echo '2' 'x y' 'it'\\''s'");
  EXPECT_EQ(error_of(text),
            "w.yaml:1:29: the parameter \"c\" has no value; give it one: --param c=VALUE");
  EXPECT_EQ(error_of("params: {sample: x}\nnodes: {n: {}}", {{"smple", "y"}}),
            "w.yaml: unknown parameter \"smple\"; did you mean \"sample\"?");
  EXPECT_EQ(error_of("params: {a: [1]}\nnodes: {n: {}}"),
            "w.yaml:1:13: a parameter is a list; expected a text: its default; or nothing, if it "
            "has to be given");
}

TEST(Variables, OfTheWorkflow) {
  const auto all = expanded_of(
      "name: flow\nnodes: {n: {run: 'echo ${workflow.name} ${self.name}', product: "
      "'${workflow.directory}/x'}}");
  EXPECT_EQ(shell_of(all, "n"), "echo 'flow' 'n'");
  EXPECT_EQ(to_json(*node_of(all, "n").job.condition).dump(), R"({"exists":"/flows/x"})");
}

TEST(Variables, ThatAreMissing) {
  EXPECT_EQ(error_of("nodes:\n  n:\n    run: |\n      echo a\n      echo ${matrix.x}\n"),
            "w.yaml:3:10: unknown variable ${matrix.x}; this node has no matrix");
  EXPECT_EQ(error_of("nodes: {n: {matrix: {sample: [a]}, run: 'echo ${matrix.smple}'}}"),
            "w.yaml:1:41: unknown variable ${matrix.smple}; did you mean \"sample\"?");
  EXPECT_EQ(error_of("nodes: {n: {run: 'echo ${params.x}'}}"),
            "w.yaml:1:18: unknown variable ${params.x}; declare it in `params:`");
  EXPECT_EQ(error_of("nodes: {n: {run: 'echo ${env.THERE}'}}"),
            "w.yaml:1:18: ${env.THERE}: $THERE is not set; set it where the file is read, or use a "
            "parameter with a default");
  EXPECT_NE(error_of("nodes: {n: {run: 'echo ${martix.x}'}}").find("did you mean \"matrix\"?"),
            std::string::npos);
  EXPECT_NE(error_of("nodes: {n: {product: '/x/${y}'}}").find("unknown variable ${y}"),
            std::string::npos);
  EXPECT_NE(error_of("nodes: {n: {product: '/x/${params.y'}}").find("has no \"}\" at its end"),
            std::string::npos);
  EXPECT_NE(error_of("nodes: {n: {product: '/x/${workflow.name:raw}'}}")
                .find("raw where no shell reads it"),
            std::string::npos);
}

TEST(Variables, InTheNamesOfBackendsAndHosts) {
  const auto all = expanded_of(
      "nodes: {n: {matrix: {h: [one, two]}, host: 'node-${matrix.h}', backend: 'b-${matrix.h}'}}");
  EXPECT_EQ(node_of(all, "n[h=two]").job.host, "node-two");
  EXPECT_EQ(node_of(all, "n[h=two]").job.backend, "b-two");
  EXPECT_NE(error_of("nodes: {n: {host: 'http://x/y'}}").find("w.yaml:1:19: node \"n\": "),
            std::string::npos);
}

}  // namespace
}  // namespace ketrew::workflow
