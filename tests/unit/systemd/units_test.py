"""The systemd units: what systemd itself says of them. units_test.py FOLDER KETREWD"""
import configparser
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

UNITS, KETREWD = sys.argv[1], sys.argv[2]
NAMES = {"ketrewd.service": "ketrewd.service", "ketrewd@.service": "ketrewd@daemon.service"}


def analyze(*words):
    done = subprocess.run(["systemd-analyze", *words], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
    return done.returncode, done.stdout


class Units(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="ktunit")
        self.addCleanup(shutil.rmtree, self.folder)
        # As installed, but with the program of this build.
        for name, instance in NAMES.items():
            with open(f"{UNITS}/{name}", encoding="utf-8") as file:
                text = re.sub(r"(?<==)\S*/ketrewd(?= )", KETREWD, file.read())
            with open(f"{self.folder}/{instance}", "w", encoding="utf-8") as file:
                file.write(text)

    def need(self, word):
        if shutil.which("systemd-analyze") is None:
            self.skipTest("there is no systemd-analyze")
        _, usage = analyze("--help")
        if word not in usage:
            self.skipTest(f"this systemd-analyze has no {word}")

    def settings(self, instance):
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.optionxform = str
        unit.read(f"{self.folder}/{instance}")
        return unit["Service"]

    def test_no_unit_ends_jobs_with_the_daemon(self):
        for instance in NAMES.values():
            service = self.settings(instance)
            self.assertEqual(service["KillMode"], "process", instance)
            self.assertEqual(service["OOMPolicy"], "continue", instance)
            self.assertEqual(service["TasksMax"], "infinity", instance)
            self.assertNotIn("RuntimeMaxSec", service, instance)
            self.assertNotIn("PrivateTmp", service, "jobs see the /tmp of everybody else")

    def test_systemd_understands_them(self):
        self.need("verify")
        for instance in NAMES.values():
            code, said = analyze("verify", "--man=no", f"{self.folder}/{instance}")
            ours = [line for line in said.splitlines() if instance in line]
            self.assertEqual(ours, [], said)
            self.assertEqual(code, 0, said)

    def test_the_systems_one_is_confined(self):
        self.need("--offline")
        code, said = analyze("security", "--offline=true", "--threshold=60", "--no-pager",
                             f"{self.folder}/{NAMES['ketrewd@.service']}")
        self.assertEqual(code, 0, said)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], verbosity=2)
