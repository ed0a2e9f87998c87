"""A whole Slurm of one machine, on loopback and in a folder of its own: munged, slurmctld, slurmd.

Nothing is installed. It runs as whoever runs the test, without a service manager; `why_not()` says what
is missing.
Everything that it starts it stops, by the pids in its own folder.
"""

import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PATH = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "sacct")


def why_not():
    """A reason why it cannot be started here, or nothing."""
    missing = [name for name in PROGRAMS if not shutil.which(name, path=PATH)]
    return f"not installed: {', '.join(missing)}" if missing else ""


def free_ports(count):
    sockets = []
    try:
        for _ in range(count):
            one = socket.socket()
            one.bind(("127.0.0.1", 0))
            sockets.append(one)
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


CONFIGURATION = """ClusterName=loop
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
PlugStackConfig={folder}/plugstack.conf
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
SwitchType=switch/none
PropagateResourceLimits=NONE
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
MinJobAge={age}
MaxJobCount=20000
KillWait=2
CompleteWait=0
EpilogMsgTime=0
InactiveLimit=0
SlurmctldTimeout=30
SlurmdTimeout=60
TCPTimeout=2
MessageTimeout=5
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={node} CPUs=32 RealMemory=8000 State=UNKNOWN
PartitionName=debug Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=60 State=UP
"""


class SlurmCluster:
    def __init__(self, min_job_age=300):
        self.folder = tempfile.mkdtemp(prefix="kslurm", dir="/tmp")
        os.chmod(self.folder, 0o755)
        for name in ("state", "spool", "munge"):
            os.mkdir(self.file(name), 0o700)
        controller, node = free_ports(2)
        self.write("slurm.conf", CONFIGURATION.format(
            host=socket.gethostname().split(".")[0], folder=self.folder, controller=controller,
            node=node, age=min_job_age, user=getpass.getuser()))
        self.write("plugstack.conf", "")
        self.environment = {"SLURM_CONF": self.file("slurm.conf"), "PATH": PATH, "LC_ALL": "C.UTF-8",
                            "HOME": os.path.expanduser("~")}
        try:
            self.start_munge()
            self.start_controller()
            self.start_node()
            self.wait(lambda: "idle" in self.run("sinfo", "-h", "-o", "%T").stdout, "an idle node")
        except BaseException:
            self.stop()
            raise

    def file(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.file(name), "w", encoding="utf-8") as file:
            file.write(text)

    def run(self, *words, timeout=120):
        return subprocess.run(words, env=self.environment, stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, timeout=timeout, check=False)

    def must(self, *words):
        done = self.run(*words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def daemon(self, *words):
        """One that goes into the background by itself; its output must not hold up ours."""
        with open(self.file("start.log"), "ab") as log:
            done = subprocess.run(words, env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                                  stderr=log, timeout=60, check=False)
        with open(self.file("start.log"), encoding="utf-8", errors="replace") as log:
            assert done.returncode == 0, (words, log.read()[-2000:])

    def start_munge(self):
        fd = os.open(self.file("munge/key"), os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(fd, secrets.token_bytes(128))
        os.close(fd)
        self.daemon("munged", "--socket=" + self.file("munge.socket"),
                    "--pid-file=" + self.file("munged.pid"), "--key-file=" + self.file("munge/key"),
                    "--seed-file=" + self.file("munge/seed"), "--log-file=" + self.file("munge/log"),
                    "--num-threads=2", "--force")

    def start_controller(self):
        self.daemon("slurmctld", "-f", self.file("slurm.conf"))
        self.wait(lambda: "is UP" in self.run("scontrol", "ping").stdout, "slurmctld")

    def start_node(self):
        self.daemon("slurmd", "-f", self.file("slurm.conf"), "-N", "n1")

    def wait(self, condition, what, bound=60):
        end = time.monotonic() + bound
        while not condition():
            if time.monotonic() > end:
                logs = "".join(self.read(name)[-1500:] for name in ("slurmctld.log", "slurmd.log"))
                raise AssertionError(f"waited in vain for {what}\n{logs}")
            time.sleep(0.1)

    def read(self, name):
        try:
            with open(self.file(name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def pid(self, name):
        """Of one of ours, or 0: the pid in our file, if it is still that program."""
        text = self.read(name + ".pid").strip()
        try:
            program = os.path.basename(os.readlink(f"/proc/{text}/exe")) if text else ""
        except OSError:
            return 0
        return int(text) if program.startswith(name) else 0

    def send(self, name, number):
        pid = self.pid(name)
        if pid:
            os.kill(pid, number)
        return pid

    def end(self, name, number=signal.SIGTERM):
        self.send(name, signal.SIGCONT)
        self.send(name, number)
        end = time.monotonic() + 20
        while self.pid(name):
            if time.monotonic() > end:
                self.send(name, signal.SIGKILL)
            time.sleep(0.05)

    def steps(self):
        """Pids of slurmstepd of this cluster: they hold the jobs' processes."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    ours = os.fsencode("SLURM_CONF=" + self.file("slurm.conf")) in file.read()
            except OSError:
                continue
            if ours and int(entry) != os.getpid():
                found.append(int(entry))
        return found

    def stop(self):
        for name in ("slurmctld", "slurmd", "munged"):
            self.end(name)
        for pid in self.steps():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- jobs -------------------------------------------------------------------------------------

    def number(self, token):
        """The id of the job of an attempt."""
        for line in self.must("squeue", "-h", "-t", "all", "--me", "-O",
                              "JobID:|,Comment:").splitlines():
            number, _, comment = line.partition("|")
            if comment == "ketrew:" + token:
                return number
        return ""

    def names(self):
        """{id: name} of all jobs that it still knows."""
        lines = self.must("squeue", "-h", "-t", "all", "--me", "-o", "%i|%j").splitlines()
        return dict(line.split("|", 1) for line in lines)
