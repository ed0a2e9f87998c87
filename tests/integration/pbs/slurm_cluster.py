"""A real Slurm of one node, in a folder of its own, on loopback: slurmctld and slurmd of Debian's
packages, started by the test as the user it runs as, without systemd, munge or accounting."""

import getpass
import os
import shutil
import signal
import socket
import subprocess

from harness import end_process, read_bytes, wait_for

NEEDED = ["slurmctld", "slurmd", "sinfo", "sbatch", "scontrol", "scancel"]
ENVIRONMENT = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}


def missing(*more):
    return [name for name in [*NEEDED, *more] if not shutil.which(name, path=ENVIRONMENT["PATH"])]


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Slurm:
    def __init__(self, folder, cpus=16):
        self.folder = folder
        self.configuration = os.path.join(folder, "slurm.conf")
        self.environment = {**ENVIRONMENT, "SLURM_CONF": self.configuration}
        self.processes = {}
        for name in ("state", "spool", "run"):
            os.makedirs(os.path.join(folder, name), exist_ok=True)
        host, user = socket.gethostname().split(".")[0], getpass.getuser()
        port, node_port = free_ports(2)
        with open(os.path.join(folder, "plugstack.conf"), "w", encoding="utf-8"):
            pass
        with open(self.configuration, "w", encoding="utf-8") as file:
            file.write(f"""ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/run/slurmctld.pid
SlurmdPidFile={folder}/run/slurmd.pid
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
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
MinJobAge=300
KillWait=2
InactiveLimit=0
TCPTimeout=2
MessageTimeout=10
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={node_port} CPUs={cpus} RealMemory=4000
PartitionName=debug Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=60 State=UP
""")

    def command(self, *words):
        return subprocess.run(words, env=self.environment, capture_output=True, text=True,
                              check=False, timeout=60)

    def launch(self, name, *words):
        log = open(os.path.join(self.folder, name + ".log"), "ab")
        with log:
            self.processes[name] = subprocess.Popen(
                [shutil.which(name, path=ENVIRONMENT["PATH"]), "-D", "-f", self.configuration,
                 *words], env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)

    def start(self):
        self.launch("slurmctld")
        self.launch("slurmd", "-N", "n1")
        wait_for(lambda: self.command("sinfo", "-h", "-N", "-t", "idle", "-o", "%N").stdout.strip(),
                 lambda: f"an idle node: {self.logs()}", 60)

    def logs(self):
        return {name: read_bytes(os.path.join(self.folder, name + ".log"))[-1500:].decode()
                for name in self.processes}

    def stop_controller(self):
        process = self.processes["slurmctld"]
        process.terminate()
        process.wait(timeout=60)

    def freeze(self, on):
        self.processes["slurmctld"].send_signal(signal.SIGSTOP if on else signal.SIGCONT)

    def job_states(self):
        """{name: state} of all jobs it still knows."""
        lines = self.command("squeue", "-h", "-t", "all", "-o", "%j|%T").stdout.splitlines()
        return dict(line.split("|", 1) for line in lines if "|" in line)

    def id_of(self, name_end):
        lines = self.command("squeue", "-h", "-t", "all", "-o", "%i|%j").stdout.splitlines()
        for line in lines:
            number, _, name = line.partition("|")
            if name.endswith(name_end):
                return number
        return None

    def close(self):
        self.command("scancel", "-u", getpass.getuser())
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                end_process(process.pid)
                process.wait()
