"""Schedulers that lie, hang and forget: not knowing is not failing."""

import os

import batch
from batch import scaled, unless, wait_for
import harness
from harness import FINAL


class Trouble(batch.BatchTest):
    def running(self, **options):
        home, fake = self.batch_home(options=options)
        job = self.submit(home, "--sh", self.until_go(home))
        number = self.wait_in(home, fake, job, "running").id
        wait_for(lambda: home.job(job)["phase"] == "running", lambda: str(home.job(job)))
        return home, fake, job, number

    def until_go(self, home):
        return f"until [ -e {home.file('go')} ]; do sleep 0.1; done"

    def go(self, home):
        with open(home.file("go"), "w", encoding="utf-8"):
            pass

    def test_one_command_for_many(self):
        """F15"""
        home, fake = self.batch_home(start=False)
        fake.tell("submit", pretend="running")
        home.start()
        jobs = self.submit_lines(home, scaled(120), "true")
        wait_for(lambda: len(fake.jobs()) == len(jobs), "the submissions")
        wait_for(lambda: {job["phase"] for job in home.list()} == {"running"},
                 lambda: f"all to be seen: {home.totals()}\n{home.log()}")
        before = len(fake.calls("queue"))
        polls = home.get(f"/v1/backends/{batch.BACKEND}")
        self.wait_polls(fake, 3)
        asked = fake.calls("queue")[before:]
        # Each was about all of them: no poll was cut into several.
        self.assertLessEqual(len(asked), 6, polls)

    def test_down_for_long(self):
        """F8: while jobs finish; nothing fails, and all is told afterwards."""
        home, fake, job, _ = self.running()
        fake.tell("all", down=True)
        self.go(home)
        self.wait_in(home, fake, job, "completed")
        self.wait_polls(fake, 3)
        self.assertNotIn(home.job(job)["state"], FINAL)
        fake.tell("all")
        home.wait_state(job, "succeeded")

    def test_garbage(self):
        home, fake, job, _ = self.running()
        for garbage in ("", "Segmentation fault\n", "%s 1 2 3\n|||||||||||\n"):
            fake.tell("queue", garbage=garbage)
            self.wait_polls(fake)
            self.assertNotIn(home.job(job)["state"], FINAL)
        fake.tell("queue")
        self.go(home)
        home.wait_state(job, "succeeded")

    def test_forgotten_after_the_end(self):
        """F10: the exit file is the first source."""
        home, fake, job, _ = self.running()
        fake.tell("queue", forget=True)
        fake.tell("history", forget=True)
        self.go(home)
        home.wait_state(job, "succeeded")

    def test_the_daemon_is_away_for_longer_than_the_scheduler_remembers(self):
        """F10"""
        home, fake, job, number = self.running()
        home.stop()
        self.go(home)
        self.wait_in(home, fake, job, "completed")
        fake.hide(number)
        home.start()
        home.wait_state(job, "succeeded")

    def test_vanished_while_running(self):
        """F11: it comes back, and nothing has happened."""
        home, fake = self.batch_home(engine={"lost_after": "1h"})
        job = self.submit(home, "--sh", self.until_go(home))
        number = self.wait_in(home, fake, job, "running").id
        wait_for(lambda: home.job(job)["phase"] == "running", lambda: str(home.job(job)))
        fake.hide(number)
        self.wait_reason(home, job, "out of sight")
        fake.show(number)
        self.wait_polls(fake)
        self.assertEqual(home.job(job)["state"], "running")
        self.go(home)
        home.wait_state(job, "succeeded")

    def test_vanished_for_good(self):
        home, fake, job, number = self.running()
        fake.end(number, "cancelled", 9)
        fake.hide(number)
        over = home.wait_state(job, "lost")
        self.assertIn("no exit file", over["evidence"]["words"])  # where it was looked for

    def test_known_in_part(self):
        """F9: an answer about some ids only is healthy, and says that the others are gone."""
        home, fake = self.batch_home(engine={"lost_after": "1h"})
        one, two = (self.submit(home, "--sh", self.until_go(home))
                    for _ in range(2))
        number = self.wait_in(home, fake, one, "running").id
        self.wait_in(home, fake, two, "running")
        fake.tell("queue", only=[number])
        self.wait_reason(home, two, "out of sight")
        self.assertEqual(home.job(one)["state"], "running")
        fake.tell("queue")
        self.go(home)
        self.assertEqual({job["state"] for job in home.wait_all([one, two]).values()},
                         {"succeeded"})

    def test_the_exit_file_comes_late(self):
        """F17: a shared file system shows it after the scheduler has said that the job is over."""
        home, fake, job, number = self.running(exit_grace="1h")
        place = home.playground(job, "")
        self.go(home)
        hidden = home.file("hidden")

        def steal():
            try:
                os.rename(os.path.join(place, "exit"), hidden)
                return True
            except FileNotFoundError:
                return False

        # Whoever is first: if the daemon has seen it already, it has ended well.
        stolen = wait_for(lambda: steal() or home.job(job)["state"] in FINAL, "the exit file")
        if stolen is True and home.job(job)["state"] not in FINAL:
            self.wait_in(home, fake, job, "completed")
            self.wait_polls(fake, 2)
            self.assertNotIn(home.job(job)["state"], FINAL)
            os.rename(hidden, os.path.join(place, "exit"))
        home.wait_state(job, "succeeded")
        self.assertEqual(fake.job(number).state, "completed")

    @unless("requeue")
    def test_requeued_under_the_same_id(self):
        """F19: seen, and the exit file of the first run does not count."""
        home, fake, job, number = self.running()
        fake.requeue(number)
        self.wait_in(home, fake, job, "running")
        if "restart count" not in batch.LACKS:
            def seen():
                state = home.job(job)["backend_state"]["state"]
                return state.get("restarts") == 1 or state.get("shown", {}).get("runs") == "2"
            wait_for(seen, lambda: str(home.job(job)))
        self.go(home)
        self.assertEqual(home.wait_state(job, "succeeded")["attempt"], 1)

    def test_a_poll_that_hangs_holds_up_no_other_host(self):
        """F16"""
        home, fake = self.batch_home(start=False)
        home.profile["plugins"].append(harness.DAEMONIZE)
        home.write_profile()
        home.start()
        job = self.submit(home, "--sh", self.until_go(home))
        self.wait_in(home, fake, job, "running")
        fake.tell("queue", hang=True)
        self.wait_polls(fake, 1)
        other = home.submit("--backend", "daemonize", "--", "true")
        home.wait_state(other, "succeeded")  # while the answer has not come
        self.assertNotIn(home.job(job)["state"], FINAL)
        fake.tell("queue")
        self.go(home)
        home.wait_state(job, "succeeded")

    def test_a_poll_that_hangs_holds_up_no_start_and_no_kill(self):
        """F16, on the same host: one question to the queue is in flight, and no other; all else goes on."""
        home, fake, job, number = self.running()
        fake.tell("queue", hang=True)
        self.wait_polls(fake, 1)
        asked = len(fake.calls("queue"))
        other = self.submit(home, "--sh", self.until_go(home))
        self.wait_in(home, fake, other, "running")
        home.wait_state(other, "running")
        self.assertEqual(home.ketrew("kill", job).code, 0)
        wait_for(lambda: fake.job(number).over, lambda: f"the kill: {home.job(job)}\n{home.log()}")
        asked_for = home.ketrew("query", other)
        self.assertIn("script", asked_for.text, asked_for.error)
        self.assertEqual(len(fake.calls("queue")), asked)
        fake.tell("queue")
        self.go(home)
        home.wait_state(other, "succeeded")
        home.wait_state(job, "killed")


if __name__ == "__main__":
    batch.main()
