"""A whole Grid Engine of one machine: sge_qmaster and sge_execd, on loopback and in a folder of its
own, without a service manager.

Its packages cannot be installed beside Slurm's commands with Torque's names (both have /usr/bin/qsub):
`packaging/install-dependencies test` unpacks them into UNPACKED. The program that uses it runs in
namespaces of its own (`enter`): there the machine is called localhost, has loopback alone, and has the
packages where their programs look for their libraries. With the first process of the namespaces all
others end, whatever becomes of the test.
"""

import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

UNPACKED = "/usr/local/share/ketrew-tests/gridengine"
INSTALLED = "/usr/lib/gridengine"  # where libraries are looked for, whatever LD_LIBRARY_PATH says
INSIDE = "KETREW_INSIDE_NAMESPACES"
NAMESPACES = ("unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child",
              "--mount-proc")


def packages():
    """The folder under which there are usr/lib and usr/share of the packages, or nothing."""
    for folder in (os.environ.get("KETREW_GRID_ENGINE", UNPACKED), "/"):
        if os.path.exists(os.path.join(folder, INSTALLED[1:], "sge_qmaster")):
            return folder
    return ""


def why_not():
    """A reason why it cannot be started here, or nothing."""
    if os.getuid() != 0:
        return "a Grid Engine of one's own wants root"
    if not packages():
        return f"no Grid Engine in {UNPACKED} (packaging/install-dependencies test unpacks it)"
    if subprocess.run([*NAMESPACES, "true"], capture_output=True, check=False).returncode != 0:
        return "no namespaces of one's own here (unshare)"
    return ""


def enter():
    """Runs this program again within the namespaces, unless it is there; returns there only."""
    if os.environ.get(INSIDE):
        return prepare()
    # The shell is the first process, which buries what the others leave.
    os.execvp(NAMESPACES[0], [*NAMESPACES, "env", INSIDE + "=1", "sh", "-c", '"$@"; exit $?', "sh",
                              sys.executable, "-B", *sys.argv])


def prepare():
    socket.sethostname("localhost")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        request = struct.pack("16sh", b"lo", 0)
        flags = struct.unpack("16sh", fcntl.ioctl(one, 0x8913, request))[1]      # SIOCGIFFLAGS
        fcntl.ioctl(one, 0x8914, struct.pack("16sh", b"lo", flags | 1))          # SIOCSIFFLAGS, UP
    if not os.path.exists(INSTALLED):
        libraries = os.path.join(packages(), "usr/lib")
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                        f"lowerdir={libraries}:/usr/lib", "/usr/lib"], check=True)


QUEUE = {
    "qname": "all.q", "hostlist": "localhost", "seq_no": "0", "load_thresholds": "NONE",
    "suspend_thresholds": "NONE", "nsuspend": "1", "suspend_interval": "00:05:00", "priority": "0",
    "min_cpu_interval": "00:05:00", "processors": "UNDEFINED", "qtype": "BATCH", "ckpt_list": "NONE",
    "pe_list": "smp", "rerun": "FALSE", "tmpdir": "/tmp", "shell": "/bin/sh",
    "shell_start_mode": "unix_behavior", "notify": "00:00:10", "initial_state": "default",
    **{name: "NONE" for name in ("prolog", "epilog", "starter_method", "suspend_method",
                                 "resume_method", "terminate_method", "owner_list", "user_lists",
                                 "xuser_lists", "subordinate_list", "complex_values", "projects",
                                 "xprojects", "calendar")},
    **{kind + "_" + what: "INFINITY" for kind in "sh"
       for what in ("rt", "cpu", "fsize", "data", "stack", "core", "rss", "vmem")},
}


