"""Runs all tests of this folder for one flavour, several at a time, each in a process of its own: most
of what they do is to wait.

    together.py FLAVOUR [FILE...]     all *_test.py by default
"""

import concurrent.futures
import glob
import importlib.util
import os
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
AT_ONCE = 6


def tests_of(path):
    """CLASS.TEST of each test in a file."""
    # By its path: other folders have files of the same name.
    spec = importlib.util.spec_from_file_location("tests_of_" + os.path.basename(path)[:-3], path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    suites, found = [unittest.defaultTestLoader.loadTestsFromModule(module)], []
    while suites:
        for one in suites.pop():
            if isinstance(one, unittest.TestSuite):
                suites.append(one)
            else:
                found.append(".".join(one.id().split(".")[-2:]))
    return found


def run(path, test):
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-B", path, test], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, time.monotonic() - began, done.stdout


def main():
    flavour, *paths = sys.argv[1:]
    os.environ["KETREW_FAKE_FLAVOUR"] = flavour
    sys.path.insert(0, HERE)
    paths = paths or sorted(glob.glob(os.path.join(HERE, "*_test.py")))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        running = {pool.submit(run, path, test): test for path in paths for test in tests_of(path)}
        for one in concurrent.futures.as_completed(running):
            code, seconds, output = one.result()
            failed += code != 0
            word = "FAILED" if code else "skipped" if "OK (skipped=" in output else "ok"
            print(f"{running[one]} ... {word}, {seconds:.0f} s", flush=True)
            if word != "ok":
                print(output, flush=True)
    print(f"{len(running)} tests, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
