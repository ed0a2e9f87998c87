"""Jobs for the same thing: one runs, the others point to it."""

import json

from graph import Flow, GraphTest, main, read_bytes, sh, wait_for


class Equivalence(GraphTest):
    def build(self, home, gate, **more):
        return sh(f"until test -e {gate}; do sleep 0.1; done; echo made | tee -a {home.file('log')}; "
                  f"touch {home.file('product')}",
                  condition={"exists": home.file("product")}, **more)

    def test_across_workflows_every_command_follows_the_pointer(self):
        home = self.home()
        gate = home.file("gate")
        first = self.submit(home, Flow("one").add("make", self.build(home, gate), active=False)
                            .add("use", sh("true"), needs=["make"]))
        home.wait_state(first["make"], "running")
        second = self.submit(home, Flow("two").add("other name", self.build(home, gate), active=False)
                             .add("use too", sh("true"), needs=["other name"]))
        self.assertEqual(second.answer["nodes"][0]["same_as"], first["make"])
        pointer = second["other name"]
        self.assertNotEqual(pointer, first["make"])
        self.assertEqual(home.job(pointer)["id"], first["make"])
        self.assertEqual(home.job(pointer)["pointers"], [pointer])
        self.assertEqual(home.ketrew("status", "--json", pointer).json["jobs"][0]["id"], first["make"])
        self.assertIn("daemonize has it", self.words(home, pointer))
        with open(gate, "w", encoding="utf-8"):
            pass
        done = home.ketrew("wait", pointer, second["use too"], "--json")
        self.assertEqual(done.code, 0, done)
        self.assertEqual(home.ketrew("logs", pointer).out, b"made\n")
        self.assertEqual(set(self.states(home, {**first, **second}).values()), {"succeeded"})
        self.assertEqual(read_bytes(home.file("log")), b"made\n")
        standing = home.get(f"/v1/workflows/{second.workflow}")
        self.assertEqual(standing["totals"], {"succeeded": 2})

    def test_a_restart_is_one_for_every_workflow_that_shares_the_job(self):
        home = self.home()
        gate, fixed = home.file("gate"), home.file("fixed")
        job = sh(f"until test -e {gate}; do sleep 0.1; done; test -e {fixed} && touch {home.file('product')}",
                 condition={"exists": home.file("product")})
        first = self.submit(home, Flow("one").add("make", job, active=False)
                            .add("use", sh("true"), needs=["make"]))
        home.wait_state(first["make"], "running")
        second = self.submit(home, Flow("two").add("made there", job, active=False)
                             .add("use too", sh("true"), needs=["made there"]))
        with open(gate, "w", encoding="utf-8"):
            pass
        self.states(home, {**first, **second})
        self.assertEqual(home.get("/v1/workflows/two")["totals"], {"failed": 1, "dependency-failed": 1})
        with open(fixed, "w", encoding="utf-8"):
            pass
        # It is asked for by the other workflow: its node stands for the new job as well.
        told = home.ketrew("restart", "--workflow", "two", "--dry-run", "--json").json["jobs"]
        self.assertEqual({job["id"]: job.get("same_as") for job in told},
                         {first["make"]: None, first["use"]: None, second["use too"]: None,
                          second["made there"]: first["make"]})
        done = home.ketrew("restart", "--workflow", "two", "--json")
        made = {job["restart_of"]: job for job in done.json["jobs"]}
        self.assertEqual(made[second["made there"]]["same_as"], made[first["make"]]["id"])
        self.over(home, {old: job["id"] for old, job in made.items()})
        for name in ("one", "two"):
            standing = home.get(f"/v1/workflows/{name}")
            self.assertEqual((standing["jobs"], standing["totals"]), (2, {"succeeded": 2}), name)
        self.assertEqual(home.job(made[second["made there"]]["id"])["id"], made[first["make"]]["id"])
        self.assertEqual(home.job(second["made there"])["state"], "failed", "what was stays as it was")
        self.assertEqual(home.ketrew("restart", "--workflow", "two").code, 1, "nothing is left to restart")

    def test_killing_a_pointer_kills_the_job(self):
        home = self.home()
        job = self.build(home, home.file("gate"))
        first = self.submit(home, Flow().add("a", job))
        home.wait_state(first["a"], "running")
        second = self.submit(home, Flow().add("b", job).add("c", sh("true"), needs=["b"]))
        self.assertEqual(home.ketrew("kill", second["b"]).code, 0)
        home.wait_state(first["a"], "killed")
        home.wait_state(second["c"], "dependency-failed")

    def test_within_a_workflow_the_one_that_is_needed_runs(self):
        home = self.home()
        gate = home.file("gate")
        flow = (Flow().add("last", self.build(home, gate), needs=["between"])
                .add("between", sh(f"touch {gate}"), needs=["first"])
                .add("first", self.build(home, gate), needs=["open"])
                .add("open", sh(f"touch {gate}")))
        ids = self.submit(home, flow)
        self.assertEqual(set(self.states(home, ids).values()), {"succeeded"})
        self.assertEqual(read_bytes(home.file("log")), b"made\n")

    def test_asking_for_a_pointer_asks_for_a_job_that_nobody_had_asked_for(self):
        home = self.home(engine={"orphan_grace": "1h"})
        gate = home.file("gate")
        first = self.submit(home, Flow().add("idle", self.build(home, gate), active=False))
        home.wait_state(first["idle"], "passive")
        second = self.submit(home, Flow().add("wanted", self.build(home, gate)))
        self.assertEqual(second.answer["nodes"][0]["same_as"], first["idle"])
        home.wait_state(first["idle"], "running")
        home.kill_daemon()
        home.start()
        with open(gate, "w", encoding="utf-8"):
            pass
        home.wait_state(second["wanted"], "succeeded")

    def test_none_turns_it_off_and_what_is_over_is_no_equal(self):
        home = self.home()
        gate = home.file("gate")
        first = self.submit(home, Flow().add("a", self.build(home, gate, equivalence="none")))
        second = self.submit(home, Flow().add("b", self.build(home, gate, equivalence="none")))
        self.assertNotIn("same_as", second.answer["nodes"][0])
        with open(gate, "w", encoding="utf-8"):
            pass
        self.over(home, {**first, **second})
        third = self.submit(home, Flow().add("c", self.build(home, gate)))
        self.assertNotIn("same_as", third.answer["nodes"][0])
        self.assertEqual(self.states(home, third), {"c": "already-done"})

    def test_a_repeated_request_gives_the_same_pointers(self):
        home = self.home()
        job = self.build(home, home.file("gate"))
        first = self.submit(home, Flow().add("a", job))
        document = Flow().add("b", job).document()
        answers = []
        for code in (201, 200):
            status, _, body = home.request("POST", "/v1/workflows", document, {"Idempotency-Key": "k"})
            self.assertEqual(status, code, body)
            answers.append(json.loads(body))
        self.assertTrue(answers[1].pop("repeated"))
        for answer in answers:
            self.assertEqual(answer["nodes"][0]["same_as"], first["a"])
        self.assertEqual(answers[0]["workflow"], answers[1]["workflow"])
        wait_for(lambda: home.job(first["a"])["state"] == "running", "the first job")


if __name__ == "__main__":
    main()
