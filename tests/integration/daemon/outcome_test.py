"""One job from its submission to its outcome: exit codes, output, evidence, JSON."""

import json
import os
import subprocess
import threading

from harness import BIN, BOUND, DaemonTest, main, read_bytes

JOB_KEYS = {"id", "name", "backend", "host", "state", "status", "phase", "exit_code", "signal",
            "class", "message", "attempt", "tags", "depends_on", "submitted_at", "started_at",
            "finished_at", "backend_state"}
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"


class Outcome(DaemonTest):
    def test_a_failing_job(self):
        home = self.home()
        job = home.submit("--", "sh", "-c", "echo out; echo err >&2; exit 3")
        self.assertRegex(job, "^[0-9a-z]{26}$")
        self.assertEqual(home.ketrew("wait", job).code, 1)
        self.assertEqual(home.ketrew("wait").code, 0, "nothing was unfinished")
        self.assertEqual(home.ketrew("logs", job).out, b"out\n")
        self.assertEqual(home.ketrew("logs", job, "--stderr").out, b"err\n")
        why = home.ketrew("why", job)
        self.assertEqual(why.code, 0, why)
        self.assertRegex(why.text, "exit code 3")
        self.assertRegex(why.text, "evidence: .*3")
        seen = home.ketrew("show", job, "--json").json
        self.assertEqual((seen["state"], seen["status"], seen["exit_code"], seen["signal"],
                          seen["class"], seen["attempt"]), ("failed", "failed", 3, None, "exit", 1))
        history = home.history(job)
        self.assert_history(history)
        self.assertEqual([entry["to"] for entry in history],
                         ["queued", "starting", "running", "failed"])
        self.assertIn("3", history[-1]["evidence"]["words"])

    def test_by_prefix_and_wait_in_submit(self):
        home = self.home()
        self.assertEqual(home.ketrew("submit", "--wait", "--", "true").code, 0)
        self.assertEqual(home.ketrew("submit", "--wait", "--", "false").code, 1)
        job = home.submit("--sh", "exit 0")
        self.assertEqual(home.ketrew("wait", job[:-1]).code, 0)
        self.assertEqual(home.ketrew("show", job[:-1], "--json").json["id"], job)

    def test_what_submit_takes(self):
        home = self.home()
        elsewhere = home.file("elsewhere")
        words = ["--name", "n", "--tag", "a", "--tag", "b", "--retries", "2", "-o", "kill_grace=3s",
                 "--host", elsewhere, "--", "sh", "-c", "echo here; exit $((KETREW_ATTEMPT < 2))"]
        planned = home.ketrew("submit", "--dry-run", *words)
        self.assertEqual(planned.code, 0, planned)
        self.assertEqual(home.list(), [], "a dry run stores nothing")
        self.assertFalse(os.path.exists(elsewhere))
        done = home.ketrew("submit", "--wait", *words)
        self.assertEqual(done.code, 0, done)
        seen = home.list()[0]
        self.assertEqual((seen["name"], seen["tags"], seen["host"], seen["attempt"], seen["state"]),
                         ("n", ["a", "b"], elsewhere, 2, "succeeded"))
        self.assertEqual(seen["options"], {"kill_grace": "3s"})
        for attempt in (1, 2):
            self.assertEqual(read_bytes(f"{elsewhere}/{seen['id']}-{attempt}/out"), b"here\n")

    def test_status_watch(self):
        home = self.home()
        with subprocess.Popen([f"{BIN}/ketrew", "status", "--watch"], env=home.environment,
                              stdout=subprocess.PIPE) as watcher:
            watchdog = threading.Timer(BOUND, watcher.kill)
            watchdog.start()
            try:
                # It tells what happens once it listens: something does until it has told.
                over = threading.Event()

                def happen():
                    while not over.is_set():
                        home.submit("--wait", "--", "true")
                jobs = threading.Thread(target=happen)
                jobs.start()
                try:
                    lines = [watcher.stdout.readline().decode() for _ in range(8)]
                finally:
                    over.set()
                    jobs.join()
                for line in lines:
                    self.assertRegex(line, r"^20\d\d-\S+Z  [0-9a-z]{26}  [a-z-]+ -> [a-z-]+")
                self.assertTrue([line for line in lines if "running -> succeeded" in line], lines)
            finally:
                watchdog.cancel()
                watcher.kill()

    def test_exit_codes(self):
        home = self.home()
        job = home.submit("--", "sleep", "600")
        self.assertEqual(home.ketrew("wait", job, "--timeout", "1s").code, 124)
        self.assertEqual(home.ketrew("wait", "--timeout", "1s").code, 124)
        for words in (["show"], ["why"], ["logs"], ["query"], ["wait"], ["kill"], ["restart"]):
            with self.subTest(words):
                self.assert_refused(home.ketrew(*words, "01zzzzzzzzzzzzzzzzzzzzzzzz"), 4, "01zzz")
        home.submit("--", "true")
        self.assert_refused(home.ketrew("show", "0"), 4, job)
        for words in (["frobnicate"], ["submit", "--frobnicate"], ["show"], ["kill"],
                      ["wait", "--timeout", "soon"], ["submit", "--"]):
            with self.subTest(words):
                self.assertEqual(home.ketrew(*words).code, 2)
        for words in (["status"], ["submit", "--", "true"], ["wait"], ["kill", job]):
            with self.subTest(words):
                if words[0] == "status":
                    self.assertEqual(home.ketrew("kill", job).code, 0)
                    home.wait_state(job, "killed")
                    home.stop()
                self.assert_refused(home.ketrew(*words), 3, "ketrewd start")
        self.assert_refused(home.ketrewd("status"), 3, "ketrewd start")

    def test_json_has_the_contracts_keys(self):
        home = self.home()
        job = home.submit("--name", "a name", "--tag", "t1", "--tag", "t2", "--", "true")
        home.wait_state(job, "succeeded")
        status = home.ketrew("status", "--all", "--json").json
        self.assertEqual(set(status) >= {"totals", "jobs"}, True)
        self.assertEqual(status["totals"]["succeeded"], 1)
        for seen in (status["jobs"][0], home.ketrew("show", job, "--json").json,
                     home.ketrew("wait", job, "--json").json["jobs"][0]):
            self.assertLessEqual(JOB_KEYS, set(seen))
            self.assertEqual((seen["name"], seen["tags"], seen["exit_code"]),
                             ("a name", ["t1", "t2"], 0))
            for key in ("submitted_at", "started_at", "finished_at"):
                self.assertRegex(seen[key], TIME)
        for words in (["submit", "--", "true"], ["submit", "--dry-run", "--", "true"],
                      ["status"], ["status", "--tag", "t1"], ["why", job], ["logs", job],
                      ["query", job], ["query", job, "script"], ["wait", job], ["kill", job],
                      ["restart", job], ["archive", "--older-than", "100d"]):
            with self.subTest(words):
                done = home.ketrew(words[0], "--json", *words[1:])
                self.assertEqual(done.code, 0, done)
                json.loads(done.out)
        for words in (["status"], ["backends"], ["backends", "daemonize"], ["reload"], ["check"]):
            with self.subTest(words):
                done = home.ketrewd(*words, "--json")
                self.assertEqual(done.code, 0, done)
                json.loads(done.out)

    def test_killed_by_a_signal_and_not_to_be_run(self):
        home = self.home()
        job = home.submit("--sh", "kill -SEGV $$")
        seen = home.wait_state(job, "failed")
        self.assertEqual((seen["signal"], seen["class"], seen["exit_code"]), (11, "signal", None))
        for program in ("/no/such/program", "/etc/passwd"):
            job = home.submit("--", program)
            seen = home.wait_state(job, "failed", "start-failed")
            self.assertIn(program, seen["message"] + home.ketrew("why", job).text
                          + home.ketrew("logs", "--stderr", job).text)

    def test_retries_are_attempts(self):
        home = self.home()
        job = home.submit("--retries", "3", "--sh",
                          'test "$KETREW_ATTEMPT" = 3 && exit 0; exit 7')
        self.assertEqual(home.ketrew("wait", job).code, 0)
        seen = home.job(job)
        self.assertEqual((seen["state"], seen["attempt"]), ("succeeded", 3))
        self.assertEqual(home.states(job).count("starting"), 3)
        job = home.submit("--retries", "1", "--", "false")
        self.assertEqual(home.ketrew("wait", job).code, 1)
        self.assertEqual(home.job(job)["attempt"], 2)

    def test_every_shipped_backend_runs_it(self):
        home = self.home(({"package": "daemonize"}, {"package": "example_date"},
                          {"exec": ["$KETREW_SHARE/backends/example_python/example_python"],
                           "name": "example_python"}))
        for backend in ("daemonize", "example_date", "example_python"):
            with self.subTest(backend):
                job = home.submit("--backend", backend, "--", "sh", "-c",
                                  "echo out; echo err >&2; exit 3")
                seen = home.wait_state(job, "failed")
                self.assertEqual(seen["exit_code"], 3)
                self.assertEqual(home.ketrew("logs", job).out, b"out\n")
                self.assertEqual(home.ketrew("logs", "--stderr", job).out, b"err\n")
        job = home.submit("--backend", "example_date", "--", "true")
        home.wait_state(job, "succeeded")
        self.assertRegex(home.ketrew("query", job, "date").text, r"20\d\d")


if __name__ == "__main__":
    main()
