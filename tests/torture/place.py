"""Where it happens: a home on a small disk, its backends, their schedulers, an sshd and a clock.

What cannot be had on this machine is left out, and said in `lacks`.
"""

import ctypes
import importlib
import mmap
import os
import shutil
import subprocess
import tempfile

import paths

import cluster
import harness
import slurm_cluster
import sshd

FLAVOURS = {"fake-slurm": "slurm", "fake-pbs": "openpbs", "fake-lsf": "lsf", "fake-sge": "sge"}
BACKEND_OF = {"slurm": "slurm", "openpbs": "pbs", "lsf": "lsf", "sge": "sge"}
ENGINE = {"poll_interval": "500ms", "poll_interval_max": "2s", "retry_delay": "250ms",
          "retry_delay_max": "2s", "lost_after": "60s"}
# Short enough for a backend that is stopped to be replaced; a busy machine starts many fakes at once.
DEADLINES = {"start": "90s", "find": "90s", "update": "25s", "kill": "60s", "query": "25s", "check": "60s"}


class Clock:
    """Of the daemon and what it starts."""

    def __init__(self, path, library):
        with open(path, "wb") as file:
            file.write(bytes(8))
        self.file = open(path, "r+b")
        self.map = mmap.mmap(self.file.fileno(), 8)
        self.value = ctypes.c_long.from_buffer(self.map)
        self.environment = {"LD_PRELOAD": library, "KETREW_SHIFTED_CLOCK": path}

    def shift(self, seconds):
        self.value.value = seconds


