"""The pbs backend over a fake OpenPBS and a fake Torque that misbehave."""

import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FAKES = os.path.join(HERE, "..", "..", "fakes")
sys.path[:0] = [os.path.join(HERE, "..", "daemon"), FAKES]

import cluster
import harness
from harness import DaemonTest, wait_for

ENGINE = {**harness.FAST, "lost_after": "5s"}


class Misbehaviour:
    flavour = ""

    def setUp(self):
        folder = tempfile.mkdtemp(prefix="ktf", dir="/tmp")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.fake = cluster.Cluster(folder)
        commands = cluster.make_commands(os.path.join(FAKES, self.flavour + ".py"), folder)
        plugin = {"package": "pbs", "options": {"bin": commands, "exit_grace": "2s",
                                                "command_timeout": "3s", "submit_timeout": "3s"}}
        self.home_ = self.home([plugin], engine=ENGINE)
        self.record = self.home_.file("record")

    def submit(self, text):
        return self.home_.submit("--backend", "pbs", "--sh", text)

    def once(self):
        return self.submit(f"echo $KETREW_JOB_ID >>{self.record}")

    def assert_ran_once(self, *jobs):
        over = self.home_.wait_all(jobs)
        self.assertEqual({over[job]["state"] for job in jobs}, {"succeeded"}, over)
        self.assertEqual(sorted(harness.read_bytes(self.record).decode().split()), sorted(jobs))

    def test_taken_and_then_an_error(self):
        self.fake.tell("submit", after="fail")
        job = self.once()
        wait_for(lambda: self.fake.jobs(token=job + "-1"), "the submission")
        self.fake.tell("submit")
        self.assert_ran_once(job)

    def test_taken_and_never_an_answer(self):
        self.fake.tell("submit", after="hang")
        job = self.once()
        wait_for(lambda: self.fake.jobs(token=job + "-1"), "the submission")
        self.fake.tell("submit")
        self.assert_ran_once(job)

    def test_a_banner_before_the_id(self):
        self.fake.tell("submit", banner="Welcome to the cluster\n")
        self.assert_ran_once(self.once())

    def test_down_while_jobs_end(self):
        go = self.home_.file("go")
        jobs = [self.submit(f'while [ ! -e {go} ]; do sleep 0.1; done; exit {code}')
                for code in (0, 3)]
        for job in jobs:
            wait_for(lambda j=job: self.home_.job(j).get("phase") == "running", "a running job")
        for words in ({"down": True}, {"garbage": "Job Id"}, {"hang": True}):
            self.fake.tell("all", **words)
            asked = len(self.fake.calls("queue"))
            wait_for(lambda n=asked: len(self.fake.calls("queue")) > n + 1, "polls")
            self.assertEqual({self.home_.job(job)["state"] for job in jobs}, {"running"}, words)
        with open(go, "w", encoding="utf-8"):
            pass
        for job in jobs:
            wait_for(lambda j=job: harness.read_bytes(self.home_.playground(j, "exit")), "the end")
        self.assertEqual({self.home_.job(job)["state"] for job in jobs}, {"running"})
        self.fake.tell("all")
        over = self.home_.wait_all(jobs)
        self.assertEqual([over[job]["state"] for job in jobs], ["succeeded", "failed"])
        self.assertEqual(over[jobs[1]]["exit_code"], 3)

    def test_forgotten_at_its_end(self):
        self.fake.tell("queue", forget=True)
        self.fake.tell("history", only=[])
        job = self.submit("exit 5")
        over = self.home_.wait_all([job])[job]
        self.assertEqual((over["state"], over["exit_code"]), ("failed", 5))

    def test_requeued(self):
        job = self.submit(f"echo run >>{self.record}; "
                          '[ -e "$KETREW_PLAYGROUND/claim.1" ] || exec sleep 1000')
        wait_for(lambda: harness.read_bytes(self.record) == b"run\n", "the first run")
        number = self.fake.jobs(token=job + "-1")[0].id
        self.fake.requeue(number)
        self.assertEqual(self.home_.wait_all([job])[job]["state"], "succeeded")
        self.assertEqual(harness.read_bytes(self.record), b"run\nrun\n")

    def test_one_command_a_poll(self):
        self.fake.tell("submit", pretend="running")
        jobs = [self.submit("true") for _ in range(harness.scaled(50))]
        wait_for(lambda: all(self.home_.job(job).get("phase") == "running" for job in jobs), "all")
        before = len(self.fake.calls())
        wait_for(lambda: len(self.fake.calls("queue")) > before + 3, "polls")
        since = self.fake.calls()[before + 1:]
        self.assertEqual({verb for verb, _, _ in since}, {"queue"}, since)
        whole = [words for _, _, words in since if len(words) == 2 + len(jobs)]
        self.assertTrue(whole, since)


class OpenPbs(Misbehaviour, DaemonTest):
    flavour = "openpbs"


class Torque(Misbehaviour, DaemonTest):
    flavour = "torque"


if __name__ == "__main__":
    harness.main()
