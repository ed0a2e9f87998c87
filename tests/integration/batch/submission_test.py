"""Submissions that go wrong: nothing runs twice, nothing is lost."""

import os
import signal

import batch
from batch import scaled, wait_for
from harness import end_process, read_bytes


class Submission(batch.BatchTest):
    def run_once(self, **told):
        """A job whose submission is answered so badly: it runs once, and is found."""
        home, fake = self.batch_home(start=False, options={"submit_timeout": "2s"})
        fake.tell("submit", **told)
        home.start()
        job = self.submit(home, "--sh", f"echo 0 >>{home.file('runs')}")
        wait_for(lambda: fake.jobs(token=self.token(job)), "the job to be taken")
        fake.tell("submit")
        home.wait_state(job, "succeeded")
        self.runs(home, 1)
        self.assertEqual(len(fake.calls("submit")), 1)

    def test_taken_and_then_failed(self):
        """F1"""
        self.run_once(after="fail")

    def test_taken_and_then_hung(self):
        """F1: killed at its time limit, found by the token."""
        self.run_once(after="hang")

    def test_a_banner_before_the_answer(self):
        """F4"""
        self.run_once(banner="Welcome to the site!\n * maintenance on Monday *\n")

    def test_answers_that_are_no_id(self):
        """F4: found or proven absent, then submitted."""
        for garbage in ("", "your job was taken\n", "17\n18\n"):
            with self.subTest(garbage=garbage):
                home, fake = self.batch_home(start=False)
                fake.tell("submit", garbage=garbage)
                home.start()
                job = self.submit(home, "--sh", f"echo 0 >>{home.file('runs')}")
                wait_for(lambda: fake.calls("submit"), "a submission")
                fake.tell("submit")
                home.wait_state(job, "succeeded")
                self.runs(home, 1)

    def test_refused_for_now_spends_no_attempt(self):
        """F6"""
        home, fake = self.batch_home(start=False)
        fake.tell("submit", refuse="now")
        home.start()
        job = self.submit(home, "--", "true")
        wait_for(lambda: len(fake.calls("submit")) > 1, "a second try")
        self.assertEqual(home.job(job)["attempt"], 1)
        fake.tell("submit")
        self.assertEqual(home.wait_state(job, "succeeded")["attempt"], 1)

    def test_refused_for_ever(self):
        home, fake = self.batch_home(start=False)
        fake.tell("submit", refuse="ever")
        home.start()
        over = home.wait_state(self.submit(home, "--", "true"), "start-failed")
        self.assertEqual(over["class"], "refused", over)
        self.assertEqual(len(fake.calls("submit")), 1)

    def test_down_at_the_start(self):
        home, fake = self.batch_home(start=False)
        fake.tell("all", down=True)
        home.start()
        job = self.submit(home, "--sh", f"echo 0 >>{home.file('runs')}")
        wait_for(fake.calls, "a submission, or a question before it")
        self.wait_reason(home, job, getattr(batch.FLAVOUR, "DOWN", "onnect"))
        fake.tell("all")
        home.wait_state(job, "succeeded")
        self.runs(home, 1)

    def test_killed_at_random_while_a_hundred_are_submitted(self):
        """Daemon and backend, with -9, several times: each job runs once."""
        home, fake = self.batch_home()
        count = scaled(100)
        jobs = self.submit_lines(home, count, f"echo $KETREW_ENTRY >>{home.file('runs')}")
        for share in (0.1, 0.4, 0.7):
            wait_for(lambda: len(fake.calls("submit")) >= share * count, "submissions")
            pids = [home.backend(batch.BACKEND)["pid"], home.pid]
            for pid in pids:
                if pid:
                    end_process(pid, signal.SIGKILL)
            wait_for(lambda: not os.path.exists(f"/proc/{pids[1]}/exe") or
                     not read_bytes(f"/proc/{pids[1]}/cmdline"), "the end of the daemon")
            home.start()
        over = home.wait_all(jobs)
        self.assertEqual({job["state"] for job in over.values()}, {"succeeded"})
        self.runs(home, count)

    def test_killed_shells_too(self):
        """What runs on the host for us is killed in mid-submission as well."""
        home, fake = self.batch_home(start=False, options={"submit_timeout": "2s"})
        fake.tell("submit", delay=0.2)
        home.start()
        count = scaled(20, least=4)
        jobs = self.submit_lines(home, count, f"echo $KETREW_ENTRY >>{home.file('runs')}")
        wait_for(lambda: len(fake.calls("submit")) >= 3, "submissions")
        for pid in home.processes():
            words = read_bytes(f"/proc/{pid}/cmdline").split(b"\0")
            if words[:2] == [b"/bin/sh", b"-s"] or b"ketrewd" in words[0] or \
                    b"backend-host" in words[0]:
                end_process(pid)
        wait_for(lambda: not home.processes("ketrewd"), "the end of the daemon")
        fake.tell("submit")
        home.start()
        over = home.wait_all(jobs)
        self.assertEqual({job["state"] for job in over.values()}, {"succeeded"})
        self.runs(home, count)


if __name__ == "__main__":
    batch.main()
