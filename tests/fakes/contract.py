#!/usr/bin/env python3
"""Runs the contract suite over a fake scheduler of its own, which is removed afterwards.

    contract.py FLAVOUR PROGRAM [ARG...] -- BACKEND [ARG...]     FLAVOUR: a module of this folder
    contract.py --tell FOLDER LIE                                what the suite's --lies is given
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import cluster  # noqa: E402

# The suite's words for what a cluster can be told: (verb, what).
LIES = {
    "none": [],
    "down": [("all", {"down": True})],
    "garbage": [("all", {"garbage": "*** the file system is full ***\n"})],
    "submit-fails": [("submit", {"after": "fail"})],
    "forget": [("all", {"only": []})],
}


def tell(folder, lie):
    fake = cluster.Cluster(folder)
    for verb in ("all", "submit"):
        fake.tell(verb)
    for verb, what in LIES[lie]:
        fake.tell(verb, **what)


def main():
    if sys.argv[1] == "--tell":
        tell(*sys.argv[2:])
        return 0
    flavour, *words = sys.argv[1:]
    at = words.index("--")
    folder = tempfile.mkdtemp(prefix="ktf", dir="/tmp")
    try:
        cluster.Cluster(folder)
        bin_folder = cluster.make_commands(os.path.join(HERE, flavour + ".py"), folder)
        options = {**cluster.profile(__import__(flavour), folder), "bin": bin_folder, "exit_grace": "2s"}
        liar = os.path.join(folder, "lies")
        with open(liar, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\nexec '{sys.executable}' -B '{os.path.abspath(__file__)}' --tell "
                       f"'{folder}' \"$1\"\n")
        os.chmod(liar, 0o700)
        more = ["--profile-options", json.dumps(options), "--lies", liar, "--count-commands",
                os.path.join(folder, "calls")]
        return subprocess.run([*words[:at], *more, *words[at:]], check=False).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
