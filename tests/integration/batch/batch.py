"""A home whose only backend is a batch scheduler's, with fake commands for it.

KETREW_FAKE_FLAVOUR names the module of tests/fakes and, unless that says otherwise by BACKEND, the
backend. A flavour may say by LACKS (a set of words) what its scheduler has not.
"""

import importlib
import os
import shutil
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
FAKES = os.path.join(HERE, "..", "..", "fakes")
sys.path.insert(0, os.path.join(HERE, "..", "daemon"))
sys.path.insert(0, FAKES)

import cluster  # noqa: E402
import harness  # noqa: E402
from harness import scaled, wait_for  # noqa: E402,F401

NAME = os.environ.get("KETREW_FAKE_FLAVOUR", "slurm")
FLAVOUR = importlib.import_module(NAME)
BACKEND = getattr(FLAVOUR, "BACKEND", NAME)
LACKS = getattr(FLAVOUR, "LACKS", set())
MODULE = os.path.join(harness.BUILD, "lib", "ketrew", "backends", BACKEND, BACKEND + ".so")

FAST = {**harness.FAST, "lost_after": "2s"}


def unless(lack):
    """A test about what this flavour has not is skipped, and says so."""
    return unittest.skipIf(lack in LACKS, f"{NAME} has no {lack}")


class BatchTest(harness.DaemonTest):
    def setUp(self):
        if not os.path.exists(MODULE):
            self.skipTest(f"the backend {BACKEND} is not built")

    def batch_home(self, start=True, options=None, **profile):
        """(home, cluster)"""
        home = harness.Home(plugins=(), **profile)
        self.addCleanup(home.clean)
        folder = home.file("fake")
        os.mkdir(folder)
        bin_folder = cluster.make_commands(os.path.abspath(FLAVOUR.__file__), folder)
        home.profile["engine"] = {**FAST, **profile.get("engine", {})}
        home.profile["plugins"] = [{"package": BACKEND, "options": {
            "bin": bin_folder, "exit_grace": "1s", **cluster.profile(FLAVOUR, folder),
            **(options or {})}}]
        home.write_profile()
        fake = cluster.Cluster(folder)
        if start:
            home.start()
        return home, fake

    def submit(self, home, *words):
        return home.submit("--backend", BACKEND, *words)

    def submit_lines(self, home, count, shell, *words):
        """Many at once; their ids."""
        path = home.file("lines")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"{i}\n" for i in range(count))
        done = home.ketrew("submit", "--backend", BACKEND, "--each-line", path, *words, "--sh", shell)
        self.assertEqual(done.code, 0, done)
        return done.text.split()

    def token(self, job, attempt=1):
        return f"{job}-{attempt}"

    def wait_in(self, home, fake, job, state):
        """The fake's job, once it has this state."""
        def look():
            found = [one for one in fake.jobs(token=self.token(job)) if one.state == state]
            return found and found[0]
        return wait_for(look, lambda: f"{job} {state}: {fake.jobs(token=self.token(job))} "
                                      f"{home.job(job)}\n{home.log()}")

    def wait_reason(self, home, job, words):
        """Until what is shown of the job's state has these words."""
        return wait_for(lambda: words in str(home.job(job)),
                        lambda: f"{words!r} in {home.job(job)}\n{home.log()}")

    def wait_polls(self, fake, count=2):
        """Until so many more questions have been asked of the queue."""
        before = len(fake.calls("queue"))
        wait_for(lambda: len(fake.calls("queue")) >= before + count, f"{count} polls")

    def runs(self, home, count):
        """How often each of the programs of `submit_lines` ran, by what it wrote."""
        path = home.file("runs")
        with open(path, encoding="utf-8") as file:
            numbers = sorted(int(line) for line in file)
        self.assertEqual(numbers, list(range(count)))


main = harness.main
