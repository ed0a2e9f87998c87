"""Kill in every state that can be reached, and the processes of what is killed."""

from harness import DAEMONIZE, MOCK, DaemonTest, is_alive, main, read_bytes, wait_for


class Kill(DaemonTest):
    def assert_killed(self, home, job, state="killed"):
        seen = home.wait_state(job, "killed", "kill-failed", "succeeded", "failed", "lost")
        self.assertEqual(seen["state"], state, (seen, home.history(job)))
        self.assert_history(home.history(job), job)

    def test_queued(self):
        home = self.home(limits={"daemonize": {"running": 1}})
        first = home.submit("--", "sleep", "600")
        home.wait_state(first, "running")
        ran = home.file("ran")
        second = home.submit("--", "touch", ran)
        self.assertEqual(home.job(second)["state"], "queued")
        self.assertIn("limit", home.ketrew("why", second).text)
        self.assertEqual(home.ketrew("kill", second).code, 0)
        self.assert_killed(home, second)
        self.assertEqual(home.states(second), ["queued", "killed"])
        self.assertEqual(home.ketrew("kill", first).code, 0)
        self.assert_killed(home, first)
        third = home.submit("--", "true")
        home.wait_state(third, "succeeded")
        self.assertEqual(read_bytes(ran), b"")
        self.assertFalse(home.get(f"/v1/jobs/{second}")["started_at"])

    def test_starting_in_doubt_and_never_there(self):
        home = self.home((MOCK,))
        repair = home.file("repair")
        job = home.submit("-o", "doubt=without-effect", "-o", "find_cannot_tell=8", "-o",
                          f"repair={repair}", "--", "sleep", "600")
        wait_for(lambda: home.job(job)["in_doubt"], "doubt")
        self.assertEqual(home.ketrew("kill", job).code, 0)
        self.assertTrue(home.job(job)["kill_asked"])
        self.assert_killed(home, job)

    def test_starting_in_doubt_and_there(self):
        home = self.home((MOCK,))
        job = home.submit("-o", "doubt=with-effect", "-o", "find_cannot_tell=3", "--",
                          "sleep", "600")
        wait_for(lambda: home.job(job)["in_doubt"], "doubt")
        self.assertEqual(home.ketrew("kill", job).code, 0)
        self.assert_killed(home, job)

    def test_starting_in_doubt_with_a_restart_of_the_daemon(self):
        home = self.home((MOCK,))
        job = home.submit("-o", "doubt=with-effect", "-o", "find_cannot_tell=1000", "-o",
                          f"repair={home.file('repair')}", "--", "sleep", "600")
        wait_for(lambda: home.job(job)["in_doubt"], "doubt")
        self.assertEqual(home.ketrew("kill", job).code, 0)
        home.kill_daemon()
        self.assertIn("1 in doubt", home.start().text)
        self.assertTrue(home.job(job)["kill_asked"], "the wish was on disk")
        with open(home.file("repair"), "w", encoding="utf-8"):
            pass
        self.assert_killed(home, job)

    def test_running_killing_and_over(self):
        home = self.home((MOCK,))
        job = home.submit("-o", "on_kill=ignore", "-o", f"repair={home.file('repair')}", "--",
                          "sleep", "600")
        home.wait_state(job, "running")
        self.assertEqual(home.ketrew("kill", job).code, 0)
        home.wait_state(job, "killing")
        again = home.ketrew("kill", job, "--json")
        self.assertEqual(again.code, 0, again)
        self.assertEqual(again.json["jobs"][0]["state"], "killing")
        with open(home.file("repair"), "w", encoding="utf-8"):
            pass
        self.assert_killed(home, job)
        over = home.ketrew("kill", job, "--json")
        self.assertEqual(over.code, 0, over)
        self.assertEqual(over.json["jobs"][0], {"id": job, "state": "killed", "already_over": True})
        self.assertEqual(len([s for s in home.states(job) if s == "killed"]), 1)

    def test_a_kill_that_nothing_follows(self):
        home = self.home((MOCK,), engine={"poll_interval": "100ms", "poll_interval_max": "200ms",
                                          "kill_timeout": "2s"})
        job = home.submit("-o", "on_kill=ignore", "--", "sleep", "600")
        home.wait_state(job, "running")
        self.assertEqual(home.ketrew("kill", job).code, 0)
        self.assert_killed(home, job, "kill-failed")

    def test_over_already(self):
        home = self.home()
        job = home.submit("--", "false")
        home.wait_state(job, "failed")
        done = home.ketrew("kill", job)
        self.assertEqual(done.code, 0, done)
        self.assertIn("failed", done.text)
        self.assertEqual(home.job(job)["state"], "failed")

    def test_several_and_one_unknown(self):
        home = self.home()
        ids = [home.submit("--", "sleep", "600") for _ in range(3)]
        for job in ids:
            home.wait_state(job, "running")
        self.assert_refused(home.ketrew("kill", *ids, "01zzzzzzzzzzzzzzzzzzzzzzzz"), 4)
        for job in ids:
            self.assertEqual(home.job(job)["state"], "running", "all or nothing")
        self.assertEqual(home.ketrew("kill", *ids).code, 0)
        for job in ids:
            self.assert_killed(home, job)

    def test_a_stubborn_family(self):
        """Ignores TERM; has a child, a grandchild and one in a session of its own."""
        home = self.home((DAEMONIZE,))
        pids = home.file("pids")
        job = home.submit("-o", "kill_grace=500ms", "--sh", f"""
            trap '' TERM HUP INT
            echo $$ >>{pids}
            (echo $(exec sh -c 'echo $PPID') >>{pids}
             sh -c 'trap "" TERM; echo $$ >>{pids}; while :; do sleep 1; done' &
             while :; do sleep 1; done) &
            setsid sh -c 'trap "" TERM HUP; echo $$ >>{pids}; while :; do sleep 1; done' &
            while :; do sleep 1; done""")
        home.wait_state(job, "running")
        family = wait_for(lambda: (lambda all: len(all) == 4 and all)(read_bytes(pids).split()),
                          lambda: f"the family: {read_bytes(pids)}")
        family = [int(pid) for pid in family]
        self.assertTrue(all(is_alive(pid) for pid in family))
        self.assertEqual(home.ketrew("kill", job).code, 0)
        self.assert_killed(home, job)
        wait_for(lambda: not [pid for pid in family if is_alive(pid)],
                 lambda: f"the end of {[pid for pid in family if is_alive(pid)]} of {family}")

    def test_kill_goes_on_through_crashes(self):
        home = self.home((DAEMONIZE,))
        job = home.submit("-o", "kill_grace=1s", "--sh",
                          "trap '' TERM; while :; do sleep 0.2; done")
        home.wait_state(job, "running")
        self.assertEqual(home.ketrew("kill", job).code, 0)
        home.kill_daemon()
        home.start()
        self.assert_killed(home, job)


if __name__ == "__main__":
    main()
