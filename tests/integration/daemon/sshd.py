"""A real sshd on loopback, with keys made here, in a folder of its own."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from urllib.parse import quote

from harness import end_process, is_alive, read_bytes, wait_for

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def why_not():
    """A reason why there can be none here, or nothing."""
    if not SSHD or not shutil.which("ssh") or not shutil.which("ssh-keygen"):
        return "sshd, ssh or ssh-keygen is not installed"
    return ""


class Sshd:
    """Started by start() as often as stop() ended it; remove() takes it all away."""

    def __init__(self):
        self.process = None
        self.folder = tempfile.mkdtemp(prefix="ks", dir="/tmp")
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
        self.options = ["-oUserKnownHostsFile=/dev/null", "-oStrictHostKeyChecking=no",
                        "-oLogLevel=ERROR", "-oIdentitiesOnly=yes", f"-i{self.at('user_key')}",
                        "-F/dev/null"]

    def at(self, name):
        return os.path.join(self.folder, name)

    def start(self):
        if os.getuid() == 0:
            os.makedirs("/run/sshd", 0o755, exist_ok=True)  # sshd's own wish
        self.process = subprocess.Popen([SSHD, "-D", "-f", self.at("sshd_config"), "-E",
                                         self.at("sshd.log")], stdin=subprocess.DEVNULL)

    def why_shut(self):
        """Why it does not let us in, if it does not for long; or nothing."""
        def let_in():
            return subprocess.run(["ssh", "-oBatchMode=yes", *self.options, "-p", str(self.port),
                                   "127.0.0.1", "true"], capture_output=True,
                                  check=False).returncode == 0
        try:
            wait_for(let_in, "sshd", 60)
        except AssertionError:
            return ("sshd does not let us in: "
                    + read_bytes(self.at("sshd.log"))[-300:].decode("utf-8", "replace"))
        return ""

    def uri(self, folder, timeout=20):
        """Of a host with its playgrounds in `folder`, reached through this sshd."""
        options = "&".join("ssh-option=" + quote(option, safe="") for option in self.options)
        return f"ssh://127.0.0.1:{self.port}{folder}?timeout={timeout}&{options}"

    def children(self):
        """Processes that serve connections."""
        found, todo = [], [self.process.pid] if self.process else []
        while todo:
            parent = todo.pop()
            for entry in os.listdir("/proc"):
                if not entry.isdigit():
                    continue
                stat = read_bytes(f"/proc/{entry}/stat")
                if not stat or int(stat.rpartition(b")")[2].split()[1]) != parent:
                    continue
                if read_bytes(f"/proc/{entry}/comm").startswith(b"sshd"):
                    found.append(int(entry))
                    todo.append(int(entry))
        return found

    def break_connections(self):
        for pid in self.children():
            end_process(pid)

    def freeze(self):
        """It and what serves connections; the pids, for thaw()."""
        frozen = [self.process.pid, *self.children()]
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        return frozen

    @staticmethod
    def thaw(frozen):
        for pid in frozen:
            if is_alive(pid):
                os.kill(pid, signal.SIGCONT)

    def stop(self):
        if self.process is None:
            return
        self.break_connections()
        self.process.kill()
        self.process.wait()
        self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
