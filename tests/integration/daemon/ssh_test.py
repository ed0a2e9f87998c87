"""Jobs over ssh, through a real sshd on loopback with keys made here."""

import os
import shutil

from harness import DaemonTest, is_alive, main, read_bytes, scaled, wait_for
from sshd import Sshd, why_not

ENGINE = {"poll_interval": "500ms", "poll_interval_max": "1s", "retry_delay": "250ms"}


class Ssh(DaemonTest):
    def setUp(self):
        if why_not():
            self.skipTest(why_not())
        self.sshd = Sshd()
        self.addCleanup(self.sshd.remove)
        self.sshd.start()
        # First on PATH: an ssh that counts.
        os.mkdir(self.sshd.at("bin"))
        with open(self.sshd.at("bin/ssh"), "w", encoding="utf-8") as file:
            count = self.sshd.at("count")
            file.write(f"#!/bin/sh\necho \"$*\" | tr '\\n' ' ' >>{count}; echo >>{count}\n"
                       f"exec {shutil.which('ssh')} \"$@\"\n")
        os.chmod(self.sshd.at("bin/ssh"), 0o700)
        if why := self.sshd.why_shut():
            self.skipTest(why)

    def far_home(self, timeout=20):
        home = self.home(start=False, engine=ENGINE)
        home.profile["hosts"] = {"far": self.sshd.uri(home.file("far"), timeout)}
        home.environment["PATH"] = self.sshd.at("bin") + ":" + home.environment["PATH"]
        home.write_profile()
        home.start()
        return home

    def commands(self):
        return len(read_bytes(self.sshd.at("count")).splitlines())

    def test_the_same_job(self):
        home = self.far_home()
        for using in ("nohup-setsid", "python-daemon"):
            with self.subTest(using):
                job = home.submit("--host", "far", "-o", f"using={using}", "--", "sh", "-c",
                                  "echo out; echo err >&2; exit 3")
                seen = home.wait_state(job, "failed", "start-failed", "lost")
                self.assertEqual((seen["state"], seen["exit_code"]), ("failed", 3), seen)
                self.assertEqual(home.ketrew("logs", job).out, b"out\n")
                self.assertEqual(home.ketrew("logs", "--stderr", job).out, b"err\n")
                self.assertRegex(home.ketrew("why", job).text, "evidence: .*3")
                self.assert_history(home.history(job))
        # The supervisor is of this machine.
        before = len(home.list())
        self.assert_refused(home.ketrew("submit", "--host", "far", "-o", "using=supervisor", "--",
                                        "true"), 1, "'using'", "nohup-setsid")
        self.assertEqual(len(home.list()), before)

    def test_odd_bytes(self):
        home = self.far_home()
        odd = [b"a b", b"'\"", b"new\nline", b"$HOME `id`", b"\xff\xfe", "\u4e16".encode(), b"\\n"]
        job = home.submit("--host", "far", "--", "printf", "%s|", *odd)
        home.wait_state(job, "succeeded")
        self.assertEqual(home.ketrew("logs", job).out, b"".join(one + b"|" for one in odd))

    def test_one_command_a_poll(self):
        home = self.far_home()
        count = scaled(50)
        gate = home.file("gate")
        ids = home.ketrew("submit", "--host", "far", "--each-line", "-", "--sh",
                          f"until test -e {gate}; do sleep 0.3; done",
                          input=b"x\n" * count).text.split()
        for job in ids:
            home.wait_state(job, "running")
        started = self.commands()
        self.assertLess(started, count, "not one command a job")
        # Some polls later: a few commands, each for all jobs of the host.
        wait_for(lambda: self.commands() >= started + 3, "polls")
        with open(gate, "w", encoding="utf-8"):
            pass
        over = home.wait_all(ids)
        self.assertEqual({job["state"] for job in over.values()}, {"succeeded"})
        self.assertLess(self.commands(), 2 * count)

    def test_a_broken_connection(self):
        home = self.far_home()
        gate, runs = home.file("gate"), home.file("runs")
        job = home.submit("--host", "far", "--sh",
                          f"echo run >>{runs}; until test -e {gate}; do sleep 0.2; done; exit 6")
        home.wait_state(job, "running")
        wait_for(lambda: read_bytes(runs), "its first words")
        self.sshd.break_connections()
        before = self.commands()
        wait_for(lambda: self.commands() > before + 1, "polls")
        self.assertEqual(home.job(job)["state"], "running")
        # No host at all for a while; and a daemon that dies meanwhile.
        self.sshd.stop()
        wait_for(lambda: "127.0.0.1" in home.ketrew("why", job).text,
                 lambda: f"why: {home.ketrew('why', job).text}")
        self.assertEqual(home.job(job)["state"], "running")
        home.kill_daemon()
        home.start()
        home.wait_state(home.submit("--", "true"), "succeeded")  # others go on
        with open(gate, "w", encoding="utf-8"):
            pass
        self.sshd.start()
        seen = home.wait_state(job, "failed", "lost", "succeeded")
        self.assertEqual((seen["state"], seen["exit_code"], seen["attempt"]), ("failed", 6, 1))
        self.assertEqual(read_bytes(runs), b"run\n")

    def test_started_while_there_is_no_host(self):
        """Proven not to be there before it is started again; runs once."""
        home = self.far_home(timeout=5)
        runs = home.file("runs")
        self.sshd.stop()
        job = home.submit("--host", "far", "--sh", f"echo run >>{runs}")
        before = self.commands()
        wait_for(lambda: self.commands() > before + 1, "attempts")
        self.assertIn(home.job(job)["state"], ("starting", "queued"))
        self.sshd.start()
        home.wait_state(job, "succeeded")
        self.assertEqual(read_bytes(runs), b"run\n")

    def test_a_hanging_host(self):
        home = self.far_home(timeout=20)
        gate = home.file("gate")
        job = home.submit("--host", "far", "--sh",
                          f"until test -e {gate}; do sleep 0.2; done; exit 4")
        home.wait_state(job, "running")
        frozen = self.sshd.freeze()
        try:
            wait_for(lambda: "daemonize has it" != home.ketrew("why", job).text.strip(),
                     "why to say that there is no news")
            local = home.submit("--", "true")
            home.wait_state(local, "succeeded")
            self.assertEqual(home.job(job)["state"], "running")
        finally:
            self.sshd.thaw(frozen)
        with open(gate, "w", encoding="utf-8"):
            pass
        seen = home.wait_state(job, "failed", "lost", "succeeded")
        self.assertEqual((seen["state"], seen["exit_code"]), ("failed", 4))

    def test_kill(self):
        home = self.far_home()
        pids = home.file("pids")
        job = home.submit("--host", "far", "-o", "kill_grace=500ms", "--sh",
                          f"trap '' TERM; echo $$ >>{pids}; "
                          f"sh -c 'trap \"\" TERM; echo $$ >>{pids}; while :; do sleep 1; done' & "
                          "while :; do sleep 1; done")
        home.wait_state(job, "running")
        family = wait_for(lambda: (lambda all: len(all) == 2 and all)(read_bytes(pids).split()),
                          "the family")
        self.assertEqual(home.ketrew("kill", job).code, 0)
        home.wait_state(job, "killed")
        wait_for(lambda: not [pid for pid in family if is_alive(int(pid))], "the family's end")


if __name__ == "__main__":
    main()
