"""Every file of config/examples does what it says."""

import os
import shutil
import subprocess
import unittest

from flow import EXAMPLES, ROOT, FlowTest, main, read


def example(name):
    return os.path.join(EXAMPLES, name)


class Examples(FlowTest):
    def test_each_of_them_is_tested(self):
        self.assertEqual(sorted(os.listdir(EXAMPLES)),
                         ["README.md", "empty.yaml", "encrypt.yaml", "far_software.yaml",
                          "mail.yaml", "pipeline", "sweep.cpp"])  # pipeline: pipeline_test.py

    def test_an_empty_node(self):
        home = self.home()
        self.assertEqual(self.states(home, self.submit(home, example("empty.yaml"))),
                         {"nothing": "succeeded"})

    def test_mail_on_success_and_on_failure(self):
        home = self.home()
        for command, states, text in (
                ("echo 'a b'", {"work": "succeeded", "tell-success": "succeeded",
                                "tell-failure": "killed"}, "it worked:\necho 'a b'\n"),
                ("false", {"work": "failed", "tell-success": "killed",
                           "tell-failure": "succeeded"}, "it failed:\nfalse\n")):
            to = home.file("mail")
            nodes = self.submit(home, example("mail.yaml"), "-p", f"to={to}",
                                "-p", f"command={command}")
            self.assertEqual(self.states(home, nodes), states)
            self.assertEqual(read(to), text)
            os.remove(to)

    def test_compress_and_encrypt(self):
        if not shutil.which("openssl"):
            raise unittest.SkipTest("there is no openssl here")
        home = self.home()
        folder, out = home.file("my folder"), home.file("it's out")
        for part in ("letters", "pictures", "accounts"):
            os.makedirs(os.path.join(folder, part))
            with open(os.path.join(folder, part, "file"), "w", encoding="utf-8") as file:
                file.write(part * 1000)
        passphrase = self.write(home, "passphrase", "secret\n")
        words = [example("encrypt.yaml"), "-p", f"folder={folder}", "-p", f"out={out}",
                 "-p", f"passphrase_file={passphrase}"]
        nodes = self.submit(home, *words)
        self.assertEqual(len(nodes), 11)
        self.assertEqual(set(self.states(home, nodes).values()), {"succeeded"})
        self.assertEqual(len(read(os.path.join(out, "SHA256SUMS")).splitlines()), 3)
        with open(os.path.join(out, "letters.tar.gz.enc"), "rb") as file:
            self.assertEqual(file.read(8), b"Salted__")
        made = os.stat(os.path.join(out, "SHA256SUMS")).st_mtime_ns
        again = self.states(home, self.submit(home, *words))
        self.assertEqual(again, {  # checks make nothing, and nobody asked for them
            name: "killed" if name.startswith("check") else "already-done" for name in nodes})
        self.assertEqual(os.stat(os.path.join(out, "SHA256SUMS")).st_mtime_ns, made)

    def test_software_on_another_host(self):
        home = self.home()
        folder = home.file("bin dir")
        words = [example("far_software.yaml"), "-p", f"host={home.file('far')}", "-p", f"bin={folder}"]
        nodes = self.submit(home, *words)
        self.assertEqual(self.states(home, nodes), {"install": "succeeded", "use": "succeeded"})
        self.assertIn("hello from", home.ketrew("logs", nodes["use"]).text)
        again = self.submit(home, *words)
        self.assertEqual(self.states(home, again), {"install": "already-done", "use": "succeeded"})

    def test_a_program_that_writes_a_workflow(self):
        home = self.home()
        compiler = shutil.which("c++") or shutil.which("g++")
        if not compiler:
            raise unittest.SkipTest("there is no C++ compiler here")
        program = home.file("sweep")
        subprocess.run([compiler, "-std=c++20", "-I", os.path.join(ROOT, "backends", "sdk"),
                        example("sweep.cpp"), "-o", program], check=True)
        out = home.file("it's ${out}")
        written = subprocess.run([program, "5", out], capture_output=True, check=True).stdout
        nodes = self.submit(home, "-", input=written)
        self.assertEqual(set(self.states(home, nodes).values()), {"succeeded"})
        mean = float(read(os.path.join(out, "mean")))
        self.assertTrue(0.4 < mean < 0.6, mean)


if __name__ == "__main__":
    main()
