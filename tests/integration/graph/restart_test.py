"""Once more: one job, or all that failed and what came to nothing because of it."""

import json

from graph import Flow, GraphTest, main, read_bytes, sh


class Restart(GraphTest):
    def test_a_repeated_request_restarts_nothing_again(self):
        home = self.home()
        ids = self.failed(home)
        answers = []
        for code in (201, 200):  # the second time nothing of it is failed any more
            with open(home.file("fixed"), "w", encoding="utf-8"):
                pass
            status, _, body = home.request("POST", "/v1/workflows/pipeline/restart", None,
                                           {"Idempotency-Key": "again"})
            self.assertEqual(status, code, body)
            answers.append(json.loads(body))
            self.over(home, {job["id"]: job["id"] for job in answers[-1]["jobs"]})
        self.assertTrue(answers[1].pop("repeated"))

        def made(answer):
            return [(job["id"], job["restart_of"]) for job in answer["jobs"]]
        self.assertEqual(made(answers[0]), made(answers[1]))
        self.assertEqual(len(home.list()), 10)
        status, _, body = home.request("POST", f"/v1/jobs/{ids['merge']}/restart", None,
                                       {"Idempotency-Key": "again"})
        self.assertEqual(status, 409, body)
        self.assertIn(b"idempotency key", body)

    def test_not_while_an_earlier_restart_of_it_is_under_way(self):
        home = self.home()
        gate = home.file("gate")
        ids = self.submit(home, Flow("one").add("a", sh(f"until test -e {gate}; do sleep 0.1; done; exit 3")))
        self.assertEqual(home.ketrew("kill", ids["a"]).code, 0)
        home.wait_state(ids["a"], "killed")
        again = home.ketrew("restart", ids["a"]).text.strip()
        self.assert_refused(home.ketrew("restart", ids["a"]), 1, "has been restarted", again)
        with open(gate, "w", encoding="utf-8"):
            pass
        home.wait_state(again, "failed")
        third = home.ketrew("restart", ids["a"]).text.strip()
        home.wait_state(third, "failed")
        standing = home.get("/v1/workflows/one")
        self.assertEqual((standing["jobs"], standing["totals"]), (1, {"failed": 1}), "the newest counts")

    def pipeline(self, home):
        """prepare -> align a, b (b fails until `fixed` is there) -> merge -> report; complain."""
        log, fixed = home.file("log"), home.file("fixed")

        def note(name, text="true"):
            return sh(f"echo {name} >>{log}; {text}")

        return (Flow("pipeline").add("prepare", note("prepare"), active=False)
                .add("align a", note("a"), needs=["prepare"], active=False)
                .add("align b", note("b", f"test -e {fixed}"), needs=["prepare"], active=False,
                     on_failure=["complain"])
                .add("merge", note("merge"), needs=["align a", "align b"], active=False)
                .add("report", note("report"), needs=["merge"])
                .add("complain", note("complain"), active=False))

    def failed(self, home):
        ids = self.submit(home, self.pipeline(home))
        self.assertEqual(self.states(home, ids), {
            "prepare": "succeeded", "align a": "succeeded", "align b": "failed",
            "merge": "dependency-failed", "report": "dependency-failed", "complain": "succeeded"})
        return ids

    def restart(self, home, target, **flags):
        query = "&".join(f"{key}=true" for key in flags)
        status, _, body = home.request("POST", f"{target}/restart?{query}")
        self.assertIn(status, (200, 201), body)
        return json.loads(body)

    def test_the_failed_subgraph_and_nothing_else(self):
        home = self.home()
        ids = self.failed(home)
        target = f"/v1/jobs/{ids['align b']}"
        told = self.restart(home, target, failed_subgraph=1, dry_run=1)
        self.assertEqual({job["id"]: job["active"] for job in told["jobs"]}, {
            ids["align b"]: False, ids["merge"]: False, ids["report"]: True, ids["complain"]: False})
        self.assertEqual(len(home.list()), 6)
        before = read_bytes(home.file("log"))
        with open(home.file("fixed"), "w", encoding="utf-8"):
            pass
        made = {job["restart_of"]: job["id"] for job in
                self.restart(home, target, failed_subgraph=1)["jobs"]}
        names = {old: name for name, old in ids.items()}
        states = self.states(home, {names[old]: new for old, new in made.items()})
        self.assertEqual(states, {"align b": "succeeded", "merge": "succeeded",
                                  "report": "succeeded", "complain": "killed"})
        after = read_bytes(home.file("log"))[len(before):]
        self.assertEqual(after, b"b\nmerge\nreport\n")
        standing = home.get("/v1/workflows/pipeline")
        self.assertEqual((standing["jobs"], standing["failed"], standing["never_needed"]), (6, 0, 1))
        self.assertEqual(home.job(ids["align b"])["state"], "failed", "history is not edited")
        self.assertEqual(home.job(made[ids["merge"]])["node"], "merge")

    def test_a_workflow_that_fails_again_and_again(self):
        home = self.home()
        ids = self.failed(home)
        for _ in range(2):
            made = self.restart(home, "/v1/workflows/pipeline")["jobs"]
            self.assertEqual(len(made), 4)
            self.over(home, {job["restart_of"]: job["id"] for job in made})
            self.assertEqual(home.get("/v1/workflows/pipeline")["failed"], 3)
        with open(home.file("fixed"), "w", encoding="utf-8"):
            pass
        # An old id means its newest restart.
        made = self.restart(home, f"/v1/jobs/{ids['align b']}", failed_subgraph=1)["jobs"]
        self.over(home, {job["restart_of"]: job["id"] for job in made})
        self.assertEqual(home.get("/v1/workflows/pipeline")["failed"], 0)
        status, _, body = home.request("POST", "/v1/workflows/pipeline/restart")
        self.assertEqual(status, 409, body)
        self.assertIn(b"nothing failed", body)
        self.assertEqual(read_bytes(home.file("log")).count(b"prepare"), 1)

    def test_one_job_alone(self):
        home = self.home()
        ids = self.failed(home)
        with open(home.file("fixed"), "w", encoding="utf-8"):
            pass
        made = self.restart(home, f"/v1/jobs/{ids['align b']}")["jobs"]
        self.assertEqual([job["restart_of"] for job in made], [ids["align b"]])
        seen = home.wait_state(made[0]["id"], "succeeded")
        self.assertEqual(seen["depends_on"], [ids["prepare"]])
        # What had failed because of it does not move by itself; made anew, it finds the newest.
        again = self.restart(home, f"/v1/jobs/{ids['merge']}")["jobs"][0]["id"]
        seen = home.wait_state(again, "succeeded")
        self.assertEqual(sorted(seen["depends_on"]), sorted([ids["align a"], made[0]["id"]]))

    def test_what_is_not_over_is_not_restarted(self):
        home = self.home()
        job = home.submit("--", "sleep", "600")
        status, _, body = home.request("POST", f"/v1/jobs/{job}/restart")
        self.assertEqual(status, 409, body)
        self.assertIn(b"not over", body)


if __name__ == "__main__":
    main()
