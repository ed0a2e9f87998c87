"""Jobs outlive the daemon, its backends and the supervisor; each runs once."""

import collections
import os
import random
import threading

from harness import (DaemonTest, end_process, main, read_bytes, scaled, wait_for)


class Survival(DaemonTest):
    def release(self, path):
        with open(path, "w", encoding="utf-8"):
            pass

    def test_a_long_job_through_crashes(self):
        """The job ends when the test lets it: after all that happens to the others."""
        home = self.home()
        runs, gate = home.file("runs"), home.file("gate")
        job = home.submit("--sh", f"echo run >>{runs}; until test -e {gate}; do sleep 0.1; done; "
                                  "echo done")
        home.wait_state(job, "running")
        wait_for(lambda: read_bytes(runs), "the job's first words")
        for _ in range(3):
            home.kill_daemon()
            said = home.start().text
            self.assertIn("1 re-attached", said)
            self.assertEqual(home.job(job)["state"], "running")
        old = home.kill_backend("daemonize")
        wait_for(lambda: home.backend("daemonize")["pid"] not in (None, 0, old)
                 and home.backend("daemonize")["state"] == "ready", "another backend process")
        self.assertEqual(home.job(job)["state"], "running")
        home.stop()
        home.start()
        self.release(gate)
        seen = home.wait_state(job, "succeeded", "failed", "lost")
        self.assertEqual((seen["state"], seen["exit_code"], seen["attempt"]), ("succeeded", 0, 1))
        self.assertEqual(read_bytes(runs), b"run\n")
        self.assertEqual(home.ketrew("logs", job).out, b"done\n")
        self.assertEqual(home.states(job), ["queued", "starting", "running", "succeeded"])

    def test_it_ends_while_nobody_watches(self):
        home = self.home()
        gate = home.file("gate")
        ids = [home.submit("--sh", f"until test -e {gate}; do sleep 0.1; done; exit {code}")
               for code in (0, 5)]
        for job in ids:
            home.wait_state(job, "running")
        home.kill_daemon()
        self.release(gate)
        for job in ids:
            wait_for(lambda: read_bytes(home.playground(job, "exit")), "the exit file")
        home.start()
        self.assertEqual(home.wait_state(ids[0], "succeeded")["exit_code"], 0)
        self.assertEqual(home.wait_state(ids[1], "failed")["exit_code"], 5)

    def test_the_supervisor_is_killed(self):
        """Its guardian goes on writing exit files."""
        home = self.home()
        gate = home.file("gate")
        job = home.submit("--sh", f"until test -e {gate}; do sleep 0.1; done; exit 4")
        home.wait_state(job, "running")
        end_process(home.supervisors()[1])
        second = home.submit("--", "true")
        home.wait_state(second, "succeeded")
        self.release(gate)
        seen = home.wait_state(job, "failed", "lost")
        self.assertEqual((seen["state"], seen["exit_code"]), ("failed", 4))

    def test_supervisor_and_guardian_are_killed(self):
        """The job itself goes on; how it ended is not guessed to be a success or an exit code."""
        home = self.home(engine={"poll_interval": "250ms", "poll_interval_max": "500ms",
                                 "lost_after": "1s"})
        runs, gate = home.file("runs"), home.file("gate")
        job = home.submit("--sh", f"until test -e {gate}; do sleep 0.1; done; echo run >>{runs}")
        home.wait_state(job, "running")
        for pid in home.supervisors():
            end_process(pid)
        second = home.submit("--", "true")
        home.wait_state(second, "succeeded")
        self.assertEqual(home.job(job)["state"], "running", "its process is there")
        self.release(gate)
        seen = home.wait_state(job, "failed", "lost", "succeeded")
        self.assertEqual(read_bytes(runs), b"run\n")
        self.assertEqual(seen["state"], "lost", seen)
        self.assertTrue(home.ketrew("why", job).text)

    def short_jobs(self, home, count, batch, crash):
        """Submits `count` jobs in batches while crash() is called again and again."""
        runs = home.file("runs")
        over = threading.Event()
        problems = []

        def crashes():
            chance = random.Random(7)
            while not over.is_set():
                try:
                    crash(chance)
                except Exception as problem:  # told by the test's own thread
                    problems.append(problem)
                    return
                over.wait(chance.uniform(0.02, 0.4))

        thread = threading.Thread(target=crashes)
        thread.start()
        ids = []
        try:
            for first in range(0, count, batch):
                # A client whose daemon dies asks again, with the same key; or it says that it
                # could not, and the same key asks once more.
                def accepted(first=first):
                    self.assertFalse(problems, problems)
                    done = home.ketrew("submit", "--idempotency-key", f"b{first}", "--each-line",
                                       "-", "--sh", f'echo "$KETREW_JOB_ID" >>{runs}',
                                       input=b"x\n" * batch)
                    return done.text.split() if done.code == 0 else None

                ids += wait_for(accepted, "a daemon that accepts")
            thread_end = len(ids)
            self.assertEqual(thread_end, count)
        finally:
            over.set()
            thread.join()
        self.assertFalse(problems, problems)
        if not os.path.exists(home.socket) or not home.ketrewd("status").code == 0:
            home.ketrewd("start")
        jobs = home.wait_all(ids)
        self.assertEqual(len(set(ids)), count)
        ran = collections.Counter(read_bytes(runs).decode().split())
        self.assertEqual(set(ran.values()), {1}, [job for job in ran if ran[job] != 1])
        self.assertLessEqual(set(ran), set(ids), "something ran that nobody knows")
        return jobs, ran

    def test_short_jobs_while_the_daemon_is_killed(self):
        home = self.home()

        def crash(_):
            home.kill_daemon()
            home.start()

        count = scaled(500, 40)
        jobs, ran = self.short_jobs(home, count, 10, crash)
        self.assertEqual(len(ran), count)
        self.assertEqual(home.totals(), {"succeeded": count},
                         [job for job in jobs.values() if job["state"] != "succeeded"][:3])
        for job in jobs:
            self.assert_history(home.history(job), job)

    def test_short_jobs_while_everything_is_killed(self):
        """The daemon, backend processes and supervisors; guardians too, now and then."""
        home = self.home(engine={"poll_interval": "250ms", "poll_interval_max": "1s",
                                 "lost_after": "2s", "retry_delay": "250ms"})

        def crash(chance):
            victim = chance.choice(["daemon", "backend", "backend", "supervisor"])
            if victim == "daemon":
                home.kill_daemon()
                home.start()
            elif victim == "backend":
                for pid in home.processes("ketrew-backend-host"):
                    end_process(pid)
            else:
                for pid in home.supervisors()[1:]:
                    end_process(pid)

        count = scaled(500, 40)
        jobs, ran = self.short_jobs(home, count, 10, crash)
        # A guardian took over each time: nothing is lost.
        self.assertEqual(home.totals(), {"succeeded": count},
                         [job for job in jobs.values() if job["state"] != "succeeded"][:3])
        self.assertEqual(len(ran), count)
        for job in jobs:
            self.assert_history(home.history(job), job)


if __name__ == "__main__":
    main()
