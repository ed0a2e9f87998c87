"""Manual pages and completion hold what the programs say of themselves. words_test.py BIN SOURCE"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BIN, SOURCE = sys.argv[1], sys.argv[2]


def run(*words, **settings):
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=60, check=False, **settings).stdout


def commands(program):
    found = re.findall(r"^  ([a-z][a-z-]*)  +\S", run(f"{BIN}/{program}", "--help"), re.MULTILINE)
    assert len(found) > 5, found
    return found


class ManualPages(unittest.TestCase):
    def text(self, program):
        with open(f"{SOURCE}/packaging/man/{program}.1", encoding="utf-8") as file:
            return file.read()

    def test_name_every_command_and_no_other(self):
        for program in ("ketrew", "ketrewd"):
            page = self.text(program).split(".SH COMMANDS")[1].split(".SH ")[0]
            self.assertEqual(re.findall(r"^\.TP\n\.B ([a-z-]+)$", page, re.MULTILINE), commands(program))

    def test_format_without_a_warning(self):
        if shutil.which("groff") is None:
            self.skipTest("there is no groff")
        for program in ("ketrew", "ketrewd"):
            self.assertEqual(run("groff", "-man", "-Tutf8", "-ww", "-z", f"{SOURCE}/packaging/man/{program}.1"), "")


class Completion(unittest.TestCase):
    """In a bash of its own, without a daemon."""

    def complete(self, *words):
        with tempfile.TemporaryDirectory(prefix="ktwords") as home:
            script = ('. "$0"/packaging/completions/ketrew.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))\n'
                      '_ketrew "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"; printf "%s\\n" "${COMPREPLY[@]}"')
            environment = {**os.environ, "KETREW_HOME": home, "PATH": f"{BIN}:{os.environ['PATH']}"}
            return run("bash", "-c", script, SOURCE, *words, env=environment).split()

    def test_knows_every_command(self):
        for program in ("ketrew", "ketrewd"):
            self.assertEqual(self.complete(program, ""), [*commands(program), "--help", "--version"])
        self.assertEqual(self.complete("ketrewd", "sto"), ["stop"])

    def test_knows_every_option_of_a_command(self):
        listed = re.findall(r"^  (?:-\w,)?(--[a-z-]+)", run(f"{BIN}/ketrew", "submit", "--help"), re.MULTILINE)
        self.assertIn("--each-line", listed)
        self.assertEqual(self.complete("ketrew", "submit", "--"), listed)
        self.assertEqual(self.complete("ketrew", "logs", "--f"), ["--follow"])

    def test_knows_words_for_a_value(self):
        self.assertEqual(self.complete("ketrew", "graph", "-f", ""), ["text", "dot", "mermaid"])
        self.assertEqual(self.complete("ketrew", "graph", "--format", "m"), ["mermaid"])
        self.assertIn("start-failed", self.complete("ketrew", "status", "--state", ""))

    def test_offers_nothing_and_says_nothing_without_a_daemon(self):
        self.assertEqual(self.complete("ketrew", "why", ""), [])
        self.assertEqual(self.complete("ketrew", "submit", "--backend", ""), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
