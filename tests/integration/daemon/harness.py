"""A daemon in a home of its own, its client, and the processes that belong to it.

KETREW_BIN is the folder of the programs (CMake sets it). KETREW_TEST_SCALE makes the large tests
smaller (0.1 under sanitizers); KETREW_TEST_BOUND is how long a condition may take, in seconds;
KETREW_TEST_KEEP=1 leaves the homes for inspection.
Nothing here sleeps for a fixed time or judges by the clock: conditions are waited for.
"""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

BIN = os.environ.get("KETREW_BIN", "")
BUILD = os.path.dirname(BIN)
BOUND = float(os.environ.get("KETREW_TEST_BOUND", "240"))
SCALE = float(os.environ.get("KETREW_TEST_SCALE", "1"))

DAEMONIZE = {"package": "daemonize"}
MOCK = {"package": "mock"}
FAST = {"poll_interval": "250ms", "poll_interval_max": "1s", "retry_delay": "250ms",
        "retry_delay_max": "1s"}
FINAL = {"succeeded", "already-done", "failed", "start-failed", "condition-failed", "not-ensured",
         "dependency-failed", "killed", "kill-failed", "lost"}


def scaled(count, least=10):
    return max(min(least, count), int(count * SCALE))


def wait_for(condition, what, bound=None):
    """The first true value of condition(); fails with `what` (a text or a function) after a bound."""
    end = time.monotonic() + (bound or BOUND)
    pause = 0.01
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("waited in vain for " + (what() if callable(what) else what))
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)


