"""Pausing, resuming, saying how a job ended, and doing things to many jobs at once."""

import json

from graph import MOCK, DAEMONIZE, Flow, GraphTest, main, sh, wait_for


class Steer(GraphTest):
    def held(self, home, job, *words):
        """It stays queued: what was submitted after it and is not paused has run."""
        probe = home.submit("--wait", "--", "true")
        self.assertEqual(home.job(probe)["state"], "succeeded")
        self.assertEqual(home.job(job)["state"], "queued")
        why = self.words(home, job)
        for word in words:
            self.assertIn(word, why)

    def test_a_paused_backend_starts_nothing_and_runs_on(self):
        home = self.home([DAEMONIZE, MOCK])
        running = home.submit("-b", "mock", "-o", "script=running:1000,ended:0", "--", "true")
        home.wait_state(running, "running")
        done = home.ketrew("pause", "--backend", "mock")
        self.assertEqual((done.code, done.text), (0, "paused: backend mock\n"))
        job = home.submit("-b", "mock", "-o", "instant=true", "--", "true")
        self.held(home, job, "backend mock is paused")
        self.assertIn("paused: backend mock", home.ketrew("status").text)
        self.assertEqual(home.job(running)["state"], "running")
        home.kill_daemon()
        home.start()
        self.held(home, job, "backend mock is paused")
        self.assertEqual(home.ketrew("resume", "--backend", "mock").text, "nothing is paused\n")
        home.wait_state(job, "succeeded")

    def test_a_workflow_a_host_a_job(self):
        home = self.home([DAEMONIZE, MOCK])
        gate = home.file("gate")
        flow = (Flow("night").add("first", sh(f"until test -e {gate}; do sleep 0.1; done"))
                .add("then", sh("true"), needs=["first"]))
        ids = self.submit(home, flow)
        home.wait_state(ids["first"], "running")
        self.assertEqual(home.ketrew("pause", "--workflow", "night").code, 0)
        with open(gate, "w", encoding="utf-8"):
            pass
        home.wait_state(ids["first"], "succeeded")
        home.wait_state(ids["then"], "queued")
        self.held(home, ids["then"], "workflow is paused")
        # One of two pauses is not enough to go on.
        self.assertEqual(home.ketrew("pause", ids["then"]).code, 0)
        self.assertEqual(home.ketrew("resume", "--workflow", "night").code, 0)
        self.held(home, ids["then"], "it is paused")
        self.assertEqual(home.ketrew("resume", "--all").text, "nothing is paused\n")
        home.wait_state(ids["then"], "succeeded")
        other = home.file("other")
        self.assertEqual(home.ketrew("pause", "--host", other).code, 0)
        job = home.submit("--host", other, "--", "true")
        self.held(home, job, f"host {other} is paused")
        self.assertEqual(home.ketrew("kill", job).code, 0)
        home.wait_state(job, "killed")

    def test_what_cannot_be_paused(self):
        home = self.home()
        self.assert_refused(home.ketrew("pause"), 2, "nothing is named")
        self.assert_refused(home.ketrew("pause", "--backend", "slurmm"), 1, "slurmm")
        self.assertEqual(home.ketrew("pause", "--workflow", "zzz").code, 4)
        self.assertEqual(home.request("POST", "/v1/pause", {"all": True})[0], 400)

    def test_saying_how_a_job_ended(self):
        home = self.home([DAEMONIZE, MOCK])
        def hidden(*more):
            return {"backend": "mock", "program": {"sh": "true"},
                    "options": {"script": "cannot-tell:100000"}}
        flow = (Flow().add("a", hidden()).add("after a", sh("true"), needs=["a"])
                .add("b", hidden()).add("after b", sh("true"), needs=["b"])
                .add("c", hidden()))
        ids = self.submit(home, flow)
        for name in "abc":
            home.wait_state(ids[name], "running")
        self.assert_refused(home.ketrew("set", ids["a"], "--succeeded"), 2, "--reason")
        self.assert_refused(home.ketrew("set", ids["a"], "--reason", "x"), 2, "--succeeded")
        done = home.ketrew("set", ids["a"], "--succeeded", "--reason", "I saw it")
        self.assertEqual(done.code, 0)
        self.assertIn(f"{ids['a']}: what its backend has of it may go on", done.error)
        self.assertEqual(home.ketrew("set", ids["b"], "--failed", "--reason", "I saw that").code, 0)
        self.assertEqual(home.ketrew("set", "--where", f"id = {ids['c']}", "--forget",
                                     "--reason", "who knows").code, 0)
        self.assertEqual(self.states(home, ids), {
            "a": "succeeded", "after a": "succeeded", "b": "failed", "after b": "dependency-failed",
            "c": "lost"})
        self.assertIn("I saw it", home.history(ids["a"])[-1]["reason"])
        # What is over stays as it is.
        done = home.ketrew("set", ids["a"], "--failed", "--reason", "no")
        self.assertIn("over already: succeeded", done.text)
        self.assertEqual(done.error, "")
        self.assertEqual(home.job(ids["a"])["state"], "succeeded")

    def test_killing_what_a_failure_would_ask_for_as_well_does_not_ask_for_it(self):
        home = self.home()
        flow = (Flow("all").add("work", sh("sleep 600"), on_failure=["complain"])
                .add("complain", sh(f"touch {home.file('complained')}"), active=False)
                .add("report", sh("true"), needs=["work"]))
        ids = self.submit(home, flow)
        home.wait_state(ids["work"], "running")
        done = home.ketrew("kill", "--where", "workflow = all", "--json")
        self.assertEqual([job["id"] for job in done.json["jobs"]], list(ids.values()))
        self.assertEqual(self.states(home, ids), {"work": "killed", "complain": "killed", "report": "killed"})
        self.assertFalse(home.job(ids["complain"])["asked_for"])

    def test_by_a_filter(self):
        home = self.home()
        ids = [home.submit("--name", name, "--tag", "t", "--", "sleep", "600") for name in ("one", "two")]
        other = home.submit("--name", "other", "--", "sleep", "600")
        done = home.ketrew("kill", "--where", "tag = t and not name = two")
        self.assertEqual((done.code, done.text.count("\n")), (0, 1), done)
        home.wait_state(ids[0], "killed")
        self.assertEqual(home.ketrew("kill", "--where", "tag = t").text.count("\n"), 1)
        done = home.ketrew("wait", "--where", "tag = t", "--json")
        self.assertEqual((done.code, done.json["totals"]), (1, {"killed": 2}))
        again = home.ketrew("restart", "--where", "tag = t").text.split()
        self.assertEqual(len(again), 2)
        for job in again:
            self.assertEqual(home.ketrew("kill", job).code, 0)
            home.wait_state(job, "killed")
        # Those that were restarted already are not again.
        self.assertEqual(len(home.ketrew("restart", "--where", "tag = t").text.split()), 2)
        self.assertEqual(home.ketrew("kill", "--where", "tag = t").code, 0)
        home.wait_all(home.unfinished() - {other})
        self.assertEqual(home.ketrew("archive", "--older-than", "0s", "--where", "name = one").text,
                         "3 jobs archived\n")
        self.assertEqual(len(home.list("&tag=t")), 3)
        self.assert_refused(home.ketrew("kill", "--where", "tga = t"), 2, "did you mean 'tag'?")
        self.assertEqual(home.job(other)["status"], "in-progress")

    def test_an_archive_keeps_what_others_need(self):
        home = self.home(engine={"orphan_grace": "1h"})
        gate = home.file("gate")
        flow = (Flow("keeps").add("first", sh("true"))
                .add("second", sh(f"until test -e {gate}; do sleep 0.1; done"), needs=["first"]))
        ids = self.submit(home, flow)
        home.wait_state(ids["second"], "running")
        self.assertEqual(home.ketrew("archive", "--older-than", "0s").text, "0 jobs archived\n")
        with open(gate, "w", encoding="utf-8"):
            pass
        home.wait_state(ids["second"], "succeeded")
        wait_for(lambda: home.ketrew("archive", "--older-than", "0s").text == "2 jobs archived\n",
                 "the archive")

    def test_failures_in_the_same_words_are_together(self):
        home = self.home()
        for i in range(3):
            home.submit("--name", f"align {i}", "--sh", f"echo cannot open /data/s{i}.bam >&2; exit {10 + i}")
        home.submit("--sh", "kill -9 $$")
        wait_for(lambda: not home.unfinished(), "the end")
        clusters = json.loads(home.ketrew("failures", "--json").out)["clusters"]
        self.assertEqual([cluster["jobs"] for cluster in clusters], [3, 1])
        self.assertTrue(clusters[0]["sample"]["name"].startswith("align"))
        text = home.ketrew("failures").text
        self.assertIn("3 jobs, exit: exit code N", text)
        self.assertRegex(text, r"stderr: cannot open /data/s\d.bam  \(3 of 3, such as \w+\)")
        said = clusters[0]["stderr"]
        self.assertEqual((said["looked_at"], len(said["last_lines"])), (3, 1))
        self.assertEqual(said["last_lines"][0]["pattern"], "cannot open PATH")
        self.assertEqual(clusters[1]["stderr"]["last_lines"][0]["line"], "")
        self.assertEqual(home.ketrew("failures", "--where", "tag = none").text, "no failures\n")


if __name__ == "__main__":
    main()
