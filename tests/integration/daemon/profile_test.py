"""Profiles that are wrong and submissions that cannot be: refused with one line."""

import os
import shutil

from harness import BOUND, BUILD, DAEMONIZE, DaemonTest, main, wait_for

MODULES = f"{BUILD}/lib/ketrew/backends"


class BadProfile(DaemonTest):
    def refused(self, home, *words):
        """By check and by start, in one line, and nothing is there afterwards."""
        for command in ("check", "start"):
            with self.subTest(command):
                done = home.ketrewd(command)
                self.assertEqual(done.code, 1, done)
                lines = done.error.splitlines() + [line for line in done.text.splitlines()
                                                   if not line.startswith("ok ")]
                lines = [line for line in lines if words[0] in line]
                self.assertEqual(len(lines), 1, done)
                for word in words:
                    self.assertIn(word, lines[0])
                if command == "start":
                    self.assertEqual(done.error.count("\n"), 1, done)
                self.assert_nothing(home)

    def assert_nothing(self, home):
        wait_for(lambda: not home.processes(),
                 lambda: "no process of the home: " + str(
                     [open(f"/proc/{pid}/cmdline", "rb").read() for pid in home.processes()]),
                 BOUND)
        self.assertFalse(os.path.exists(home.socket))

    def test_unknown_keys_and_wrong_types(self):
        for text, words in (
                ("profiles:\n  default:\n    plugin: []\n", ("ketrew.yaml:3:5", "plugins")),
                ("profiles:\n  default:\n    plugins: 3\n", ("ketrew.yaml:3:14", "plugins")),
                ("profiles:\n  default:\n    plugins:\n      - packages: mock\n",
                 ("ketrew.yaml:4:9", "package")),
                ("profiles:\n  default:\n    plugins: []\n    engine: {poll_interval: soon}\n",
                 ("ketrew.yaml:4:29", "soon")),
                ("profiles:\n  default:\n    plugins: [{package: mock, name: a}]\n"
                 "    limits: {a: {runing: 3}}\n", ("ketrew.yaml:4:18", "running")),
                ("profiles:\n  default:\n    plugins: [\n", ("ketrew.yaml",)),
                ("profile: {}\n", ("ketrew.yaml:1:1", "profiles")),
                ("profiles: {other: {plugins: []}}\n", ("default", "other")),
                ("", ("ketrew.yaml",))):
            home = self.home(start=False)
            with self.subTest(text):
                with open(home.file("ketrew.yaml"), "w", encoding="utf-8") as file:
                    file.write(text)
                self.refused(home, *words)

    def test_plugins_that_cannot_be(self):
        home = self.home(start=False)
        garbage = home.file("garbage.so")
        with open(garbage, "wb") as file:
            file.write(b"\x7fELF" + bytes(range(256)) * 20)
        text = home.file("text.so")
        with open(text, "w", encoding="utf-8") as file:
            file.write("not a module\n")
        writable = shutil.copy(f"{MODULES}/mock/mock.so", home.file("writable.so"))
        os.chmod(writable, 0o777)
        script = home.file("script")
        with open(script, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nexec cat\n")
        os.chmod(script, 0o722)
        foreign = None
        for library in ("/usr/lib/x86_64-linux-gnu/libz.so.1", "/lib/x86_64-linux-gnu/libz.so.1"):
            if os.path.exists(library):
                foreign = library
        cases = [([{"package": "nonesuch"}], ("nonesuch",)),
                 ([{"path": "/nonesuch/a.so"}], ("/nonesuch/a.so",)),
                 ([{"exec": ["/nonesuch/program"], "name": "x"}], ("/nonesuch/program",)),
                 ([{"path": garbage}], ("garbage.so",)),
                 ([{"path": text}], ("text.so",)),
                 ([{"path": writable}], ("writable.so", "can be written")),
                 ([{"exec": [script], "name": "x"}], (script, "can be written")),
                 ([DAEMONIZE, DAEMONIZE], ("daemonize",)),
                 ([{"exec": ["/bin/true"], "name": "x"}], ("x",))]
        if foreign:
            cases.append(([{"path": foreign}], ("libz",)))
        for plugins, words in cases:
            with self.subTest(plugins):
                home.profile["plugins"] = plugins
                home.write_profile()
                self.refused(home, *words)

    def test_one_bad_plugin_beside_a_good_one(self):
        """The good one is not left running, and neither is what it has started."""
        home = self.home((DAEMONIZE, {"exec": ["/bin/true"], "name": "x"}), start=False)
        self.refused(home, "x")

    def test_wrong_abi(self):
        home = self.home(start=False)
        folder = home.file("packages", "future")
        os.makedirs(folder, 0o700)
        shutil.copy(f"{MODULES}/mock/mock.so", folder)
        with open(f"{folder}/backend.yaml", "w", encoding="utf-8") as file:
            file.write("name: future\nmodule: mock.so\nversion: '1'\nabi: 99\nrequires: []\n")
        home.environment["KETREW_PLUGIN_PATH"] = home.file("packages")
        home.profile["plugins"] = [{"package": "future"}]
        home.write_profile()
        self.refused(home, "future", "99")

    def test_requirements(self):
        home = self.home(start=False)
        home.environment["KETREW_PLUGIN_PATH"] = home.file("packages")
        for name, requires in (("lonely", "[nonesuch]"), ("egg", "[hen]"), ("hen", "[egg]")):
            os.makedirs(home.file("packages", name), 0o700)
            shutil.copy(f"{MODULES}/mock/mock.so", home.file("packages", name))
            with open(home.file("packages", name, "backend.yaml"), "w", encoding="utf-8") as file:
                file.write(f"name: {name}\nmodule: mock.so\nversion: '1'\nabi: 1\n"
                           f"requires: {requires}\n")
        for name, words in (("lonely", ("lonely", "nonesuch")), ("egg", ("egg", "hen"))):
            with self.subTest(name):
                home.profile["plugins"] = [{"package": name}]
                home.write_profile()
                self.refused(home, *words)

    def test_a_plugin_gone_after_its_jobs(self):
        home = self.home(start=False)
        copy = shutil.copy(f"{MODULES}/mock/mock.so", home.file("mine.so"))
        os.chmod(copy, 0o700)
        home.profile["plugins"].append({"path": copy, "name": "mine"})
        home.write_profile()
        home.start()
        job = home.submit("--backend", "mine", "-o", "script=running:1000000,ended:0", "--", "x")
        home.wait_state(job, "running")
        home.stop()
        os.rename(copy, copy + ".away")
        said = home.start()
        self.assertIn("mine", said.text + said.error)
        self.assertRegex(home.ketrewd("backends").text, r"mine +(missing|down)")
        self.assertIn("mine", home.ketrewd("status").text)
        self.assertEqual(home.job(job)["state"], "running")
        self.assertIn("mine", home.ketrew("why", job).text)
        home.wait_state(home.submit("--", "true"), "succeeded")
        # And where the profile has forgotten it:
        home.stop()
        home.profile["plugins"].pop()
        home.write_profile()
        home.start()
        self.assertEqual(home.job(job)["state"], "running")
        self.assertIn("mine", home.ketrewd("status").text)
        home.stop()
        os.rename(copy + ".away", copy)
        home.profile["plugins"].append({"path": copy, "name": "mine"})
        home.write_profile()
        home.start()
        self.assertEqual(home.ketrew("kill", job).code, 0)
        home.wait_state(job, "killed")


class Refused(DaemonTest):
    def test_submissions(self):
        home = self.home()
        for words, said in (
                (["--backend", "nonesuch", "--", "true"], ("nonesuch", "daemonize")),
                (["-o", "usin=supervisor", "--", "true"], ("usin", "using")),
                (["-o", "using=magic", "--", "true"], ("using", "magic")),
                (["-o", "no_log_is_ok=perhaps", "--", "true"], ("no_log_is_ok", "perhaps")),
                (["-o", "kill_grace=later", "--", "true"], ("kill_grace", "later")),
                (["--host", "ssh://", "--", "true"], ("ssh://",)),
                (["--host", "ssh://a b/x", "--", "true"], ("ssh://a b/x",)),
                (["--host", "ftp://host/x", "--", "true"], ("ftp://host/x",)),
                (["--host", "ssh://-oProxyCommand=x/y", "--", "true"], ("ssh://-oProxy",)),
                (["--host", "nonesuch", "--", "true"], ("nonesuch",)),
                (["--", ""], ("empty",)),
                (["--sh", ""], ("empty",))):
            for more in ([], ["--dry-run"]):
                with self.subTest(words + more):
                    self.assert_refused(home.ketrew("submit", *more, *words), 1, *said)
        # One bad job of a request refuses them all.
        status, _, body = home.request("POST", "/v1/jobs", {"jobs": [
            {"program": {"commands": [{"exec": ["true"]}]}},
            {"program": {"commands": [{"exec": ["true"]}]}, "backend": "nonesuch"}]})
        self.assertEqual(status, 400, body)
        self.assertEqual(home.list(), [])
        self.assertEqual(home.ketrew("submit", "--dry-run", "--", "true").code, 0)
        self.assertEqual(home.list(), [])


if __name__ == "__main__":
    main()
