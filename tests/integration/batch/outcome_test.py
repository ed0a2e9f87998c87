"""How jobs end, and how that is told."""

import batch
from batch import scaled, unless, wait_for


class Outcomes(batch.BatchTest):
    def test_codes_and_output(self):
        home, fake = self.batch_home()
        good = self.submit(home, "--name", "greet", "--", "echo", "hello there")
        bad = self.submit(home, "--sh", "echo out; echo err >&2; exit 3")
        self.assertEqual(home.wait_state(good, "succeeded")["exit_code"], 0)
        job = home.wait_state(bad, "failed")
        self.assertEqual((job["exit_code"], job["class"]), (3, "exit"))
        self.assertEqual(home.ketrew("logs", good).text, "hello there\n")
        self.assertEqual(home.ketrew("logs", "--stderr", bad).text, "err\n")
        for query in ("script", "log"):
            self.assertIn("exit 3" if query == "script" else "end code=3",
                          home.ketrew("query", bad, query).text)
        for one in (good, bad):
            self.assert_history(home.history(one))
        self.assertEqual(len(fake.calls("submit")), 2)

    def test_two_hundred_of_all_kinds(self):
        home, fake = self.batch_home()
        many = self.submit_lines(home, scaled(190), "echo $KETREW_ENTRY; exit $((KETREW_ENTRY % 2 * 3))")
        long = [self.submit(home, "--", "sleep", "1000") for _ in range(10)]
        numbers = [self.wait_in(home, fake, job, "running").id for job in long]
        for number in numbers[:3]:
            fake.end(number, "timeout")
        for number in numbers[3:6]:
            fake.end(number, "cancelled")
        self.assertEqual(home.ketrew("kill", *long[6:]).code, 0)
        over = home.wait_all([*many, *long])
        for i, job in enumerate(many):
            one = over[job]
            self.assertEqual((one["state"], one["exit_code"], one["class"]),
                             ("failed", 3, "exit") if i % 2 else ("succeeded", 0, None), one)
        self.assertEqual({over[job]["class"] for job in long[:3]}, {"wall-time"})
        self.assertEqual({over[job]["class"] for job in long[3:6]}, {"cancelled-outside"})
        self.assertEqual({over[job]["state"] for job in long[6:]}, {"killed"})
        self.assertEqual(home.ketrew("logs", many[-1]).text, f"{len(many) - 1}\n")

    def test_a_program_that_a_signal_ends(self):
        home, _ = self.batch_home()
        job = home.wait_state(self.submit(home, "--sh", "kill -9 $$"), "failed")
        self.assertEqual(job["exit_code"], 137)

    def test_a_job_that_waits_says_why(self):
        home, fake = self.batch_home(start=False)
        fake.tell("submit", hold="JobHeldUser")
        home.start()
        job = self.submit(home, "--", "true")
        self.wait_in(home, fake, job, "pending")
        wait_for(lambda: home.job(job)["phase"] == "waiting", lambda: str(home.job(job)))
        self.assertIn(getattr(batch.FLAVOUR, "HELD", "JobHeldUser"), home.ketrew("why", job).text)
        fake.release(fake.jobs(token=self.token(job))[0].id)
        home.wait_state(job, "succeeded")

    def test_a_job_that_waits_for_a_place_says_why(self):
        """In the scheduler's own words, though some must be asked for them apart."""
        home, fake = self.batch_home(start=False)
        fake.tell("submit", hold="Priority")
        home.start()
        job = self.submit(home, "--", "true")
        self.wait_in(home, fake, job, "pending")
        words = getattr(batch.FLAVOUR, "NO_PLACE", "Priority")
        wait_for(lambda: words in home.ketrew("why", job).text,
                 lambda: f"{words}: {home.ketrew('why', job).text}")
        fake.release(fake.jobs(token=self.token(job))[0].id)
        home.wait_state(job, "succeeded")

    def test_over_the_wall_time(self):
        home, fake = self.batch_home()
        job = self.submit(home, "--", "sleep", "100")
        fake.end(self.wait_in(home, fake, job, "running").id, "timeout")
        over = home.wait_state(job, "failed")
        self.assertEqual(over["class"], "wall-time", over)

    def test_cancelled_from_outside(self):
        home, fake = self.batch_home()
        job = self.submit(home, "--", "sleep", "100")
        fake.end(self.wait_in(home, fake, job, "running").id, "cancelled")
        over = home.wait_state(job, "failed")
        self.assertEqual(over["class"], "cancelled-outside", over)

    def test_killed_while_it_runs_and_while_it_waits(self):
        home, fake = self.batch_home()
        runs = self.submit(home, "--", "sleep", "100")
        number = self.wait_in(home, fake, runs, "running").id
        self.assertEqual(home.ketrew("kill", runs).code, 0)
        home.wait_state(runs, "killed")
        self.assertTrue(fake.job(number).over)
        fake.tell("submit", hold="Resources")
        waits = self.submit(home, "--", "true")
        self.wait_in(home, fake, waits, "pending")
        wait_for(lambda: home.job(waits)["state"] == "running", lambda: str(home.job(waits)))
        self.assertEqual(home.ketrew("kill", waits).code, 0)
        home.wait_state(waits, "killed")

    def test_the_script_dies_without_a_trace(self):
        """F14: the scheduler says that it is over, and nothing says how."""
        home, fake = self.batch_home()
        job = self.submit(home, "--sh", "kill -9 $PPID; sleep 100")
        number = self.wait_in(home, fake, job, "failed").id
        fake.change(number, state="completed", code=0, signal=0)  # the scheduler got it wrong
        over = home.wait_state(job, "lost")
        self.assertEqual(over["class"], "node", over)
        self.assertIsNone(over["exit_code"])

    @unless("suspend")
    def test_suspended_is_not_failed(self):
        """F20"""
        home, fake = self.batch_home()
        job = self.submit(home, "--sh", "sleep 100")
        number = self.wait_in(home, fake, job, "running").id
        fake.change(number, state="suspended")
        wait_for(lambda: "suspend" in (home.job(job)["phase"] or ""), lambda: str(home.job(job)))
        self.assertEqual(home.job(job)["state"], "running")
        fake.change(number, state="running")
        wait_for(lambda: home.job(job)["phase"] == "running", lambda: str(home.job(job)))


if __name__ == "__main__":
    batch.main()
