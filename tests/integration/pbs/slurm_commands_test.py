"""The pbs backend over a real Slurm, through its commands with Torque's names."""

import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "daemon"), os.path.join(HERE, "..", "slurm")]

import harness
from harness import DaemonTest, wait_for
import slurm_cluster

ENGINE = {**harness.FAST, "lost_after": "5s"}


def is_slurms(command):
    path = shutil.which(command)
    return bool(path) and b"Slurm" in harness.read_bytes(path)


class OverSlurm(DaemonTest):
    def setUp(self):
        reason = slurm_cluster.why_not()
        if reason:
            self.skipTest(reason)
        if not is_slurms("qsub"):
            self.skipTest("qsub is not Slurm's (package slurm-wlm-torque)")
        self.slurm = slurm_cluster.SlurmCluster()
        self.addCleanup(self.slurm.stop)
        plugin = {"package": "pbs",
                  "options": {"environment": {"SLURM_CONF": self.slurm.file("slurm.conf")},
                              "exit_grace": "2s"}}
        self.cluster = self.home([plugin], engine=ENGINE)

    def submit(self, text, *words):
        return self.cluster.submit("--backend", "pbs", *words, "--sh", text)

    def id_in_slurm(self, job):
        def look():
            for number, name in self.slurm.names().items():
                if name.endswith(job + "-1"):
                    return number
            return None

        return wait_for(look, f"{job} in Slurm")

    def submit_lines(self, count, shell):
        path = self.cluster.file("lines")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"{i}\n" for i in range(count))
        done = self.cluster.ketrew("submit", "--backend", "pbs", "--each-line", path, "--sh", shell)
        self.assertEqual(done.code, 0, done)
        return done.text.split()

    def test_two_hundred_jobs_of_all_kinds(self):
        many = self.submit_lines(harness.scaled(194), "echo out $KETREW_ENTRY; echo err >&2; "
                                 "exit $((KETREW_ENTRY % 2 * 3))")
        three = self.submit("exit 3")
        signal = self.submit("kill -9 $$")
        long = self.submit("exec sleep 1000")
        outside = self.submit("exec sleep 1000")
        held = self.submit("echo released", "-o", 'raw_options=["-h"]')
        over_time = self.submit("exec sleep 1000", "-o", "wall_time=1h")
        self.cluster.wait_state(long, "running")
        wait_for(lambda: self.cluster.job(long).get("phase") == "running", "a running job")
        self.assertEqual(self.cluster.ketrew("kill", long).code, 0)
        self.assertEqual(self.slurm.run("scancel", self.id_in_slurm(outside)).returncode, 0)
        wait_for(lambda: self.cluster.job(over_time).get("phase") == "running", "a running job")
        # slurmctld takes no time that has passed when it hears of it.
        wait_for(lambda: self.slurm.run("scontrol", "update", "JobId=" + self.id_in_slurm(over_time),
                                        "EndTime=now+2").returncode == 0, "a nearer end")
        number = self.id_in_slurm(held)
        self.assertEqual(self.slurm.run("scontrol", "release", number).returncode, 0)
        over = self.cluster.wait_all([*many, three, signal, long, outside, held, over_time])

        for i, job in enumerate(many):
            seen = over[job]["state"], over[job]["exit_code"], over[job]["class"]
            self.assertEqual(seen, ("failed", 3, "exit") if i % 2 else ("succeeded", 0, None), over[job])
        for i in range(0, len(many), 20):
            self.assertEqual(self.cluster.ketrew("logs", many[i]).text, f"out {i}\n")
        self.assertEqual(self.cluster.ketrew("logs", "--stderr", many[0]).text, "err\n")
        self.assertEqual(over[over_time]["state"], "failed", over[over_time])
        print("200 jobs:", self.cluster.totals(), "over its time:", over[over_time]["class"],
              over[over_time]["exit_code"])
        self.assertEqual((over[three]["state"], over[three]["exit_code"]), ("failed", 3))
        self.assertEqual(over[signal]["state"], "failed", over[signal])
        self.assertEqual(over[signal]["exit_code"], 137, over[signal])
        self.assertEqual(over[long]["state"], "killed", over[long])
        self.assertEqual(over[outside]["state"], "failed", over[outside])
        self.assertEqual(over[held]["state"], "succeeded", over[held])
        self.assertEqual(len(self.slurm.names()), len(over))

    def test_a_waiting_job_says_so(self):
        job = self.submit("true", "-o", 'raw_options=["-h"]')
        self.id_in_slurm(job)
        wait_for(lambda: "queued" in self.cluster.ketrew("why", job).text,
                 lambda: self.cluster.ketrew("why", job).text)
        queries = self.cluster.ketrew("query", job).text
        for name in ("stdout", "script", "qstat", "scheduler"):
            self.assertIn(name, queries)
        self.assertIn("job_state = Q", self.cluster.ketrew("query", job, "qstat").text)
        self.assertEqual(self.cluster.ketrew("kill", job).code, 0)
        self.cluster.wait_state(job, "killed")

    def test_options_arrive(self):
        job = self.submit("true", "-o", "cpus=2", "-o", "memory=150M", "-o", "wall_time=90m",
                          "-o", "job_name=my name", "-o", "queue=debug", "-o", "rerun=false")
        number = self.id_in_slurm(job)
        shown = self.slurm.run("scontrol", "show", "job", number).stdout
        for words in ("JobName=my_name-", "NumCPUs=2", "TimeLimit=01:30:00", "Requeue=0",
                      "MinMemoryNode=150M"):
            self.assertIn(words, shown)
        self.cluster.wait_all([job])

    def test_refusals(self):
        job = self.submit("true", "-o", "queue=nosuch", "--retries", "0")
        over = self.cluster.wait_all([job])[job]
        self.assertEqual(over["state"], "start-failed", over)
        self.assertIn("partition", over["message"])

    def test_a_requeue_runs_once_more_under_its_id(self):
        job = self.submit('echo run >>"$KETREW_PLAYGROUND/runs"; '
                          '[ -e "$KETREW_PLAYGROUND/claim.1" ] || exec sleep 1000')
        number = self.id_in_slurm(job)
        runs = self.cluster.playground(job, "runs")
        wait_for(lambda: harness.read_bytes(runs) == b"run\n", "the first run")
        self.assertEqual(self.slurm.run("scontrol", "requeue", number).returncode, 0)
        # Slurm lets it rest for two minutes; not us.
        wait_for(lambda: "BeginTime" in self.slurm.run(
            "scontrol", "show", "job", number).stdout, "the requeued job")
        self.slurm.run("scontrol", "update", f"JobId={number}", "StartTime=now")
        over = self.cluster.wait_all([job])[job]
        self.assertEqual(over["state"], "succeeded", over)
        self.assertEqual(harness.read_bytes(runs), b"run\nrun\n")

    def test_the_controller_goes_and_comes_back(self):
        running = [self.submit(f'while [ ! -e "{self.cluster.path}/go" ]; do sleep 0.1; done; exit 4')
                   for _ in range(3)]
        for job in running:
            wait_for(lambda j=job: self.cluster.job(j).get("phase") == "running", "running")
        self.slurm.end("slurmctld")
        waiting = self.submit("true")
        with open(self.cluster.file("go"), "w", encoding="utf-8"):
            pass
        for job in running:  # they end, and nobody can tell
            wait_for(lambda j=job: harness.read_bytes(self.cluster.playground(j, "exit")), "exit")
        self.assertEqual({self.cluster.job(job)["state"] for job in running}, {"running"})
        self.slurm.start_controller()
        over = self.cluster.wait_all([*running, waiting])
        for job in running:
            self.assertEqual((over[job]["state"], over[job]["exit_code"]), ("failed", 4))
        self.assertEqual(over[waiting]["state"], "succeeded", over[waiting])

    def test_killed_while_a_hundred_are_submitted(self):
        record = self.cluster.file("runs")
        count = harness.scaled(100)
        jobs = self.submit_lines(count, f"echo $KETREW_JOB_ID >>{record}")
        place = self.cluster.file("playground")

        def submitted():
            names = os.listdir(place) if os.path.isdir(place) else []
            return sum(os.path.exists(os.path.join(place, name, "submit")) for name in names)

        for share in (0.05, 0.3, 0.6):
            wait_for(lambda: submitted() >= share * count, "submissions")
            self.cluster.kill_backend("pbs")
            self.cluster.kill_daemon()
            self.cluster.start()
        over = self.cluster.wait_all(jobs)
        self.assertEqual({over[job]["state"] for job in jobs}, {"succeeded"})
        lines = harness.read_bytes(record).decode().split()
        self.assertEqual(sorted(lines), sorted(jobs))

    def test_check(self):
        said = self.cluster.ketrewd("check")
        self.assertIn("Slurm's wrappers", said.text + said.error)


if __name__ == "__main__":
    harness.main()
