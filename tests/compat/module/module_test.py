"""Backends of earlier versions, with today's daemon and host."""

import json
import os
import platform
import shutil
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "integration", "daemon"))

from harness import DaemonTest, main, read_bytes  # noqa: E402


def shape(value):
    """Which keys it has, and of which kind the values are."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


class Compat(DaemonTest):
    def use(self, home, backend, said):
        job = home.submit("--backend", backend, "--name", "n", "--", "true")
        home.wait_state(job, "succeeded")
        self.assertEqual(home.job(job)["exit_code"], 0)
        done = home.ketrew("query", job, "hello")
        self.assertEqual((done.code, done.out), (0, said))
        self.assertIn("hello", home.ketrew("query", job).text)
        endless = home.submit("--backend", backend, "--", "sleep", "1000")
        home.wait_state(endless, "running")
        home.stop()
        home.start()
        self.assertEqual(home.job(endless)["state"], "running")
        self.assertEqual(home.ketrew("kill", endless).code, 0)
        home.wait_state(endless, "killed")
        # What it does not have is said, and it is not asked for it.
        done = home.ketrew("doctor")
        self.assertIn(f"what {backend} has: it has no `inventory`", done.text)

    @unittest.skipUnless(platform.machine() == "x86_64", "the kept modules are for x86-64")
    def test_a_module_of_abi_1(self):
        home = self.home(start=False)
        copy = home.file("abi_1.so")
        shutil.copy(os.path.join(HERE, "abi_1.so"), copy)
        os.chmod(copy, 0o755)
        home.profile["plugins"].append({"path": copy})
        home.write_profile()
        home.start()
        self.use(home, "abi_1", b"hello of abi 1")
        self.assertIn("abi 1 is here", home.log())

    def test_a_program_of_protocol_1(self):
        home = self.home(start=False)
        diary = home.file("diary")
        home.profile["plugins"].append({"exec": [sys.executable, os.path.join(HERE, "protocol_1.py"), diary],
                                        "name": "protocol_1"})
        home.write_profile()
        home.start()
        self.use(home, "protocol_1", b"hello of protocol 1\xff")
        # What was asked in version 1 is asked as it was: keys may have been added, none is gone.
        with open(os.path.join(HERE, "protocol_1.json"), encoding="utf-8") as file:
            kept = json.load(file)
        asked = {}
        for line in read_bytes(diary).decode().splitlines():
            request = json.loads(line)
            asked.setdefault(request["method"], request["params"])
        for method, params in kept.items():
            with self.subTest(method):
                self.assertIn(method, asked)
                self.contains(shape(asked[method]), shape(params), method)

    def contains(self, new, old, where):
        if isinstance(old, dict):
            for key, value in old.items():
                self.assertIn(key, new, where)
                self.contains(new[key], value, f"{where}.{key}")
        elif isinstance(old, list):
            for a, b in zip(new, old):
                self.contains(a, b, where)
        else:
            self.assertEqual(new, old, where)


if __name__ == "__main__":
    main()
