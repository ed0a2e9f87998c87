"""ketrew submit -f: what it prints, what it refuses, and where."""

import json
import os

from flow import ENGINE, FlowTest, main, read, wait_for

DIAMOND = """
name: diamond
params: {text: "a b"}
nodes:
  top: {run: 'echo top >>log'}
  left: {needs: top, run: 'echo left ${params.text} >>log'}
  right: {needs: top, run: {exec: [sh, -c, 'echo right "$1" >>log', sh, "${params.text}"]}}
  bottom: {needs: [left, right], run: 'echo bottom >>log'}
"""


class Submit(FlowTest):
    def test_it_runs_in_order_where_the_client_is(self):
        home = self.home()
        file = self.write(home, "w.yaml", DIAMOND)
        folder = home.file("here")
        os.mkdir(folder)
        nodes = self.submit(home, file, "--param", "text=it's; $(x)", cwd=folder)
        self.assertEqual(list(nodes), ["top", "left", "right", "bottom"])
        self.assertEqual(set(self.states(home, nodes).values()), {"succeeded"})
        lines = read(os.path.join(folder, "log")).splitlines()
        self.assertEqual((lines[0], lines[3]), ("top", "bottom"))
        self.assertEqual(sorted(lines[1:3]), ["left it's; $(x)", "right it's; $(x)"])

    def test_from_stdin_as_json_and_waited_for(self):
        home = self.home()
        document = {"nodes": {"a": {"run": "true"}, "b": {"needs": "a", "run": "exit 3"}}}
        done = home.ketrew("submit", "-f", "-", "--wait", input=json.dumps(document).encode())
        self.assertEqual(done.code, 1, done)
        document["nodes"]["b"]["run"] = "true"
        done = home.ketrew("submit", "-f", "-", "--wait", input=json.dumps(document).encode())
        self.assertEqual(done.code, 0, done)

    def test_a_repeat_with_the_same_key_is_the_same_workflow(self):
        home = self.home()
        file = self.write(home, "w.yaml", DIAMOND)
        first = self.submit(home, file, "--idempotency-key", "once")
        self.assertEqual(self.submit(home, file, "--idempotency-key", "once"), first)
        self.assertEqual(len(home.list()), 4)
        done = home.ketrew("submit", "-f", file, "--idempotency-key", "once", "--param", "text=x")
        self.assert_refused(done, 1, "idempotency key")

    def test_json_is_the_daemons_answer(self):
        home = self.home()
        done = home.ketrew("submit", "-f", self.write(home, "w.yaml", DIAMOND), "--json")
        self.assertEqual(done.code, 0, done)
        self.assertEqual([node["name"] for node in done.json["nodes"]],
                         ["top", "left", "right", "bottom"])
        self.assertEqual(done.json["workflow"]["name"], "diamond")

    def test_dry_run_shows_the_graph_and_stores_nothing(self):
        home = self.home()
        file = self.write(home, "w.yaml", """
name: aligned
nodes:
  index: {run: make index, product: /data/index}
  align: {matrix: {s: [a, b]}, needs: index, run: "align ${matrix.s}\\nmore", retries: 2,
          done_when: {larger_than: {path: "/data/${matrix.s}", bytes: 10}}, on_failure: cry}
  cry: {run: {exec: [echo, two words]}}
""")
        done = home.ketrew("submit", "-f", file, "--dry-run")
        self.assertEqual((done.code, done.error), (0, ""), done)
        self.assertEqual(done.text, """\
aligned: 4 nodes, 4 edges
index  (when another node activates it)
  runs     make index
  done if  /data/index exists
align[s=a]
  needs    index
  runs     align 'a'
           more
  done if  /data/a has more than 10 bytes
  retries  2
  or else  cry
align[s=b]
  needs    index
  runs     align 'b'
           more
  done if  /data/b has more than 10 bytes
  retries  2
  or else  cry
cry  (when another node activates it)
  runs     echo 'two words'
""")
        self.assertEqual(home.list(), [])
        checked = home.ketrew("submit", "-f", file, "--dry-run", "--json").json
        self.assertTrue(checked["checked"])
        self.assertEqual(checked["workflow"]["nodes"][1]["needs"], [0])
        home.stop()
        done = home.ketrew("submit", "-f", file, "--dry-run")
        self.assertEqual(done.code, 0, done)
        self.assertIn("align[s=b]", done.text)
        self.assertIn("no daemon answers", done.error)

    def test_a_timeout_counts_from_the_start_however_rarely_is_polled(self):
        home = self.home(engine={**ENGINE, "poll_interval": "10m", "poll_interval_max": "10m"})
        file = self.write(home, "w.yaml", "nodes: {slow: {run: sleep 600, timeout: 1s}}\n")
        nodes = self.submit(home, file)
        self.assertEqual(self.states(home, nodes), {"slow": "failed"})
        self.assertEqual(home.job(nodes["slow"])["class"], "wall-time")

    def test_what_a_failed_attempt_made_is_not_taken_for_whole(self):
        home = self.home()
        product, fixed = home.file("product"), home.file("fixed")
        file = self.write(home, "w.yaml", f"""
nodes:
  make:
    retries: 1
    product: {product}
    run: |
      test ! -e ${{self.product}} || exit 9
      echo half >${{self.product}}
      test -e {fixed} || exit 3
      echo whole >${{self.product}}
  use: {{needs: make, run: "cat {product}"}}
""")
        nodes = self.submit(home, file)
        self.assertEqual(self.states(home, nodes), {"make": "failed", "use": "dependency-failed"})
        job = home.job(nodes["make"])
        self.assertEqual((job["attempt"], job["exit_code"]), (2, 3), "not 9: the second found nothing")
        self.assertFalse(os.path.exists(product))
        self.assertEqual(read(product + ".failed-1") + read(product + ".failed-2"), "half\nhalf\n")
        # Nor is it by a restart, or by the same file once more.
        self.write(home, "fixed", "")
        again = dict(zip(nodes, home.ketrew("restart", "--workflow", home.job(nodes["make"])["workflow"]["id"]).text.split()))
        self.assertEqual(self.states(home, again), {"make": "succeeded", "use": "succeeded"})
        self.assertEqual(read(product), "whole\n")
        self.assertEqual(set(self.states(home, self.submit(home, file)).values()), {"already-done", "succeeded"})

    def test_what_a_killed_one_made_is_set_aside_as_well(self):
        home = self.home()
        product = home.file("product")
        file = self.write(home, "w.yaml",
                          f"nodes: {{make: {{product: {product}, run: 'echo half >{product}; sleep 600'}}}}\n")
        nodes = self.submit(home, file)
        wait_for(lambda: os.path.exists(product), "the product")
        self.assertEqual(home.ketrew("kill", nodes["make"]).code, 0)
        self.assertEqual(self.states(home, nodes), {"make": "killed"})
        self.assertFalse(os.path.exists(product))
        self.assertEqual(read(product + ".failed-1"), "half\n")

    def test_what_the_daemon_refuses_has_its_place_in_the_file(self):
        home = self.home()
        for keys, column in (("backend: nosuch", 36), ("options: {nosuch: 1}", 37), ("host: nosuch", 33)):
            file = self.write(home, "w.yaml",
                              f"nodes:\n  good: {{}}\n  bad: {{matrix: {{x: [1]}}, {keys}}}\n")
            for flags in ([], ["--dry-run"]):
                done = home.ketrew("submit", "-f", file, *flags)
                self.assert_refused(done, 1, f"{file}:3:{column}: ", '"bad[x=1]"', "nosuch")
        file = self.write(home, "w.yaml", "defaults:\n  options:\n    nosuch: 1\nnodes: {a: {}}\n")
        self.assert_refused(home.ketrew("submit", "-f", file), 1, f"{file}:3:5: ", '"a"', "nosuch")
        self.assertEqual(home.list(), [])

    def test_what_the_file_gets_wrong_needs_no_daemon(self):
        home = self.home(start=False)
        file = self.write(home, "w.yaml", "nodes:\n  a: {needs: b}\n  b: {needs: a}\n")
        self.assert_refused(home.ketrew("submit", "-f", file), 1,
                            f"{file}:2:3: a cycle: a needs b, b needs a")
        self.assert_refused(home.ketrew("submit", "-f", home.file("none")), 1, "none: No such file")
        good = self.write(home, "good.yaml", "nodes: {a: {}}")
        self.assert_refused(home.ketrew("submit", "-f", good), 3, "ketrewd start")
        self.assert_refused(home.ketrew("submit", "-f", good, "--param", "x"), 2, "NAME=VALUE")
        self.assert_refused(home.ketrew("submit", "-f", good, "--param", "x=1"), 1, "unknown parameter")
        self.assert_refused(home.ketrew("submit", "-f", good, "-t", "x"), 2, "a workflow and --tag")
        self.assert_refused(home.ketrew("submit", "-f", good, "--", "true"), 2, "a program")
        self.assert_refused(home.ketrew("submit", "--param", "x=1", "--", "true"), 2, "-f")


if __name__ == "__main__":
    main()
