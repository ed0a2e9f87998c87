"""Workflow files, and a home whose orphans are not waited for long."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "daemon"))

import harness  # noqa: E402
from harness import main, wait_for  # noqa: E402,F401

ROOT = os.path.join(HERE, "..", "..", "..")
EXAMPLES = os.path.realpath(os.path.join(ROOT, "config", "examples"))
ENGINE = {**harness.FAST, "orphan_grace": "1s"}


class FlowTest(harness.DaemonTest):
    def home(self, *args, start=True, **profile):
        profile.setdefault("engine", ENGINE)
        return super().home(*args, start=start, **profile)

    def submit(self, home, *words, **more):
        """{name: id}, in the file's order."""
        done = home.ketrew("submit", "-f", *words, **more)
        self.assertEqual(done.code, 0, done)
        nodes = dict(line.split("\t") for line in done.text.splitlines())
        self.assertRegex(done.error, f"^workflow [0-9a-z]+: {len(nodes)} nodes?\n$")
        return nodes

    def states(self, home, nodes):
        """{name: state} once all have ended."""
        jobs = home.wait_all(nodes.values())
        return {name: jobs[job]["state"] for name, job in nodes.items()}

    def write(self, home, name, text):
        path = home.file(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()
