#!/usr/bin/env python3
"""Runs the contract suite over a fake scheduler of its own, which is removed afterwards.

    contract.py FLAVOUR PROGRAM [ARG...] -- BACKEND [ARG...]     FLAVOUR: a module of this folder
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


def main():
    flavour, *words = sys.argv[1:]
    at = words.index("--")
    folder = tempfile.mkdtemp(prefix="ktf", dir="/tmp")
    try:
        cluster.Cluster(folder)
        bin_folder = cluster.make_commands(os.path.join(HERE, flavour + ".py"), folder)
        options = {**cluster.profile(__import__(flavour), folder), "bin": bin_folder, "exit_grace": "2s"}
        return subprocess.run([*words[:at], "--profile-options", json.dumps(options), *words[at:]],
                              check=False).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
