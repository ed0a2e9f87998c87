"""The rules of graphs, one by one."""

import os

from graph import Flow, GraphTest, main, read_bytes, sh, wait_for


class Rules(GraphTest):
    def test_dependencies_run_first_and_only_when_asked_for(self):
        home = self.home()
        log = home.file("log")
        flow = (Flow().add("a", sh(f"echo a >>{log}"), active=False)
                .add("b", sh(f"echo b >>{log}"), needs=["a"], active=False)
                .add("c", sh(f"echo c >>{log}"), needs=["b"])
                .add("unasked", sh(f"echo unasked >>{log}"), needs=["a"], active=False))
        ids = self.submit(home, flow)
        states = self.states(home, ids)
        self.assertEqual(states, {"a": "succeeded", "b": "succeeded", "c": "succeeded",
                                  "unasked": "killed"})
        self.assertEqual(read_bytes(log), b"a\nb\nc\n")
        unasked = home.job(ids["unasked"])
        self.assertFalse(unasked["asked_for"])
        self.assertIsNone(unasked["token"])
        self.assertIn(f"asked for by {ids['c']}", home.history(ids["b"])[1]["reason"])
        self.assertEqual(home.job(ids["c"])["depends_on"], [ids["b"]])

    def test_what_is_there_already_is_not_made_nor_what_it_needs(self):
        home = self.home()
        with open(home.file("product"), "w", encoding="utf-8"):
            pass
        flow = (Flow().add("needed", sh("exit 3"), active=False)
                .add("made", sh("exit 4", condition={"exists": home.file("product")}),
                     needs=["needed"]))
        ids = self.submit(home, flow)
        self.assertEqual(self.states(home, ids), {"needed": "killed", "made": "already-done"})
        self.assertIn("exists " + home.file("product"), str(home.history(ids["made"])[-1]["evidence"]))

    def test_a_failure_takes_along_what_needs_it_and_nothing_else(self):
        home = self.home()
        flow = (Flow().add("bad", sh("exit 3")).add("good", sh("true"))
                .add("after both", sh("true"), needs=["bad", "good"])
                .add("after that", sh("true"), needs=["after both"])
                .add("after good", sh("true"), needs=["good"]))
        ids = self.submit(home, flow)
        self.assertEqual(self.states(home, ids), {
            "bad": "failed", "good": "succeeded", "after both": "dependency-failed",
            "after that": "dependency-failed", "after good": "succeeded"})
        why = self.words(home, ids["after that"])
        self.assertIn("the root: bad", why)
        self.assertIn("exit code 3", why)
        self.assertEqual(home.job(ids["after both"])["attempt"], 0)

    def test_edges_fire_after_success_or_after_failure(self):
        home = self.home()
        flow = (Flow().add("good", sh("true"), on_success=["yes"], on_failure=["no"])
                .add("bad", sh("exit 1"), on_success=["never"], on_failure=["complain"])
                .add("yes", sh("true"), active=False).add("no", sh("true"), active=False)
                .add("never", sh("true"), active=False).add("complain", sh("true"), active=False))
        self.assertEqual(self.states(home, self.submit(home, flow)), {
            "good": "succeeded", "bad": "failed", "yes": "succeeded", "no": "killed",
            "never": "killed", "complain": "succeeded"})

    def test_being_killed_is_a_failure_unless_nobody_had_asked(self):
        home = self.home(engine={"orphan_grace": "1h"})
        flow = (Flow().add("long", sh("sleep 600"), on_failure=["after long"])
                .add("after long", sh("true"), active=False)
                .add("idle", sh("true"), active=False, on_failure=["after idle"])
                .add("after idle", sh("true"), active=False))
        ids = self.submit(home, flow)
        home.wait_state(ids["long"], "running")
        self.assertEqual(home.ketrew("kill", ids["long"], ids["idle"]).code, 0)
        home.wait_state(ids["idle"], "killed")
        home.wait_state(ids["after long"], "succeeded")
        seen = home.wait_state(ids["after idle"], "passive")
        self.assertTrue(wait_for(lambda: home.job(ids["after idle"])["orphan"], "an orphan"), seen)

    def test_the_condition_is_looked_at_again_after_the_run(self):
        home = self.home()
        flow = (Flow().add("makes", sh("touch made", condition={"exists": home.file("made")}))
                .add("does not", sh("true", condition={"exists": home.file("not made")}))
                .add("hopes", sh("true"), needs=["does not"])
                .add("small", sh("echo 1 >small",
                                 condition={"larger_than": {"path": home.file("small"), "bytes": 10}})))
        flow.nodes = [(name, {**job, "program": {"commands": [job["program"]], "directory": home.path}},
                       *rest) for name, job, *rest in flow.nodes]
        ids = self.submit(home, flow)
        self.assertEqual(self.states(home, ids), {"makes": "succeeded", "does not": "not-ensured",
                                                  "hopes": "dependency-failed", "small": "not-ensured"})
        self.assertIn("verifying", home.states(ids["makes"]))

    def test_a_condition_that_cannot_be_is_a_failure(self):
        home = self.home()
        flow = Flow().add("odd", sh("true", condition={
            "larger_than": {"path": home.path, "bytes": 1}}))
        ids = self.submit(home, flow)
        self.assertEqual(self.states(home, ids), {"odd": "condition-failed"})
        self.assertIn("not a file", home.job(ids["odd"])["message"])

    def test_a_command_is_a_condition(self):
        home = self.home()
        flow = (Flow().add("holds", sh("exit 1", condition={"command": "exit 3", "returns": 3}))
                .add("all", sh("exit 1", condition={"all": [{"command": "true", "returns": 0},
                                                            {"exists": "/"}]}))
                .add("never", sh("true", condition="never")))
        self.assertEqual(self.states(home, self.submit(home, flow)),
                         {"holds": "already-done", "all": "already-done", "never": "succeeded"})

    def test_an_orphan_whose_product_is_there_is_done(self):
        home = self.home()
        flow = (Flow().add("bad", sh("exit 1"), on_success=["there", "not there"])
                .add("there", sh("true", condition={"exists": home.path}), active=False)
                .add("not there", sh("true", condition={"exists": home.file("x")}), active=False))
        ids = self.submit(home, flow)
        self.assertEqual(self.states(home, ids), {"bad": "failed", "there": "already-done",
                                                  "not there": "killed"})

    def test_a_new_job_may_adopt_an_orphan(self):
        home = self.home(engine={"orphan_grace": "1h"})
        ids = self.submit(home, Flow().add("idle", sh("true"), active=False))
        wait_for(lambda: home.job(ids["idle"])["orphan"], "an orphan")
        status, _, body = home.request("POST", "/v1/jobs", sh("true", depends_on=[ids["idle"]]))
        self.assertEqual(status, 201, body)
        home.wait_state(ids["idle"], "succeeded")

    def test_jobs_of_earlier_submissions(self):
        home = self.home()
        good = home.submit("--wait", "--", "true")
        bad = home.ketrew("submit", "--wait", "--", "false").text.strip()
        flow = (Flow().add("after good", sh("true", depends_on=[good]))
                .add("after bad", sh("true", depends_on=[bad])))
        self.assertEqual(self.states(home, self.submit(home, flow)),
                         {"after good": "succeeded", "after bad": "dependency-failed"})

    def test_a_crash_between_an_end_and_what_follows_changes_nothing(self):
        home = self.home()
        gate = home.file("gate")
        flow = (Flow().add("first", sh(f"until test -e {gate}; do sleep 0.1; done"),
                           on_success=["also"])
                .add("then", sh("true"), needs=["first"]).add("also", sh("true"), active=False))
        ids = self.submit(home, flow)
        home.wait_state(ids["first"], "running")
        home.kill_daemon()
        os.close(os.open(gate, os.O_CREAT))
        wait_for(lambda: read_bytes(home.playground(ids["first"], "exit")), "the exit file")
        home.start()
        self.assertEqual(self.states(home, ids), dict.fromkeys(("first", "then", "also"), "succeeded"))


if __name__ == "__main__":
    main()
