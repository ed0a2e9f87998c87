"""The daemon, its client and the backend `slurm` with a real Slurm."""

import os
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "daemon"))

import harness  # noqa: E402
import slurm_cluster  # noqa: E402
from harness import end_process, scaled, wait_for  # noqa: E402

FINAL = harness.FINAL


class Slurm(harness.DaemonTest):
    cluster = None

    @classmethod
    def setUpClass(cls):
        reason = slurm_cluster.why_not()
        if reason:
            print("skipped:", reason)
            raise harness.unittest.SkipTest(reason)
        cls.cluster = slurm_cluster.SlurmCluster()
        cls.addClassCleanup(cls.cluster.stop)

    def slurm_home(self, **engine):
        home = self.home(plugins=[{"package": "slurm", "options": {
            "environment": {"SLURM_CONF": self.cluster.file("slurm.conf")}, "exit_grace": "3s",
            "submit_timeout": "20s"}}], start=False,
            engine={**harness.FAST, "lost_after": "5s", **engine})
        home.environment["PATH"] = slurm_cluster.PATH
        home.start()
        return home

    def submit(self, home, *words):
        return home.submit("--backend", "slurm", *words)

    def submit_lines(self, home, count, shell):
        path = home.file("lines")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"{i}\n" for i in range(count))
        done = home.ketrew("submit", "--backend", "slurm", "--each-line", path, "--sh", shell)
        self.assertEqual(done.code, 0, done)
        return done.text.split()

    def number(self, home, job):
        return wait_for(lambda: self.cluster.number(f"{job}-1"),
                        lambda: f"{job} in the queue: {home.job(job)}\n{home.log()}")

    def wait_phase(self, home, job, phase):
        wait_for(lambda: home.job(job)["phase"] == phase,
                 lambda: f"{job} {phase}: {home.job(job)}\n{home.log()}")

    def go(self, home):
        with open(home.file("go"), "w", encoding="utf-8"):
            pass

    def waiting_program(self, home):
        return f"until [ -e {home.file('go')} ]; do sleep 0.2; done"

    def each_ran_once(self, home, count):
        with open(home.file("runs"), encoding="utf-8") as file:
            self.assertEqual(sorted(int(line) for line in file), list(range(count)))

    def test_check(self):
        home = self.slurm_home()
        done = home.ketrewd("check")
        self.assertEqual(done.code, 0, done)
        self.assertIn("MinJobAge", done.text)
        self.assertIn("slurm-wlm", done.text)

    def test_two_hundred_jobs_of_all_kinds(self):
        home = self.slurm_home()
        program = "echo line $KETREW_ENTRY; exit $((KETREW_ENTRY % 2 * 3))"
        count = scaled(190)
        many = self.submit_lines(home, count, program)
        killed = self.submit(home, "--", "sleep", "1000")
        over_time = self.submit(home, "-o", "wall_time=1h", "--", "sleep", "1000")
        cancelled = self.submit(home, "--", "sleep", "1000")
        shot = self.submit(home, "--sh", "kill -9 $$")
        vanished = self.submit(home, "--sh", "kill -9 $PPID; sleep 1000")
        held = self.submit(home, "-o", 'raw_options=["--hold"]', "--name", "held one", "--", "echo",
                           "released")
        never = self.submit(home, "-o", 'raw_options=["--hold"]', "--", "true")
        refused = self.submit(home, "-o", "queue=nosuch", "--", "true")
        for job in (killed, over_time, cancelled):
            self.wait_phase(home, job, "running")
        self.assertEqual(home.ketrew("kill", killed).code, 0)
        self.cluster.must("scontrol", "update", "JobId=" + self.number(home, over_time), "EndTime=now")
        self.cluster.must("scancel", self.number(home, cancelled))
        for job in (held, never):
            self.wait_phase(home, job, "waiting")
        why = home.ketrew("why", held)
        self.assertIn("JobHeldUser", why.text)
        self.assertIn("held one", self.cluster.must("squeue", "-h", "--me", "-o", "%j"))
        self.cluster.must("scontrol", "release", self.number(home, held))
        self.cluster.must("scancel", self.number(home, never))
        everything = [*many, killed, over_time, cancelled, shot, vanished, held, never, refused]
        over = home.wait_all(everything)

        def seen(job):
            one = over[job]
            return one["state"], one["exit_code"], one["class"]

        for i, job in enumerate(many):
            self.assertEqual(seen(job), ("failed", 3, "exit") if i % 2 else ("succeeded", 0, None))
        self.assertEqual(over[killed]["state"], "killed")
        self.assertEqual(seen(over_time)[0::2], ("failed", "wall-time"), over[over_time])
        self.assertEqual(seen(cancelled)[0::2], ("failed", "cancelled-outside"), over[cancelled])
        self.assertEqual(seen(shot), ("failed", 137, "exit"))
        self.assertEqual(over[vanished]["state"], "failed", over[vanished])  # FAILED, signal 9
        self.assertEqual(seen(held), ("succeeded", 0, None))
        self.assertEqual(seen(never)[0::2], ("failed", "cancelled-outside"), over[never])
        self.assertEqual(seen(refused)[0::2], ("start-failed", "refused"), over[refused])
        self.assertIn("Invalid partition", over[refused]["message"])
        self.assertEqual(home.ketrew("logs", many[7]).text, "line 7\n")
        self.assertIn("ExitCode=3:0", home.ketrew("query", many[1], "scontrol").text)
        self.assertIn("DUE TO TIME LIMIT", home.ketrew("query", over_time, "slurm-output").text)
        print("200 jobs:", home.totals())

    def test_a_node_goes_down(self):
        """What may be requeued runs again under the same id; the other has lost its node."""
        home = self.slurm_home()
        program = f"echo run >>{home.file('runs')}; " + self.waiting_program(home)
        again = self.submit(home, "-o", "requeue=true", "--sh", program)
        once = self.submit(home, "-o", "requeue=false", "--", "sleep", "1000")
        for job in (again, once):
            self.wait_phase(home, job, "running")
        number = self.number(home, again)
        self.cluster.must("scontrol", "update", "NodeName=n1", "State=DOWN", "Reason=test")
        over = home.wait_state(once, "failed", "lost")
        self.assertEqual(over["class"], "node", over)
        self.wait_phase(home, again, "waiting")
        self.cluster.run("scontrol", "update", "NodeName=n1", "State=RESUME")
        # A requeued job waits two minutes, unless it is told otherwise.
        self.cluster.must("scontrol", "update", "JobId=" + number, "StartTime=now")
        self.go(home)
        over = home.wait_state(again, "succeeded")
        self.assertEqual(over["attempt"], 1)
        with open(home.file("runs"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "run\nrun\n")

    def test_the_controller_is_away(self):
        """Frozen, then killed: nothing fails, all is told afterwards, and what was submitted in
        between runs once."""
        home = self.slurm_home()
        before = self.submit(home, "--sh", self.waiting_program(home))
        self.wait_phase(home, before, "running")
        self.cluster.send("slurmctld", signal.SIGSTOP)
        frozen = self.submit(home, "--sh", f"echo 0 >>{home.file('runs')}")
        wait_for(lambda: "timed out" in str(home.job(frozen)) + str(home.history(frozen)),
                 lambda: f"a doubt: {home.job(frozen)} {home.history(frozen)}")
        self.assertNotIn(home.job(before)["state"], FINAL)
        self.cluster.send("slurmctld", signal.SIGCONT)
        home.wait_state(frozen, "succeeded")
        self.cluster.end("slurmctld", signal.SIGKILL)
        away = self.submit(home, "--sh", f"echo 1 >>{home.file('runs')}")
        self.go(home)
        wait_for(lambda: "contact" in str(home.job(away)) + str(home.history(away)),
                 lambda: f"a refusal: {home.job(away)} {home.history(away)}")
        self.assertNotIn(home.job(before)["state"], FINAL)
        self.cluster.start_controller()
        for job in (before, away):
            home.wait_state(job, "succeeded")
        self.each_ran_once(home, 2)

    def test_killed_while_a_hundred_are_submitted(self):
        home = self.slurm_home()
        count = scaled(100)
        jobs = self.submit_lines(home, count, f"echo $KETREW_ENTRY >>{home.file('runs')}")

        def submitted():
            return len([name for name in os.listdir(home.file("playground"))
                        if os.path.exists(home.playground(name[:-2], "submit"))]) \
                if os.path.isdir(home.file("playground")) else 0

        for share in (0.05, 0.3, 0.6):
            wait_for(lambda: submitted() >= share * count, "submissions")
            backend = home.backend("slurm")["pid"]
            if backend:
                end_process(backend)
            home.kill_daemon()
            home.start()
        over = home.wait_all(jobs)
        self.assertEqual({job["state"] for job in over.values()}, {"succeeded"})
        self.each_ran_once(home, count)
        numbers = self.cluster.must("squeue", "-h", "-t", "all", "--me", "-O", "Comment:")
        ours = [line for line in numbers.splitlines() if line[7:-2] in set(jobs)]
        print(f"{count} jobs, killed three times: {len(ours)} submissions")


if __name__ == "__main__":
    harness.main()
