"""One daemon a home: a second one is refused, and one that has lost its home stops itself."""

import os
import signal

from harness import DaemonTest, end_process, is_alive, main, read_bytes, wait_for


class Owner(DaemonTest):
    def test_a_second_daemon(self):
        home = self.home()
        pid = home.pid
        self.assert_refused(home.ketrewd("start"), 1, str(pid))
        self.assertEqual(home.pid, pid)
        # One that sleeps is as much there.
        os.kill(pid, signal.SIGSTOP)
        try:
            self.assert_refused(home.ketrewd("start"), 1, str(pid))
        finally:
            os.kill(pid, signal.SIGCONT)
        home.wait_state(home.submit("--", "true"), "succeeded")
        end_process(pid)
        wait_for(lambda: not is_alive(pid), "its end")
        home.start()
        self.assertNotEqual(home.pid, pid)

    def test_two_daemons_at_once(self):
        from concurrent.futures import ThreadPoolExecutor
        home = self.home(start=False)
        with ThreadPoolExecutor(4) as starters:
            done = list(starters.map(lambda _: home.ketrewd("start"), range(4)))
        self.assertEqual(sorted(one.code for one in done), [0, 1, 1, 1], done)
        home.wait_state(home.submit("--", "true"), "succeeded")

    def test_one_whose_lock_file_was_removed_keeps_its_home(self):
        """Whoever answers on the socket has the home."""
        home = self.home()
        pid = home.pid
        os.unlink(home.file("lock"))
        self.assert_refused(home.ketrewd("start"), 1, "ketrewd.sock")
        self.assertTrue(is_alive(pid))
        home.wait_state(home.submit("--", "true"), "succeeded")
        end_process(pid)  # its lock does not say who it is any more
        wait_for(lambda: not is_alive(pid), "its end")

    def test_one_that_lost_its_home_stops_itself(self):
        """Lock and socket are gone (somebody removed the files), and it slept while another began."""
        home = self.home()
        runs, gate = home.file("runs"), home.file("gate")
        job = home.submit("--sh", f"echo run >>{runs}; until test -e {gate}; do sleep 0.1; done")
        home.wait_state(job, "running")
        first = home.pid
        os.kill(first, signal.SIGSTOP)
        try:
            os.unlink(home.file("lock"))
            os.unlink(home.socket)
            home.start()
        finally:
            os.kill(first, signal.SIGCONT)
        second = home.pid
        self.assertNotEqual(first, second)
        queued = home.submit("--sh", f"echo run >>{runs}")
        with open(gate, "w", encoding="utf-8"):
            pass
        self.assertEqual(home.wait_state(job, "succeeded", "lost", "failed")["state"], "succeeded")
        home.wait_state(queued, "succeeded")
        wait_for(lambda: not is_alive(first), lambda: f"the end of {first}: {home.log()}")
        # It took nothing of the second one along.
        self.assertTrue(is_alive(second))
        home.wait_state(home.submit("--", "true"), "succeeded")
        self.assertEqual(read_bytes(runs), b"run\nrun\n")
        for one in (job, queued):
            self.assert_history(home.history(one), one)


if __name__ == "__main__":
    main()
