"""The contract suite bites: backends with one fault each fail in what the fault is about, and the report
card says so.

    bad_backend_test.py CHECK_PROGRAM FOLDER_OF_EXAMPLE
"""

import json
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
CHECK, EXAMPLE = sys.argv[1:3]

# fault: what must fail, and what must pass all the same.
EXPECTED = {
    "RunsTwice": ({"Idempotence.AStartRepeatedAfterTheEndRunsNothing"}, {"Life.SuccessIsSeen"}),
    "FindsNothing": ({"Find.AStartedJobIsFoundWithAStateThatWorks", "Outlive.AJobIsFoundByItsTokenAlone"},
                     {"Find.WhatWasNeverStartedIsAbsent", "Life.SuccessIsSeen"}),
    "DropsOne": ({"Batches.EachOfManyHasOneEntry"}, {"Life.SuccessIsSeen"}),
    "MakesThingsUp": ({"State.ABrokenStateIsCannotTellOfThatJobAlone"}, {"Life.SuccessIsSeen"}),
    "NeverAnswers": ({"Questions.CheckSaysWhetherItCanWorkHere"}, {"Questions.LogHasLabelledValues"}),
    "KeepsSecrets": ({"State.ItAndTheLogHaveNoSecrets"}, {"State.ItIsSmall"}),
}


def check(fault, *options):
    failing, passing = EXPECTED[fault]
    return subprocess.run(
        [CHECK, "--patience", "30", "--only", ":".join(sorted(failing | passing)), *options, "--",
         os.path.join(HERE, "bad_backend"), EXAMPLE, fault],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=600, check=False)


class BadBackends(unittest.TestCase):
    def test_each_fault_is_found(self):
        for fault, (failing, passing) in EXPECTED.items():
            with self.subTest(fault):
                done = check(fault, "--json")
                self.assertEqual(done.returncode, 1, done)
                card = json.loads(done.stdout)
                self.assertEqual(card["result"], "failed")
                self.assertEqual(card["backend"]["name"], "example_python")
                results = {f"{section['name']}.{one['name']}": one for section in card["sections"]
                           for one in section["checks"]}
                for name in failing:
                    self.assertEqual(results[name]["result"], "failed", results)
                    self.assertTrue(results[name]["why"])
                for name in passing:
                    self.assertEqual(results[name]["result"], "ok", results)

    def test_the_card_for_people(self):
        done = check("KeepsSecrets")
        self.assertEqual(done.returncode, 1, done)
        lines = done.stdout.splitlines()
        self.assertTrue(lines[0].startswith("example_python 1.0, protocol 1: "), done.stdout)
        self.assertIn("  FAILED   it and the log have no secrets", lines)
        self.assertIn("  ok       it is small", lines)
        self.assertEqual(lines[-1], "FAILED: 1 passed, 1 failed, 0 skipped")

    def test_what_cannot_be_checked(self):
        for words, code, told in (
                (["--", "/no/such/program"], 2, "initialize"),
                (["--", "true"], 2, "initialize"),
                (["no_such_package"], 2, "no package"),
                (["/no/such/module.so"], 2, "/no/such/module.so"),
                ([], 2, "see --help"),
                (["--patience", "soon", "mock"], 2, "--patience"),
                (["--dance", "mock"], 2, "--dance")):
            with self.subTest(words):
                done = subprocess.run([CHECK, *words], capture_output=True, text=True,
                                      stdin=subprocess.DEVNULL, timeout=600, check=False)
                self.assertEqual(done.returncode, code, done)
                self.assertIn(told, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1, done)
        done = subprocess.run([CHECK, "--help"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("usage: ketrew-backend-check", done.stdout)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