class Place:
    def __init__(self, jobs, wanted, options):
        self.lacks = {}  # what is not here: why
        self.undo = []
        self.ground = tempfile.mkdtemp(prefix="ktg", dir="/tmp")
        os.chmod(self.ground, 0o700)
        self.small_disk = False
        self.home = harness.Home(plugins=(), path=self.make_home(jobs, options))
        self.fakes = {}  # backend: the fake cluster under it
        self.places = {"daemonize": None, "daemonize-elsewhere": self.at("playground")}
        self.sshd = self.slurm = self.clock = None
        self.plugins(wanted, options)
        self.shift_clock(options)
        self.home.write_profile()

    def at(self, *names):
        return os.path.join(self.ground, *names)

    # -- making it ----------------------------------------------------------------------------

    def make_home(self, jobs, options):
        """On a small disk of its own, where that can be."""
        folder = tempfile.mkdtemp(prefix="kt", dir="/tmp")
        if not options.disk:
            self.lacks["full disk"] = "not asked for"
        elif os.getuid() != 0:
            self.lacks["full disk"] = "not root: a small disk cannot be mounted"
        else:
            # A playground has some five files, each a page at least.
            size = 64 * 1024 + jobs * 40
            done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k,mode=0700", "ketrew",
                                   folder], capture_output=True, check=False)
            self.small_disk = done.returncode == 0
            if not self.small_disk:
                self.lacks["full disk"] = f"no tmpfs: {done.stderr.decode().strip()}"
        return folder

    def plugins(self, wanted, options):
        home = self.home
        home.profile["engine"] = ENGINE
        home.profile["plugins"] = plugins = [{"package": "daemonize", "deadlines": DEADLINES}]
        home.profile["hosts"], home.profile["limits"] = {}, {}
        if "ssh" in wanted:
            self.make_sshd()
        backends = os.path.join(harness.BUILD, "lib", "ketrew", "backends")
        for name in [name for name in wanted if name in FLAVOURS]:
            flavour = FLAVOURS[name]
            backend = BACKEND_OF[flavour]
            if not os.path.isdir(os.path.join(backends, backend)):
                self.lacks[name] = "not built"
                continue
            folder = self.at(name)
            os.mkdir(folder)
            commands = cluster.make_commands(os.path.join(paths.FAKES, flavour + ".py"), folder)
            plugins.append({"package": backend, "name": name, "deadlines": DEADLINES, "options": {
                "bin": commands, "exit_grace": "5s", "submit_timeout": "8s",
                **importlib.import_module(flavour).PROFILE}})
            # Each running job is a Python process here.
            home.profile["limits"][name] = {"running": 25}
            self.fakes[name] = cluster.Cluster(folder)
            self.places[name] = self.at("playground")
        if "slurm" in wanted:
            self.make_slurm(plugins)

    def make_sshd(self):
        why = sshd.why_not()
        if not why:
            server = sshd.Sshd()
            self.undo.append(server.remove)
            server.start()
            why = server.why_shut()
        if why:
            self.lacks["ssh"] = why
            return
        self.sshd = server
        self.home.profile["hosts"]["far"] = server.uri(self.at("far"), timeout=10)
        self.places["ssh"] = "far"

    def make_slurm(self, plugins):
        why = slurm_cluster.why_not()
        if why:
            self.lacks["slurm"] = why
            return
        self.slurm = slurm_cluster.SlurmCluster()
        self.undo.append(self.slurm.stop)
        self.home.environment["PATH"] = slurm_cluster.PATH
        plugins.append({"package": "slurm", "deadlines": DEADLINES, "options": {
            "environment": {"SLURM_CONF": self.slurm.file("slurm.conf")}, "exit_grace": "10s",
            "submit_timeout": "20s"}})
        self.home.profile["limits"]["slurm"] = {"running": 20}
        self.places["slurm"] = self.at("playground")

    def shift_clock(self, options):
        compiler = shutil.which("cc")
        program = harness.read_bytes(os.path.join(harness.BIN, "ketrewd"))
        if not options.clock:
            self.lacks["clock jumps"] = "not asked for"
        elif b"__asan_init" in program or b"__tsan_init" in program:
            self.lacks["clock jumps"] = "a sanitizer's library wants to be the first that is loaded"
        elif not compiler:
            self.lacks["clock jumps"] = "no C compiler"
        else:
            library = self.at("shifted_clock.so")
            subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library,
                            os.path.join(paths.HERE, "shifted_clock.c"), "-ldl"], check=True)
            self.clock = Clock(self.at("clock"), library)

    # -- the daemon ---------------------------------------------------------------------------

    def start_daemon(self):
        """What `ketrewd start` came to; the clock is shifted for the daemon, not for clients."""
        return self.home.ketrewd("start", env=self.clock.environment if self.clock else None)

    def is_up(self):
        pid = self.home.pid
        return bool(pid) and harness.is_alive(pid) and b"ketrewd" in harness.read_bytes(
            f"/proc/{pid}/cmdline").split(b"\0")[0]

    def mend_slurm(self):
        """What its operators do: a node that could not launch a job is drained, and the job held."""
        if not self.slurm:
            return
        if "drain" in self.slurm.run("sinfo", "-h", "-o", "%T").stdout:
            self.slurm.run("scontrol", "update", "nodename=n1", "state=resume")
        for line in self.slurm.run("squeue", "-h", "-o", "%i|%r").stdout.splitlines():
            number, _, reason = line.partition("|")
            if "held" in reason:
                self.slurm.run("scontrol", "release", number)

    def backend_hosts(self):
        """Pids of the processes of backends."""
        return self.home.processes("ketrew-backend-host")

    @staticmethod
    def name_of(pid):
        """The module of such a process."""
        words = harness.read_bytes(f"/proc/{pid}/cmdline").rstrip(b"\0").split(b"\0")
        at = words.index(b"--module") if b"--module" in words else -2
        return os.path.basename(words[at + 1]).decode()

    # -- leaving it ---------------------------------------------------------------------------

    def keep(self):
        """What a reader of a failure wants, to where it stays."""
        for name in os.listdir(self.home.path):
            if name.startswith(("ketrew.", "ketrewd.", "lock")) and os.path.isfile(self.home.file(name)):
                shutil.copy(self.home.file(name), self.at("kept-" + name))
        if os.path.isdir(self.home.file("supervisor")):
            shutil.copy(self.home.file("supervisor", "log"), self.at("kept-supervisor-log"))

    def remove(self, keep):
        for undo in reversed(self.undo):
            undo()
        if keep:
            self.keep()
        os.environ.pop("KETREW_TEST_KEEP", None)
        # Jobs on a host elsewhere know that folder alone.
        elsewhere = harness.Home.processes
        for folder in (self.home.path, self.ground):
            stand_in = harness.Home.__new__(harness.Home)
            stand_in.path = folder
            while left := elsewhere(stand_in):
                for pid in left:
                    harness.end_process(pid)
        if self.small_disk:
            subprocess.run(["umount", "-l", self.home.path], check=True)
        shutil.rmtree(self.home.path, ignore_errors=True)
        if not keep:
            shutil.rmtree(self.ground, ignore_errors=True)