class GridEngine:
    def __init__(self, folder, slots=64):
        self.folder, self.slots = folder, slots
        self.packages = packages()
        self.programs = INSTALLED
        self.environment = {
            "SGE_ROOT": self.file("root"), "SGE_CELL": "default", "SGE_CLUSTER_NAME": "loop",
            "SGE_QMASTER_PORT": "6444", "SGE_EXECD_PORT": "6445",
            "LD_LIBRARY_PATH": self.programs + ":" +
                               os.path.join(self.packages, "usr/lib/x86_64-linux-gnu")}
        for name in ("root/default/common", "root/bin", "qmaster", "execd"):
            os.makedirs(self.file(name))
        os.symlink(os.path.join(self.packages, "usr/share/gridengine/util"), self.file("root/util"))
        arch = subprocess.run([self.file("root/util/arch")], capture_output=True, text=True,
                              check=True).stdout.strip()
        os.symlink(self.programs, self.file("root/bin", arch))
        self.configure()
        self.start_qmaster()
        self.admit_this_machine()

    def file(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        with open(self.file(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.file(name)

    def read(self, name):
        try:
            with open(self.file(name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def run(self, *words):
        return subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, cwd="/",
            check=False, env={**os.environ, **self.environment,
                              "PATH": self.programs + ":" + os.environ["PATH"]})

    def must(self, *words):
        done = self.run(*words)
        assert done.returncode == 0, (words, done.stdout, done.stderr, self.logs())
        return done.stdout

    def logs(self):
        return {name: self.read(name)[-1500:]
                for name in ("qmaster/messages", "execd/localhost/messages")}

    def configure(self):
        common, spool = self.file("root/default/common"), self.file("qmaster")
        self.write("root/default/common/act_qmaster", "localhost\n")
        self.write("root/default/common/cluster_name", "loop\n")
        self.write("root/default/common/bootstrap", "".join(f"{key} {value}\n" for key, value in (
            ("admin_user", "none"), ("default_domain", "none"), ("ignore_fqdn", "false"),
            ("spooling_method", "classic"), ("spooling_lib", "libspoolc"),
            ("spooling_params", f"{common};{spool}"), ("binary_path", self.file("root/bin")),
            ("qmaster_spool_dir", spool), ("security_mode", "none"), ("listener_threads", 2),
            ("worker_threads", 2), ("scheduler_threads", 1))))
        wanted = {"execd_spool_dir": self.file("execd"), "mailer": "/bin/true", "min_uid": "0",
                  "min_gid": "0", "shell_start_mode": "unix_behavior",
                  "load_report_time": "00:00:05", "administrator_mail": "none",
                  "reporting_params": "accounting=true reporting=false flush_time=00:00:01 "
                                      "accounting_flush_time=00:00:00 joblog=false "
                                      "sharelog=00:00:00"}
        with open(os.path.join(self.packages, "usr/share/gridengine/default-configuration"),
                  encoding="utf-8") as file:
            shipped = file.read()
        configuration = self.write("configuration", replaced(shipped, wanted))
        self.must("spoolinit", "classic", "libspoolc", f"{common};{spool}", "init")
        resources = self.file("root/util/resources/")
        for words in (("configuration", configuration), ("complexes", resources + "centry"),
                      ("usersets", resources + "usersets"), ("managers", "root")):
            self.must("spooldefaults.bin", *words)

    def start_qmaster(self):
        self.daemon("sge_qmaster")
        self.wait(lambda: self.run("qconf", "-sh").returncode == 0, "sge_qmaster")

    def admit_this_machine(self):
        self.must("qconf", "-ah", "localhost")
        self.must("qconf", "-as", "localhost")
        self.must("qconf", "-Msconf", self.write("scheduling", replaced(self.must("qconf", "-ssconf"), {
            "schedule_interval": "0:0:1", "flush_submit_sec": "1", "flush_finish_sec": "1",
            "job_load_adjustments": "NONE", "load_adjustment_decay_time": "0:0:0",
            "maxujobs": "0"})))
        self.daemon("sge_execd")
        self.must("qconf", "-Ap", self.file("root/util/resources/pe/smp"))
        queue = {**QUEUE, "slots": self.slots}
        self.must("qconf", "-Aq", self.write("queue", "".join(f"{key} {value}\n"
                                                              for key, value in queue.items())))

        def is_up():  # its line has a sixth word while it is not
            lines = [line.split() for line in self.run("qstat", "-f").stdout.splitlines()]
            return any(words[:1] == ["all.q@localhost"] and len(words) == 5 for words in lines)

        self.wait(is_up, "a queue that takes jobs")

    def daemon(self, name):
        """It goes into the background by itself, and must not keep our pipes."""
        with open(self.file("start.log"), "ab") as log:
            done = subprocess.run(
                [os.path.join(self.programs, name)], env={**os.environ, **self.environment}, cwd="/",
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=60, check=False)
        assert done.returncode == 0, (name, self.read("start.log"), self.logs())

    def wait(self, condition, what, bound=60):
        end = time.monotonic() + bound
        while not condition():
            assert time.monotonic() < end, f"waited in vain for {what}: {self.logs()}"
            time.sleep(0.1)

    def qmaster(self):
        """Its pid, or 0."""
        text = self.read("qmaster/qmaster.pid").strip()
        try:
            program = os.readlink(f"/proc/{text}/exe") if text else ""
        except OSError:
            return 0
        return int(text) if os.path.basename(program) == "sge_qmaster" else 0

    def stop_qmaster(self):
        os.kill(self.qmaster(), signal.SIGTERM)
        self.wait(lambda: not self.qmaster(), "the end of sge_qmaster")

    def freeze_qmaster(self, on):
        os.kill(self.qmaster(), signal.SIGSTOP if on else signal.SIGCONT)

    def number(self, token):
        """The id of the job of an attempt that is in the queue, or nothing."""
        number = ""
        for line in self.must("qstat", "-xml", "-u", "*").splitlines():
            line = line.strip()
            if line.startswith("<JB_job_number>"):
                number = line[15:-16]
            elif line == f"<JB_name>{token}</JB_name>" or line.endswith(f".{token}</JB_name>"):
                return number
        return ""

    def close(self):
        """What runs ends with the namespaces."""
        shutil.rmtree(self.folder, ignore_errors=True)


def replaced(text, wanted):
    """Lines `KEY VALUE`, with other values; lines that go on (\\) are taken away with their first."""
    lines, skipping = [], False
    for line in text.splitlines():
        key = line.split()[0] if line.split() else ""
        if not skipping:
            lines.append(f"{key} {wanted[key]}" if key in wanted else line)
        if skipping or key in wanted:
            skipping = line.endswith("\\")
    return "\n".join(lines) + "\n"