def read_bytes(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def is_alive(pid):
    """Runs, and is not a zombie."""
    stat = read_bytes(f"/proc/{pid}/stat")
    return bool(stat) and stat.rpartition(b")")[2].split()[0] not in (b"Z", b"X")


def end_process(pid, number=signal.SIGKILL):
    """By pidfd: a pid that was given to another process meanwhile is not hit."""
    try:
        fd = os.pidfd_open(pid)
    except OSError:
        return
    try:
        signal.pidfd_send_signal(fd, number)
    except OSError:
        pass
    finally:
        os.close(fd)


class Done:
    """What a program came to, its output as bytes."""

    def __init__(self, process):
        self.code, self.out, self.err = process.returncode, process.stdout, process.stderr

    @property
    def text(self):
        return self.out.decode("utf-8", "replace")

    @property
    def error(self):
        return self.err.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"exit {self.code}\nout: {self.text[-2000:]}\nerr: {self.error[-2000:]}"


class UnixHttp(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("ketrew", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Home:
    """A KETREW_HOME. Its processes are those whose environment names it, and no others."""

    def __init__(self, plugins=(DAEMONIZE,), path=None, **profile):
        self.path = path or tempfile.mkdtemp(prefix="kt", dir="/tmp")
        os.chmod(self.path, 0o700)
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith("KETREW_")}
        self.environment.update(KETREW_HOME=self.path, NO_COLOR="1", LC_ALL="C.UTF-8")
        profile.setdefault("engine", FAST)
        self.profile = {"plugins": [dict(plugin) for plugin in plugins], **profile}
        self.write_profile()

    # -- files --------------------------------------------------------------------------------

    def file(self, *names):
        return os.path.join(self.path, *names)

    def write_profile(self, text=None):
        """JSON is YAML."""
        with open(self.file("ketrew.yaml"), "w", encoding="utf-8") as file:
            file.write(text or json.dumps({"profiles": {"default": self.profile}}, indent=1))

    @property
    def socket(self):
        return self.file("ketrewd.sock")

    def playground(self, job, name, attempt=1):
        return self.file("playground", f"{job}-{attempt}", name)

    # -- programs -----------------------------------------------------------------------------

    def run(self, program, *words, input=None, timeout=None, cwd=None, env=None):
        return Done(subprocess.run(
            [os.path.join(BIN, program), *words], input=input, capture_output=True,
            stdin=None if input is not None else subprocess.DEVNULL,
            env={**self.environment, **(env or {})}, cwd=cwd or self.path,
            timeout=timeout or 2 * BOUND, check=False))

    def ketrew(self, *words, **more):
        return self.run("ketrew", *words, **more)

    def ketrewd(self, *words, **more):
        return self.run("ketrewd", *words, **more)

    def start(self):
        done = self.ketrewd("start")
        assert done.code == 0, f"the daemon did not start: {done!r}\n{self.log()}"
        return done

    def stop(self):
        pid = self.pid
        done = self.ketrewd("stop")
        assert done.code == 0, done
        wait_for(lambda: not is_alive(pid), f"the end of daemon {pid}")
        return done

    def submit(self, *words, **more):
        """The id."""
        done = self.ketrew("submit", *words, **more)
        assert done.code == 0, done
        return done.text.strip()

    def log(self):
        return read_bytes(self.file("ketrewd.log"))[-6000:].decode("utf-8", "replace")

    # -- the API ------------------------------------------------------------------------------

    def request(self, method, target, body=None, headers=None, timeout=None):
        """(status, headers, bytes)"""
        connection = UnixHttp(self.socket, timeout or BOUND)
        try:
            connection.request(method, target, None if body is None else json.dumps(body),
                               headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def get(self, target):
        status, _, body = self.request("GET", target)
        assert status == 200, (target, status, body)
        return json.loads(body)

    def listeners(self):
        """How many clients follow events."""
        _, _, body = self.request("GET", "/metrics")
        return int(re.search(rb"^ketrew_event_listeners (\d+)$", body, re.M).group(1))

    def job(self, job):
        return self.get(f"/v1/jobs/{job}")

    def history(self, job):
        return self.get(f"/v1/jobs/{job}/history")["history"]

    def states(self, job):
        return [entry["to"] for entry in self.history(job)]

    def totals(self):
        return {state: n for state, n in self.get("/v1/status")["totals"].items() if n}

    def backend(self, name):
        return self.get(f"/v1/backends/{name}")

    def wait_state(self, job, *states):
        last = {}

        def reached():
            last.update(self.job(job))
            return last["state"] in states and last

        return wait_for(reached, lambda: f"{job} in {states}: {json.dumps(last)}\n{self.log()}")

    def wait_all(self, jobs, bound=None):
        """Until the given jobs are over; asks by list, as a client would."""
        jobs = set(jobs)
        over = {}

        def all_over():
            try:
                left = self.unfinished()
            except OSError:  # no daemon just now
                return False
            return not left & jobs

        wait_for(all_over, lambda: f"the end of {len(jobs)} jobs: {self.totals()}\n{self.log()}",
                 bound)
        for job in self.list():
            if job["id"] in jobs:
                over[job["id"]] = job
        return over

    def list(self, query=""):
        jobs, cursor = [], ""
        while True:
            page = self.get(f"/v1/jobs?limit=10000{query}" + (f"&cursor={cursor}" if cursor else ""))
            jobs += page["jobs"]
            cursor = page["next_cursor"]
            if not cursor:
                return jobs

    def unfinished(self):
        return {job["id"] for job in self.list("&status=in-progress&status=activable")}

    # -- processes ----------------------------------------------------------------------------

    @property
    def pid(self):
        """Of the daemon, as its lock says."""
        words = read_bytes(self.file("lock")).split()
        return int(words[1]) if len(words) > 1 else 0

    def processes(self, name=None):
        """Pids of this home, but for ourselves and our own clients' parents."""
        # Jobs of far hosts know no home, but their playground in it.
        mark = re.compile(b"(^|\0)KETREW_[A-Z]+=" + re.escape(os.fsencode(self.path)) + b"[/\0]")
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == os.getpid():
                continue
            if not mark.search(read_bytes(f"/proc/{entry}/environ")):
                continue
            words = read_bytes(f"/proc/{entry}/cmdline").split(b"\0")
            if is_alive(entry) and (name is None or any(
                    os.path.basename(word) == name.encode() for word in words[:2])):
                found.append(int(entry))
        return sorted(found)

    def supervisors(self):
        """[guardian, supervisor], or nothing. Children that are about to become jobs have the
        supervisor's name as well: the supervisor is the one with threads, its parent the guardian."""
        for pid in self.processes("ketrew-supervisor"):
            status = dict(line.split(b":\t", 1) for line in
                          read_bytes(f"/proc/{pid}/status").splitlines() if b":\t" in line)
            if int(status.get(b"Threads", 0)) > 1:
                return [int(status[b"PPid"]), pid]
        return []

    def kill_daemon(self):
        pid = self.pid
        end_process(pid)
        wait_for(lambda: not is_alive(pid), f"the end of daemon {pid}")

    def kill_backend(self, name):
        """The process of a backend; the pid that was ended, or none if it had none."""
        pid = self.backend(name)["pid"]
        if pid:
            end_process(pid)
        return pid

    def clean(self):
        def none_left():
            # The daemon first, that it starts no others; what is found twice is ended twice.
            left = self.processes()
            for pid in left:
                end_process(pid)
            return not left

        wait_for(none_left, lambda: f"the end of {self.processes()}")
        if not os.environ.get("KETREW_TEST_KEEP"):
            shutil.rmtree(self.path, ignore_errors=True)


class DaemonTest(unittest.TestCase):
    """One home a test, removed after it."""

    maxDiff = 4000

    def home(self, *args, start=True, **profile):
        home = Home(*args, **profile)
        self.addCleanup(home.clean)
        if start:
            home.start()
        return home

    def assert_refused(self, done, code, *words):
        """One line on stderr that has the words."""
        self.assertEqual(done.code, code, done)
        self.assertEqual(done.error.count("\n"), 1, done)
        for word in words:
            self.assertIn(word, done.error)

    def assert_history(self, history, job=""):
        """A chain from the submission to one final state, in order."""
        self.assertTrue(history, job)
        self.assertEqual(history[0]["from"], "passive", history)
        for before, after in zip(history, history[1:]):
            self.assertEqual(before["to"], after["from"], history)
            self.assertLess(before["sequence"], after["sequence"], history)
        finals = [entry for entry in history if entry["to"] in FINAL]
        self.assertEqual(len(finals), 1, history)
        self.assertIs(finals[0], history[-1])
        for entry in history:
            self.assertTrue(entry["at"] and entry["reason"], entry)


class Loud(unittest.TextTestResult):
    """Tells a failure when it happens: a run that is cut off has told what it knew."""

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.stream.writeln(self.failures[-1][1][-6000:])

    def addError(self, test, err):
        super().addError(test, err)
        self.stream.writeln(self.errors[-1][1][-6000:])


def main():
    if not BIN:
        sys.exit("KETREW_BIN must name the folder of the programs")
    unittest.main(verbosity=2, testRunner=unittest.TextTestRunner(verbosity=2, resultclass=Loud))
