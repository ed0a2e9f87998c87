"""A daemon in a home of its own, and the few things that the rows ask of it."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from . import process

PROFILE = """profiles:
  default:
    plugins:
      - package: daemonize
      - package: mock
    limits:
      daemonize: {running: %d}
"""

FINISHED = {"succeeded", "already-done", "failed", "start-failed", "condition-failed", "not-ensured",
            "dependency-failed", "killed", "kill-failed", "lost"}


class Stalled(Exception):
    pass


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(60)
        self.sock.connect(self._path)


class Daemon:
    def __init__(self, programs, folder, running, profile=None):
        self.programs = pathlib.Path(programs)
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="home-", dir=folder))
        (self.home / "ketrew.yaml").write_text(profile or PROFILE % running)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("KETREW_")}
        self.environment["KETREW_HOME"] = str(self.home)
        self.pid = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        subprocess.run([self.programs / "ketrewd", "stop"], env=self.environment,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # The supervisor and its guardian leave by themselves, but only after a while.
        for pid in self.supervisors():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def remove(self):
        """Only when nothing is measured any more: deleting many files slows what follows."""
        shutil.rmtree(self.home, ignore_errors=True)

    def start(self):
        """Returns the seconds until it served."""
        begin = time.perf_counter()
        self._run("ketrewd", "start")
        took = time.perf_counter() - begin
        self.pid = self.status()["daemon"]["pid"]
        return took

    def stop(self):
        self._run("ketrewd", "stop")

    def status(self):
        return self.get("/v1/status")

    def get(self, target):
        return self._ask("GET", target, None)

    def post(self, target, body):
        return self._ask("POST", target, body)

    def _ask(self, method, target, body):
        connection = _UnixConnection(self.home / "ketrewd.sock")
        try:
            connection.request(method, target, body)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status >= 300:
                raise RuntimeError(f"{method} {target}: {answer.status} {text[:500]}")
            return json.loads(text)
        finally:
            connection.close()

    def hosts(self):
        """The backends' processes, by the backend's name."""
        return {one["name"]: one["pid"] for one in self.status()["backends"]}

    def supervisors(self):
        return process.with_argument(f"{self.home}/supervisor")

    def submit_lines(self, count, *options):
        """One request of `count` jobs; returns the seconds until it was acknowledged."""
        lines = self.home / f"lines-{count}"
        if not lines.exists():
            lines.write_text("".join(f"{i}\n" for i in range(count)))
        begin = time.perf_counter()
        self._run("ketrew", "submit", "--each-line", str(lines), *options, "--", "true")
        return time.perf_counter() - begin

    def finished(self):
        totals = self.status()["totals"]
        return sum(n for state, n in totals.items() if state in FINISHED), totals

    def wait_finished(self, target, limit):
        """Polls the totals: it costs the daemon less than a stream of events would. Rarer as time
        goes by, so that the answer is late by one part in a hundred and a slow run is not all polls."""
        begin = time.perf_counter()
        end = begin + limit
        while True:
            done, totals = self.finished()
            if done >= target:
                if totals.get("succeeded", 0) != done:
                    raise Stalled(f"not all succeeded: {_short(totals)}")
                return
            if time.perf_counter() > end:
                raise Stalled(f"after {limit} s: {_short(totals)}")
            time.sleep(min(0.5, max(0.01, (time.perf_counter() - begin) / 100)))

    def wait_state(self, state, count, limit):
        end = time.perf_counter() + limit
        while self.status()["totals"].get(state, 0) < count:
            if time.perf_counter() > end:
                raise Stalled(f"after {limit} s: {_short(self.status()['totals'])}")
            time.sleep(0.05)

    def cpu(self):
        """CPU seconds so far of each part."""
        parts = {"ketrewd": process.cpu_seconds(self.pid)}
        for name, pid in self.hosts().items():
            parts[f"host of {name}"] = process.cpu_seconds(pid)
        parts["supervisor"] = sum(process.cpu_seconds(pid) for pid in self.supervisors())
        return parts

    def _run(self, program, *words):
        done = subprocess.run([self.programs / program, *words], env=self.environment,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{program} {words[0]}: exit {done.returncode}: {done.stderr.strip()}")


def _short(totals):
    return ", ".join(f"{n} {state}" for state, n in totals.items() if n)
