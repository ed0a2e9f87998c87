"""Row 3 for the other batch systems: what one answer about many jobs costs a backend's process. Its
fake (tests/fakes) gives that answer once; from then on each of its commands is a `cat` of it."""
import importlib
import json
import os
import pathlib
import subprocess
import sys

from . import process
from .figure import Figure

FAKES = pathlib.Path(__file__).resolve().parent.parent.parent / "fakes"
FLAVOURS = ("slurm", "openpbs", "torque", "lsf", "openlava", "sge")

RECORD = """#!/bin/sh
echo {command} >>{folder}/asked
out={folder}/answer-$(wc -l <{folder}/asked)
{folder}/bin/{command} "$@" >$out.out 2>$out.err
code=$?
cat $out.out
cat $out.err >&2
exit $code
"""
REPLAY = """#!/bin/sh
exec cat {out}
"""


class Backend:
    """The process of one backend, without a daemon."""

    def __init__(self, programs, module, options, home):
        host = programs.parent / "libexec/ketrew/ketrew-backend-host"
        path = programs.parent / f"lib/ketrew/backends/{module}/{module}.so"
        self.process = subprocess.Popen([host, "--module", path], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.ask("initialize", protocol=1, name=module, home=str(home), options=options)

    def ask(self, method, **params):
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return self.send(json.dumps(request).encode() + b"\n")

    def send(self, line):
        self.process.stdin.write(line)
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "result" not in answer:
            raise RuntimeError(f"row 3: {answer}")
        return answer["result"]

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def poll_of(place, jobs):
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "update",
                       "params": {"host": place, "jobs": jobs}}, separators=(",", ":")).encode() + b"\n"


def one(settings, name, count):
    """ms CPU of each poll."""
    if str(FAKES) not in sys.path:
        sys.path.insert(0, str(FAKES))
    cluster, flavour = importlib.import_module("cluster"), importlib.import_module(name)
    folder = pathlib.Path(settings.folder) / f"flavour-{name}"
    (folder / "record").mkdir(parents=True)
    cluster.make_commands(os.path.abspath(flavour.__file__), str(folder))
    for command in flavour.COMMANDS:
        path = folder / "record" / command
        path.write_text(RECORD.format(folder=folder, command=command))
        path.chmod(0o755)
    fake = cluster.Cluster(str(folder))
    fake.tell("submit", pretend="running")
    place = str(folder / "playground")
    backend = Backend(settings.programs, getattr(flavour, "BACKEND", name),
                      {"bin": str(folder / "record")}, folder)
    try:
        started = backend.ask("start", token=f"{0:026d}-1", program={"sh": "true"}, options={}, host=place)
        jobs = fake.multiply(started["state"], count, getattr(flavour, "id_of", str))
        (folder / "asked").write_text("")
        # As the daemon asks: with the states of the answer before, byte for byte.
        for job, seen in zip(jobs, backend.send(poll_of(place, jobs))["jobs"]):
            job["state"] = seen.get("state", job["state"])
        request = poll_of(place, jobs)
        asked = (folder / "asked").read_text().split()
        if len(asked) != 1:
            raise RuntimeError(f"row 3: a poll of {name} was {len(asked)} commands: {asked}")
        (folder / "record" / asked[0]).write_text(REPLAY.format(out=folder / "answer-1.out"))
        costs = []
        for _ in range(settings.repeats):
            before = process.cpu_seconds(backend.process.pid)
            for _ in range(5):
                answer = backend.send(request)
            costs.append((process.cpu_seconds(backend.process.pid) - before) / 5 * 1000)
        seen = {job["observation"] for job in answer["jobs"]}
        if len(answer["jobs"]) != count or seen != {"running"}:
            raise RuntimeError(f"row 3: {name} saw {seen} of {len(answer['jobs'])} jobs")
        return costs
    finally:
        backend.end()


def parsers(settings):
    return [Figure(3, f"  backend process alone, {name}", "ms CPU", one(settings, name, settings.polled))
            for name in FLAVOURS]
