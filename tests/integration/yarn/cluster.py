"""A real ResourceManager and NodeManager on loopback, in a folder of their own, with the `hadoop`
and `yarn` commands, from Hadoop's Maven artifacts. Nothing but Python's standard library, java, mvn.

The jars are kept in KETREW_YARN_JARS (CMake: in the build tree) and fetched once.
    python3 cluster.py FOLDER    brings one up by hand and prints what to put into a profile
"""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
JARS = os.environ.get("KETREW_YARN_JARS") or os.path.join(HERE, "jars")
HADOOP = "3.3.5"
SHELL = "hadoop-yarn-applications-distributedshell"
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin"
CLASSES = {
    "rm": "org.apache.hadoop.yarn.server.resourcemanager.ResourceManager",
    "nm": "org.apache.hadoop.yarn.server.nodemanager.NodeManager",
}


def skip(why):
    raise unittest.SkipTest(why)


def jars():
    """The folder of the jars; skips the tests where they are not to be had."""
    for program in ("java", "mvn", "curl", "setsid"):
        if not shutil.which(program):
            skip(f"no {program} on this machine")
    os.makedirs(JARS, exist_ok=True)
    with open(os.path.join(JARS, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = os.path.join(JARS, "complete-" + HADOOP)
        if os.path.exists(done):
            return JARS
        for words in (
                # The parent of the distributed shell's pom is not everywhere: without its pom, then.
                (f"{PLUGIN}:2.8:get", "-Dtransitive=false", f"-Ddest={JARS}/{SHELL}-{HADOOP}.jar",
                 f"-Dartifact=org.apache.hadoop:{SHELL}:{HADOOP}"),
                (f"{PLUGIN}:3.6.1:copy-dependencies", f"-DoutputDirectory={JARS}",
                 "-DincludeScope=runtime")):
            try:
                ran = subprocess.run(["mvn", "-B", "-f", os.path.join(HERE, "pom.xml"), *words],
                                     capture_output=True, timeout=900, check=False, cwd=JARS)
            except subprocess.TimeoutExpired:
                skip("Hadoop's artifacts did not come in time")
            if ran.returncode != 0:
                errors = [line for line in ran.stdout.decode("utf-8", "replace").splitlines()
                          if "ERROR" in line]
                skip("Hadoop's artifacts cannot be fetched: " + " ".join(errors)[:300])
        with open(done, "w", encoding="utf-8"):
            pass
    return JARS


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def xml(values):
    lines = [f" <property><name>{key}</name><value>{value}</value></property>"
             for key, value in values.items()]
    return "<configuration>\n" + "\n".join(lines) + "\n</configuration>\n"


class Cluster:
    def __init__(self, folder, keep_state=True):
        self.folder, self.jars = folder, jars()
        self.processes = {}
        (self.rm, self.scheduler, self.tracker, self.admin, self.web,
         self.nm, self.localizer, self.nm_web) = free_ports(8)
        for name in ("conf", "bin", "home", "nm", "log"):
            os.makedirs(os.path.join(folder, name), exist_ok=True)
        self.configure(keep_state)
        self.write_commands()

    # -- set-up -------------------------------------------------------------------------------

    def file(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text, mode=0o644):
        with open(self.file(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.file(name), mode)

    def configure(self, keep_state):
        self.write("conf/core-site.xml", xml({
            "fs.defaultFS": "file:///",
            "hadoop.tmp.dir": self.file("tmp"),
            # A ResourceManager that is back is noticed soon.
            "ipc.client.connect.max.retries": 2,
            "ipc.client.connect.retry.interval": 500,
        }))
        here = "127.0.0.1"
        self.write("conf/yarn-site.xml", xml({
            "yarn.resourcemanager.hostname": here,
            "yarn.resourcemanager.bind-host": here,
            "yarn.resourcemanager.address": f"{here}:{self.rm}",
            "yarn.resourcemanager.scheduler.address": f"{here}:{self.scheduler}",
            "yarn.resourcemanager.resource-tracker.address": f"{here}:{self.tracker}",
            "yarn.resourcemanager.admin.address": f"{here}:{self.admin}",
            "yarn.resourcemanager.webapp.address": f"{here}:{self.web}",
            "yarn.resourcemanager.recovery.enabled": "true" if keep_state else "false",
            "yarn.resourcemanager.store.class":
                "org.apache.hadoop.yarn.server.resourcemanager.recovery.FileSystemRMStateStore",
            "yarn.resourcemanager.fs.state-store.uri": "file://" + self.file("store"),
            "yarn.resourcemanager.application-timeouts.monitor.interval-ms": 1000,
            # Clients, masters and the node outlast a ResourceManager that is away, or slow to come.
            "yarn.resourcemanager.connect.max-wait.ms": 600000,
            "yarn.resourcemanager.connect.retry-interval.ms": 1000,
            "yarn.nodemanager.hostname": here,
            "yarn.nodemanager.bind-host": here,
            "yarn.nodemanager.address": f"{here}:{self.nm}",
            "yarn.nodemanager.localizer.address": f"{here}:{self.localizer}",
            "yarn.nodemanager.webapp.address": f"{here}:{self.nm_web}",
            "yarn.nodemanager.local-dirs": self.file("nm", "local"),
            "yarn.nodemanager.log-dirs": self.file("nm", "log"),
            "yarn.nodemanager.resource.memory-mb": 4096,
            "yarn.nodemanager.resource.cpu-vcores": 16,
            "yarn.nodemanager.vmem-check-enabled": "false",
            "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": 100,
            "yarn.nodemanager.delete.debug-delay-sec": 0,
            # Masters of jobs are JVMs, and live for seconds.
            "yarn.nodemanager.admin-env":
                "JAVA_TOOL_OPTIONS=-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
            "yarn.scheduler.minimum-allocation-mb": 64,
            "yarn.scheduler.maximum-allocation-mb": 16384,
            "yarn.application.classpath": f"{self.file('conf')},{self.jars}/*",
        }))
        queue = "yarn.scheduler.capacity.root"
        self.write("conf/capacity-scheduler.xml", xml({
            f"{queue}.queues": "default",
            f"{queue}.default.capacity": 100,
            f"{queue}.default.maximum-capacity": 100,
            f"{queue}.default.state": "RUNNING",
            "yarn.scheduler.capacity.maximum-am-resource-percent": 0.8,
        }))
        self.write("conf/log4j.properties",
                   "log4j.rootLogger=INFO,console\n"
                   "log4j.appender.console=org.apache.log4j.ConsoleAppender\n"
                   "log4j.appender.console.target=System.err\n"
                   "log4j.appender.console.layout=org.apache.log4j.PatternLayout\n"
                   "log4j.appender.console.layout.ConversionPattern=%d{ISO8601} %p %c{2}: %m%n\n")

    def write_commands(self):
        """Each calls the class that Hadoop's own script of this name calls."""
        java_home = os.path.dirname(os.path.dirname(os.path.realpath(shutil.which("java"))))
        self.write("bin/java-of-hadoop", f"""#!/bin/sh
export JAVA_HOME={java_home} HADOOP_CONF_DIR={self.file('conf')}
export HADOOP_HOME={self.folder}
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx256m -Djava.net.preferIPv4Stack=true \\
  --add-opens java.base/java.lang=ALL-UNNAMED --add-opens java.base/java.util=ALL-UNNAMED \\
  -Duser.home={self.file('home')} -cp "{self.file('conf')}:{self.jars}/*" "$@"
""", 0o755)
        for name in ("hadoop", "yarn"):
            self.write("bin/" + name, """#!/bin/sh
case $1 in
  application|app) class=org.apache.hadoop.yarn.client.cli.ApplicationCLI ;;
  logs) shift; class=org.apache.hadoop.yarn.client.cli.LogsCLI ;;
  version) shift; class=org.apache.hadoop.util.VersionInfo ;;
  jar) shift; class=org.apache.hadoop.util.RunJar ;;
  *) class=$1; shift ;;
esac
exec "${0%/*}/java-of-hadoop" "$class" "$@"
""", 0o755)

    @property
    def shell_jar(self):
        return os.path.join(self.jars, f"{SHELL}-{HADOOP}.jar")

    # -- the two servers ----------------------------------------------------------------------

    def start(self, *names, bound=120):
        for name in names or ("rm", "nm"):
            with open(self.file("log", name), "ab") as log:
                self.processes[name] = subprocess.Popen(
                    [self.file("bin", "java-of-hadoop"), CLASSES[name]], stdout=log, stderr=log,
                    stdin=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + bound
        while self.active_nodes() < 1:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise AssertionError(f"{name} ended: {self.tail(name)}")
            if time.monotonic() > end:
                raise AssertionError(f"no node came up: {self.tail('rm')}\n{self.tail('nm')}")
            time.sleep(0.25)

    def tail(self, name):
        with open(self.file("log", name), "rb") as file:
            return file.read()[-3000:].decode("utf-8", "replace")

    def signal(self, name, number):
        self.processes[name].send_signal(number)

    def kill(self, name):
        process = self.processes.pop(name, None)
        if process:
            process.kill()
            process.wait()

    def stop(self):
        """The NodeManager first, that it ends its containers."""
        for name in ("nm", "rm"):
            process = self.processes.get(name)
            if not process:
                continue
            process.send_signal(signal.SIGCONT)
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                pass
            self.kill(name)
        for pid in self.containers():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def clients(self, token):
        """Pids of the distributed shell's clients for this token."""
        found = []
        for pid in self.containers():
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read()
                if b"distributedshell.Client" in words and token.encode() in words:
                    found.append(pid)
            except OSError:
                pass
        return found

    def containers(self):
        """Pids of what it started: their environment names its folder."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == os.getpid():
                continue
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    if os.fsencode(self.folder) + b"/" in file.read():
                        found.append(int(entry))
            except OSError:
                pass
        return found

    # -- what it says -------------------------------------------------------------------------

    @property
    def url(self):
        return f"http://127.0.0.1:{self.web}"

    def get(self, path):
        with urllib.request.urlopen(f"{self.url}/ws/v1/cluster/{path}", timeout=20) as answer:
            return json.load(answer)

    def active_nodes(self):
        try:
            return self.get("metrics")["clusterMetrics"]["activeNodes"]
        except (OSError, urllib.error.URLError, ValueError, KeyError):
            return 0

    def applications(self, token=""):
        """Those whose names have the token."""
        apps = self.get("apps")["apps"] or {}
        return [app for app in apps.get("app", []) if token in app["name"]]

    def kill_application(self, name):
        """As an administrator would, by REST."""
        request = urllib.request.Request(
            f"{self.url}/ws/v1/cluster/apps/{name}/state", data=b'{"state": "KILLED"}', method="PUT",
            headers={"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=20).close()

    def run(self, *words):
        return subprocess.run([self.file("bin", words[0]), *words[1:]], capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=120, check=False)

    @property
    def plugin(self):
        """An entry of a profile's plugins."""
        return {"package": "yarn", "options": {
            "bin": self.file("bin"), "resource_manager": self.url, "exit_grace": "10s",
            "distributed_shell_shell_jar": self.shell_jar}}


if __name__ == "__main__":
    cluster = Cluster(os.path.abspath(sys.argv[1]))
    cluster.start()
    print(json.dumps(cluster.plugin, indent=1), "\nreturn ends it", flush=True)
    try:
        sys.stdin.readline()
    finally:
        cluster.stop()
