"""Jobs over ssh, through a real sshd on loopback with keys made here."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from urllib.parse import quote

from harness import (DaemonTest, end_process, is_alive, main, read_bytes, scaled, wait_for)

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
ENGINE = {"poll_interval": "500ms", "poll_interval_max": "1s", "retry_delay": "250ms"}


class Ssh(DaemonTest):
    def setUp(self):
        if not SSHD or not shutil.which("ssh") or not shutil.which("ssh-keygen"):
            self.skipTest("sshd, ssh or ssh-keygen is not installed")
        self.sshd = None
        self.folder = tempfile.mkdtemp(prefix="ks", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.addCleanup(self.stop_sshd)
        for name in ("host_key", "user_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.at(name)],
                           check=True)
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        shutil.copy(self.at("user_key.pub"), self.at("authorized_keys"))
        with open(self.at("sshd_config"), "w", encoding="utf-8") as file:
            file.write(f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.at('host_key')}\n"
                       f"AuthorizedKeysFile {self.at('authorized_keys')}\nStrictModes no\n"
                       "UsePAM no\nPasswordAuthentication no\nPidFile none\n")
        if os.getuid() == 0:
            os.makedirs("/run/sshd", 0o755, exist_ok=True)  # sshd's own wish
        self.start_sshd()
        # First on PATH: an ssh that counts.
        os.mkdir(self.at("bin"))
        with open(self.at("bin/ssh"), "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\necho \"$*\" | tr '\\n' ' ' >>{self.at('count')}; "
                       f"echo >>{self.at('count')}\nexec {shutil.which('ssh')} \"$@\"\n")
        os.chmod(self.at("bin/ssh"), 0o700)
        self.options = ["-oUserKnownHostsFile=/dev/null", "-oStrictHostKeyChecking=no",
                        "-oLogLevel=ERROR", "-oIdentitiesOnly=yes", f"-i{self.at('user_key')}",
                        "-F/dev/null"]

        def let_in():
            return subprocess.run(["ssh", "-oBatchMode=yes", *self.options, "-p", str(self.port),
                                   "127.0.0.1", "true"], capture_output=True,
                                  check=False).returncode == 0
        try:
            wait_for(let_in, "sshd", 60)
        except AssertionError:
            self.skipTest("sshd does not let us in: "
                          + read_bytes(self.at("sshd.log"))[-300:].decode("utf-8", "replace"))

    def at(self, name):
        return os.path.join(self.folder, name)

    def start_sshd(self):
        self.sshd = subprocess.Popen([SSHD, "-D", "-f", self.at("sshd_config"), "-E",
                                      self.at("sshd.log")], stdin=subprocess.DEVNULL)

    def children(self, of=None, name=b"sshd"):
        """Processes of our sshd that serve connections."""
        found, todo = [], [of or self.sshd.pid]
        while todo:
            parent = todo.pop()
            for entry in os.listdir("/proc"):
                if not entry.isdigit():
                    continue
                stat = read_bytes(f"/proc/{entry}/stat")
                if not stat or int(stat.rpartition(b")")[2].split()[1]) != parent:
                    continue
                if read_bytes(f"/proc/{entry}/comm").startswith(name):
                    found.append(int(entry))
                    todo.append(int(entry))
        return found

    def stop_sshd(self):
        if self.sshd is None:
            return
        for pid in self.children():
            end_process(pid)
        self.sshd.kill()
        self.sshd.wait()
        self.sshd = None

    def far_home(self, timeout=20):
        home = self.home(start=False, engine=ENGINE)
        options = "&".join("ssh-option=" + quote(option, safe="") for option in self.options)
        home.profile["hosts"] = {
            "far": f"ssh://127.0.0.1:{self.port}{home.file('far')}?timeout={timeout}&{options}"}
        home.environment["PATH"] = self.at("bin") + ":" + home.environment["PATH"]
        home.write_profile()
        home.start()
        return home

    def commands(self):
        return len(read_bytes(self.at("count")).splitlines())

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
        for pid in self.children():
            end_process(pid)
        before = self.commands()
        wait_for(lambda: self.commands() > before + 1, "polls")
        self.assertEqual(home.job(job)["state"], "running")
        # No host at all for a while; and a daemon that dies meanwhile.
        self.stop_sshd()
        wait_for(lambda: "127.0.0.1" in home.ketrew("why", job).text,
                 lambda: f"why: {home.ketrew('why', job).text}")
        self.assertEqual(home.job(job)["state"], "running")
        home.kill_daemon()
        home.start()
        home.wait_state(home.submit("--", "true"), "succeeded")  # others go on
        with open(gate, "w", encoding="utf-8"):
            pass
        self.start_sshd()
        seen = home.wait_state(job, "failed", "lost", "succeeded")
        self.assertEqual((seen["state"], seen["exit_code"], seen["attempt"]), ("failed", 6, 1))
        self.assertEqual(read_bytes(runs), b"run\n")

    def test_started_while_there_is_no_host(self):
        """Proven not to be there before it is started again; runs once."""
        home = self.far_home(timeout=5)
        runs = home.file("runs")
        self.stop_sshd()
        job = home.submit("--host", "far", "--sh", f"echo run >>{runs}")
        before = self.commands()
        wait_for(lambda: self.commands() > before + 1, "attempts")
        self.assertIn(home.job(job)["state"], ("starting", "queued"))
        self.start_sshd()
        home.wait_state(job, "succeeded")
        self.assertEqual(read_bytes(runs), b"run\n")

    def test_a_hanging_host(self):
        home = self.far_home(timeout=20)
        gate = home.file("gate")
        job = home.submit("--host", "far", "--sh",
                          f"until test -e {gate}; do sleep 0.2; done; exit 4")
        home.wait_state(job, "running")
        frozen = [self.sshd.pid, *self.children()]
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            wait_for(lambda: "daemonize has it" != home.ketrew("why", job).text.strip(),
                     "why to say that there is no news")
            local = home.submit("--", "true")
            home.wait_state(local, "succeeded")
            self.assertEqual(home.job(job)["state"], "running")
        finally:
            for pid in frozen:
                if is_alive(pid):
                    os.kill(pid, signal.SIGCONT)
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
