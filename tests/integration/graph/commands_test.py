"""The client's commands about graphs."""

from graph import Flow, GraphTest, main, sh


class Commands(GraphTest):
    def small(self, home):
        flow = (Flow("nightly").add("prepare", sh("true"), active=False)
                .add("align[s=a]", sh("true"), needs=["prepare"])
                .add("align[s=b]", sh("exit 3"), needs=["prepare"], on_failure=["mail"])
                .add("mail", sh("true"), active=False)
                .add("cheer", sh("true"), active=False))
        flow.nodes[1] = (*flow.nodes[1][:3], ["cheer"], *flow.nodes[1][4:])
        return self.submit(home, flow)

    def test_after(self):
        home = self.home()
        gate = home.file("gate")
        first = home.submit("--sh", f"until test -e {gate}; do sleep 0.1; done")
        after = home.submit("--after", first[:20], "--", "true")
        home.wait_state(after, "blocked")
        self.assertIn(first, home.ketrew("why", after).text)
        with open(gate, "w", encoding="utf-8"):
            pass
        self.assertEqual(home.ketrew("wait", after).code, 0)
        self.assertEqual(home.job(after)["depends_on"], [first])
        self.assertEqual(home.ketrew("submit", "--after", "zzzz", "--", "true").code, 4)

    def test_wait_and_status_by_workflow(self):
        home = self.home(engine={"orphan_grace": "1h"})
        ids = self.small(home)
        done = home.ketrew("wait", "--workflow", "nightly", "--json")
        self.assertEqual(done.code, 1, done)
        self.assertEqual(home.job(ids["cheer"])["state"], "succeeded")
        line = home.ketrew("status", "--workflow", "nightly").text.splitlines()[0]
        self.assertIn("5/5", line)
        self.assertRegex(line, r"\[=+x+\]")
        seen = home.ketrew("status", "-W", ids.workflow, "--json", "--where", "root-failure").json
        self.assertEqual([job["node"] for job in seen["jobs"]], ["align[s=b]"])
        self.assertEqual(seen["totals"], {"succeeded": 4, "failed": 1})
        self.assertEqual(seen["workflow"]["failed"], 1)
        self.assertIn("nightly", home.ketrew("status", "--workflows").text)
        found = home.ketrew("status", "--where", "workflow = nightly", "--json").json["jobs"]
        self.assertEqual(len(found), 5)
        self.assertEqual(found[0]["workflow"], {"id": ids.workflow, "name": "nightly"})
        self.assertEqual(home.ketrew("wait", "--workflow", "no such").code, 4)

    def test_what_nobody_needs_is_no_failure_and_not_waited_for(self):
        home = self.home(engine={"orphan_grace": "1h"})
        flow = (Flow("quiet").add("good", sh("true"), on_failure=["complain"])
                .add("complain", sh("true"), active=False))
        ids = self.submit(home, flow)
        self.assertEqual(home.ketrew("wait", "--workflow", "quiet").code, 0)
        self.assertEqual(home.job(ids["complain"])["state"], "passive")
        self.assertEqual(home.ketrew("kill", ids["complain"]).code, 0)
        home.wait_state(ids["complain"], "killed")
        self.assertEqual(home.ketrew("wait", *ids.values()).code, 0)
        self.assertEqual(home.get("/v1/workflows/quiet")["never_needed"], 1)

    def test_graph(self):
        home = self.home()
        ids = self.small(home)
        self.over(home, ids)
        text = home.ketrew("graph", "nightly").text
        self.assertIn("align \u00d72  1 succeeded, 1 failed\n    needs: prepare\n", text)
        self.assertIn("on failure: mail", text)
        self.assertEqual(home.ketrew("graph").text, text)
        self.assertIn("align[s=a]", home.ketrew("graph", ids.workflow, "--all").text)
        self.assertTrue(home.ketrew("graph", ids["prepare"], "-f", "dot").text.startswith("digraph"))
        self.assertTrue(home.ketrew("graph", "-f", "mermaid").text.startswith("flowchart"))
        self.assertEqual(home.ketrew("graph", "no-such").code, 4)
        self.assertEqual(home.ketrew("graph", "-f", "png").code, 2)

    def test_restart(self):
        home = self.home()
        ids = self.small(home)
        self.over(home, ids)
        told = home.ketrew("restart", ids["align[s=b]"], "--failed-subgraph", "--dry-run").text
        self.assertIn("align[s=b]", told)
        self.assertIn("when another asks for it", told)
        self.assertEqual(len(home.list()), 5)
        made = home.ketrew("restart", "--workflow", "nightly").text.split()
        self.assertEqual(len(made), 2)
        self.assertEqual(home.ketrew("wait", *made).code, 1)


if __name__ == "__main__":
    main()
