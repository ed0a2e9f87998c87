"""The clock of the machine jumps by days, while jobs run."""

import contextlib
import glob
import os

from harness import BIN, DaemonTest, main, read_bytes

FAKETIME = (glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") or [None])[0]


def sweep():
    """libfaketime leaves shared memory behind wherever a process is killed or becomes another, and a
    process that gets the pid of such a one ends with code 1 before its first line."""
    for path in glob.glob("/dev/shm/*faketime_*"):
        if not os.path.exists("/proc/" + path.rpartition("_")[2]):
            with contextlib.suppress(OSError):
                os.unlink(path)


class Clock(DaemonTest):
    def setUp(self):
        if not FAKETIME:
            self.skipTest("libfaketime is not installed")
        if b"__asan_init" in read_bytes(f"{BIN}/ketrewd") or b"__tsan_init" in read_bytes(f"{BIN}/ketrewd"):
            self.skipTest("a sanitizer's library wants to be the first that is loaded")
        sweep()
        self.addCleanup(sweep)

    def jump(self, home, offset):
        # Whole, or not at all: it is read at every look at the clock.
        with open(home.file("clock.new"), "w", encoding="utf-8") as file:
            file.write(offset + "\n")
        os.rename(home.file("clock.new"), home.file("clock"))

    def test_jumps(self):
        home = self.home(start=False, engine={"poll_interval": "250ms", "poll_interval_max": "500ms",
                                              "lost_after": "30s", "retry_delay": "250ms"})
        self.jump(home, "+0")
        # The time-outs of the engine are of the monotonic clock, which does not jump.
        home.environment.update(LD_PRELOAD=FAKETIME, FAKETIME_TIMESTAMP_FILE=home.file("clock"),
                                FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1",
                                NO_FAKE_STAT="1")
        home.start()
        gate = home.file("gate")
        runs = home.file("runs")
        job = home.submit("--sh", f"echo run >>{runs}; until test -e {gate}; do sleep 0.1; done")
        home.wait_state(job, "running")
        begun = home.get("/v1/status")["daemon"]["started_at"]
        ids = [job]
        for offset in ("-1d", "+2d", "-400d", "+0"):
            with self.subTest(offset):
                self.jump(home, offset)
                ids.append(home.submit("--retries", "1", "--sh", 'test "$KETREW_ATTEMPT" = 2'))
                seen = home.wait_state(ids[-1], "succeeded", "failed")
                self.assertEqual((seen["state"], seen["attempt"]), ("succeeded", 2), seen)
                self.assertEqual(home.job(job)["state"], "running")
                stubborn = home.submit("-o", "kill_grace=300ms", "--sh",
                                       "trap '' TERM; while :; do sleep 0.1; done")
                home.wait_state(stubborn, "running")
                self.assertEqual(home.ketrew("kill", stubborn).code, 0)
                home.wait_state(stubborn, "killed")
                ids.append(stubborn)
                self.assertEqual(home.ketrew("status").code, 0)
        self.assertEqual(home.get("/v1/status")["daemon"]["started_at"], begun)
        self.assertEqual(ids, sorted(ids), "ids go on growing")
        # A daemon that begins while the clock is wrong takes them up all the same.
        self.jump(home, "-30d")
        home.kill_daemon()
        home.start()
        self.assertEqual(home.job(job)["state"], "running")
        ids.append(home.submit("--", "true"))
        home.wait_state(ids[-1], "succeeded")
        self.assertEqual(ids, sorted(ids))
        with open(gate, "w", encoding="utf-8"):
            pass
        self.assertEqual(home.wait_state(job, "succeeded", "lost", "failed")["state"], "succeeded")
        self.assertEqual(read_bytes(runs), b"run\n")
        for one in ids:
            self.assert_history(home.history(one), one)


if __name__ == "__main__":
    main()
