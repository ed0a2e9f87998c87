"""The daemon, its client and the backend `sge` with a real Grid Engine."""

import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "daemon"))

import grid_engine  # noqa: E402
import harness  # noqa: E402
from harness import FINAL, end_process, scaled, wait_for  # noqa: E402

REASON = grid_engine.why_not()


class OnGridEngine(harness.DaemonTest):
    cluster = None

    @classmethod
    def setUpClass(cls):
        if REASON:
            raise harness.unittest.SkipTest(REASON)
        cls.cluster = grid_engine.GridEngine(tempfile.mkdtemp(prefix="kge", dir="/tmp"))
        cls.addClassCleanup(cls.cluster.close)

    def sge_home(self):
        return self.home(plugins=[{"package": "sge", "options": {
            "bin": self.cluster.programs, "environment": self.cluster.environment,
            "exit_grace": "3s", "submit_timeout": "5s"}}],
            engine={**harness.FAST, "lost_after": "5s"})

    def submit(self, home, *words):
        return home.submit("--backend", "sge", *words)

    def submit_lines(self, home, count, shell, *words):
        path = home.file("lines")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"{i}\n" for i in range(count))
        done = home.ketrew("submit", "--backend", "sge", "--each-line", path, *words, "--sh", shell)
        self.assertEqual(done.code, 0, done)
        return done.text.split()

    def number(self, home, job):
        return wait_for(lambda: self.cluster.number(f"{job}-1"),
                        lambda: f"{job} in the queue: {home.job(job)}\n{home.log()}")

    def wait_phase(self, home, job, phase):
        wait_for(lambda: home.job(job)["phase"] == phase,
                 lambda: f"{job} {phase}: {home.job(job)}\n{home.log()}\n{self.cluster.logs()}")

    def each_ran_once(self, home, count):
        with open(home.file("runs"), encoding="utf-8") as file:
            self.assertEqual(sorted(int(line) for line in file), list(range(count)))

    def test_check(self):
        home = self.sge_home()
        home.wait_state(self.submit(home, "--", "true"), "succeeded")  # qacct has no file before
        done = home.ketrewd("check")
        self.assertEqual(done.code, 0, done)
        for words in ("SGE 8.1.9", "qmaster", "qacct can be asked"):
            self.assertIn(words, done.text)
        self.assertNotIn("parallel environment", done.text)  # there is "smp"

    def test_two_hundred_jobs_of_all_kinds(self):
        home = self.sge_home()
        # 99 and 100 are orders to Grid Engine; not from us.
        many = self.submit_lines(home, scaled(170), "echo line $KETREW_ENTRY; "
                                 "exit $((KETREW_ENTRY % 2 * 3 + (KETREW_ENTRY % 85 == 84) * 96))")
        held = self.submit_lines(home, scaled(10), "echo released", "-o", 'raw_options=["-h"]',
                                 "-o", "job_name=held one")
        killed, cancelled = ([self.submit(home, "--", "sleep", "1000") for _ in range(5)]
                             for _ in range(2))
        over_time = [self.submit(home, "-o", "wall_time=2s", "--", "sleep", "1000")
                     for _ in range(3)]
        shot = self.submit(home, "--sh", "kill -9 $$")
        vanished = self.submit(home, "--sh", "kill -9 $PPID; sleep 1000")
        never, deleted = (self.submit(home, "-o", 'raw_options=["-h"]', "--", "true")
                          for _ in range(2))
        refused = self.submit(home, "-o", "queue=nosuch.q", "--", "true")
        large = self.submit(home, "-o", "cpus=999", "--", "true")  # more than there is
        for job in (*killed, *cancelled):
            self.wait_phase(home, job, "running")
        self.assertEqual(home.ketrew("kill", *killed).code, 0)
        self.cluster.must("qdel", *(self.number(home, job) for job in cancelled))
        for job in (*held, never, deleted):
            self.wait_phase(home, job, "waiting")
        wait_for(lambda: "on hold" in home.ketrew("why", held[0]).text,
                 lambda: home.ketrew("why", held[0]).text)
        self.assertIn("held_one.", home.ketrew("query", held[0], "qstat").text)
        wait_for(lambda: "only offers" in home.ketrew("why", large).text,
                 lambda: home.ketrew("why", large).text)
        self.assertEqual(home.ketrew("kill", large).code, 0)
        self.cluster.must("qrls", *(self.number(home, job) for job in held))
        self.assertEqual(home.ketrew("kill", never).code, 0)
        self.cluster.must("qdel", self.number(home, deleted))
        over = home.wait_all([*many, *held, *killed, *cancelled, *over_time, shot, vanished, never,
                              deleted, refused, large])

        def seen(job):
            one = over[job]
            return one["state"], one["exit_code"], one["class"]

        for i, job in enumerate(many):
            code = i % 2 * 3 + (i % 85 == 84) * 96
            self.assertEqual(seen(job), ("failed", code, "exit") if code else ("succeeded", 0, None),
                             over[job])
        for job in held:
            self.assertEqual(seen(job), ("succeeded", 0, None), over[job])
        for job in (*killed, never, large):
            self.assertEqual(over[job]["state"], "killed", over[job])
        for job in cancelled:
            self.assertEqual(seen(job)[0::2], ("failed", "cancelled-outside"), over[job])
        for job in over_time:
            self.assertEqual(seen(job)[0::2], ("failed", "wall-time"), over[job])
        self.assertEqual(seen(shot), ("failed", 137, "exit"), over[shot])
        self.assertEqual(over[vanished]["state"], "failed", over[vanished])
        self.assertEqual(over[deleted]["state"], "lost", over[deleted])  # it left no record
        self.assertEqual(seen(refused)[0::2], ("start-failed", "refused"), over[refused])
        self.assertIn("nosuch.q", over[refused]["message"])
        self.assertEqual(home.ketrew("logs", many[7]).text, "line 7\n")
        self.assertIn("exit_status  3", home.ketrew("query", many[1], "qacct").text)
        print(f"{len(over)} jobs:", home.totals())

    def test_qmaster_is_away(self):
        """Frozen, then stopped: nothing fails, all is told afterwards, and what was submitted in
        between runs once."""
        home = self.sge_home()
        running = self.submit_lines(home, 5, f"until [ -e {home.file('go')} ]; do sleep 0.2; done; "
                                    "exit $KETREW_ENTRY")
        for job in running:
            self.wait_phase(home, job, "running")
        self.cluster.freeze_qmaster(True)
        frozen = self.submit(home, "--sh", f"echo 0 >>{home.file('runs')}")
        wait_for(lambda: "killed" in str(home.job(frozen)) + str(home.history(frozen)),
                 lambda: f"a doubt: {home.job(frozen)} {home.history(frozen)}")
        self.cluster.freeze_qmaster(False)
        home.wait_state(frozen, "succeeded")
        self.cluster.stop_qmaster()
        away = self.submit(home, "--sh", f"echo 1 >>{home.file('runs')}")
        with open(home.file("go"), "w", encoding="utf-8"):
            pass
        for job in running:  # they end, and nobody can tell
            wait_for(lambda one=job: os.path.exists(home.playground(one, "exit")), "exit files")
        wait_for(lambda: "refused" in str(home.job(away)) + str(home.history(away)),
                 lambda: f"a refusal: {home.job(away)} {home.history(away)}")
        for job in running:
            self.assertNotIn(home.job(job)["state"], FINAL)
        self.cluster.start_qmaster()
        over = home.wait_all([*running, away])
        self.assertEqual([over[job]["exit_code"] for job in running], [0, 1, 2, 3, 4])
        self.assertEqual(over[away]["state"], "succeeded", over[away])
        self.each_ran_once(home, 2)

    def test_killed_while_a_hundred_are_submitted(self):
        home = self.sge_home()
        count = scaled(100)
        jobs = self.submit_lines(home, count, f"echo $KETREW_ENTRY >>{home.file('runs')}")
        place = home.file("playground")

        def submitted():
            names = os.listdir(place) if os.path.isdir(place) else []
            return len([name for name in names if os.path.exists(os.path.join(place, name, "submit"))])

        for share in (0.05, 0.3, 0.6):
            wait_for(lambda: submitted() >= share * count, "submissions")
            backend = home.backend("sge")["pid"]
            if backend:
                end_process(backend)
            home.kill_daemon()
            home.start()
        over = home.wait_all(jobs)
        self.assertEqual({job["state"] for job in over.values()}, {"succeeded"})
        self.each_ran_once(home, count)


if __name__ == "__main__":
    if not REASON:
        grid_engine.enter()
    harness.main()
