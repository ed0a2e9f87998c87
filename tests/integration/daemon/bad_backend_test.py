"""A backend that hangs, crashes and babbles disturbs its own jobs alone, and not for ever."""

import json
import os
import re

from harness import (BUILD, DAEMONIZE, MOCK, DaemonTest, end_process, main, read_bytes, scaled, wait_for)

SHORT = {"start": "2s", "find": "2s", "update": "2s", "kill": "2s", "query": "2s", "check": "5s"}
ENGINE = {"poll_interval": "250ms", "poll_interval_max": "1s", "retry_delay": "250ms",
          "set_aside_after": 1000, "lost_after": "1h"}


class BadBackend(DaemonTest):
    def misbehaving(self, *options, expect):
        """100 jobs of the mock misbehave while 100 of daemonize go by; then it is repaired."""
        home = self.home((DAEMONIZE, {**MOCK, "deadlines": SHORT}), engine=ENGINE)
        repair = home.file("repair")
        count = scaled(100)
        words = [word for option in options for word in ("-o", option)]
        bad = home.ketrew("submit", "--backend", "mock", *words, "-o", f"repair={repair}",
                          "--each-line", "-", "--", "true", input=b"x\n" * count)
        self.assertEqual(bad.code, 0, bad)
        bad = bad.text.split()

        good = home.ketrew("submit", "--each-line", "-", "--", "true",
                           input=b"x\n" * count).text.split()
        over = home.wait_all(good)
        self.assertEqual({job["state"] for job in over.values()}, {"succeeded"})

        # What is wrong is said, in both places, by name.
        def told():
            seen = home.backend("mock")
            return seen["problem"] and seen
        seen = wait_for(told, lambda: f"a problem: {home.backend('mock')}\n{home.log()}")
        self.assertRegex(seen["problem"], expect)
        wait_for(lambda: home.backend("mock")["restarts"] > 0, "a replacement")
        for words in (["status"], ["backends"]):
            wait_for(lambda words=words: re.search(expect, home.ketrewd(*words).text),
                     lambda words=words: f"{words} that say so: {home.ketrewd(*words).text}")
        self.assertEqual(home.backend("daemonize")["restarts"], 0)
        left = home.unfinished()
        self.assertLessEqual(left, set(bad))

        with open(repair, "w", encoding="utf-8"):
            pass
        over = home.wait_all(bad)
        states = [job["state"] for job in over.values()]
        self.assertEqual(set(states), {"succeeded"}, json.dumps(list(over.values())[:2]))
        for job in bad:
            self.assert_history(home.history(job), job)
        self.assertEqual({job["attempt"] for job in over.values()}, {1}, "none was started anew")

    def test_hangs_in_update(self):
        self.misbehaving('hang_in=["update"]', expect="(?i)deadline|answer|time|hang")

    def test_crashes_in_update(self):
        self.misbehaving('crash_in=["update"]', expect="(?i)signal|abort|crash|died|ended|exit")

    def test_babbles_in_update(self):
        self.misbehaving('garbage_in=["update"]', expect="(?i)message|JSON|protocol|parse|not")

    def test_crashes_in_start(self):
        self.misbehaving('crash_in=["start"]', expect="(?i)signal|abort|crash|died|ended|exit")

    def test_crashes_in_start_after_its_effect(self):
        self.misbehaving('crash_in=["start"]', "crash_after_effect=true",
                         expect="(?i)signal|abort|crash|died|ended|exit")

    def test_hangs_in_start(self):
        self.misbehaving('hang_in=["start"]', expect="(?i)deadline|answer|time|hang")

    def test_a_poison_job_is_set_aside_alone(self):
        home = self.home(({**MOCK, "deadlines": SHORT},),
                         engine={"poll_interval": "250ms", "poll_interval_max": "1s",
                                 "retry_delay": "250ms", "set_aside_after": 2})
        poison = home.submit("-o", 'crash_in=["update"]', "-o", f"repair={home.file('r')}",
                             "--", "true")
        good = home.ketrew("submit", "--each-line", "-", "-o", "script=running:2,ended:0", "--",
                           "true", input=b"x\n" * 10).text.split()
        over = home.wait_all(good)
        self.assertEqual({job["state"] for job in over.values()}, {"succeeded"})
        wait_for(lambda: home.job(poison)["set_aside"], "the job set aside")
        self.assertRegex(home.ketrew("why", poison).text, "(?i)set aside")
        wait_for(lambda: home.backend("mock")["state"] == "ready", "a backend at peace")

    def test_observations(self):
        """Each becomes the outcome that it is, and not knowing is none."""
        home = self.home((MOCK,), engine={"poll_interval": "100ms", "poll_interval_max": "200ms",
                                          "lost_after": "1s"})
        expected = {"waiting:2,running:2,ended:0": ("succeeded", None),
                    "running:1,cannot-tell:5,ended:0": ("succeeded", None),
                    "running:1,gone:1,running:1,ended:0": ("succeeded", None),
                    "running:1,gone": ("lost", "node"),
                    "ended:7": ("failed", "exit"),
                    "running,signal:9": ("failed", "signal"),
                    "waiting,failed:out-of-memory": ("failed", "out-of-memory"),
                    "running,failed:wall-time": ("failed", "wall-time"),
                    "running,failed:preempted": ("failed", "preempted")}
        ids = {script: home.submit("-o", f"script={script}", "--", "true") for script in expected}
        for script, (state, failure) in expected.items():
            with self.subTest(script):
                seen = home.wait_state(ids[script], "succeeded", "failed", "lost")
                self.assertEqual((seen["state"], seen["class"]), (state, failure))
        refused = home.submit("-o", "refuse=for-ever", "--", "true")
        seen = home.wait_state(refused, "start-failed", "failed", "succeeded")
        self.assertEqual(seen["state"], "start-failed")
        for_now = home.submit("-o", "refuse=2", "--", "true")
        home.wait_state(for_now, "succeeded")

    def test_killed_backends_come_back(self):
        home = self.home((DAEMONIZE, MOCK))
        for _ in range(3):
            old = home.kill_backend("mock")
            self.assertTrue(old)

            def another(old=old):
                seen = home.backend("mock")
                self.assertTrue(seen["pid"] or seen["state"] != "ready", seen)
                return seen["state"] == "ready" and seen["pid"] != old
            wait_for(another, "another process")
        job = home.submit("--backend", "mock", "--", "true")
        home.wait_state(job, "succeeded")
        self.assertGreaterEqual(home.backend("mock")["restarts"], 3)

    def test_a_backend_that_never_comes_back(self):
        """A program that is gone when it is needed again: its jobs wait, the daemon says why."""
        home = self.home(start=False)
        path = home.file("mine")
        with open(path, "wb") as file:
            file.write(read_bytes(self.example()))
        os.chmod(path, 0o700)
        home.profile["plugins"].append({"exec": [path], "name": "mine"})
        home.write_profile()
        home.start()
        gate = home.file("gate")
        job = home.submit("--backend", "mine", "--sh", f"until test -e {gate}; do sleep 0.1; done")
        home.wait_state(job, "running")
        os.unlink(path)
        end_process(home.backend("mine")["pid"])
        wait_for(lambda: home.backend("mine")["problem"], "a problem")
        home.wait_state(home.submit("--", "true"), "succeeded")
        self.assertEqual(home.job(job)["state"], "running")
        with open(gate, "w", encoding="utf-8"):
            pass
        with open(path, "wb") as file:
            file.write(read_bytes(self.example()))
        os.chmod(path, 0o700)
        self.assertEqual(home.ketrewd("reload").code, 0)
        home.wait_state(job, "succeeded")

    @staticmethod
    def example():
        return f"{BUILD}/share/ketrew/backends/example_python/example_python"


if __name__ == "__main__":
    main()
