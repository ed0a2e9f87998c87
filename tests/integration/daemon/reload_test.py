"""A backend is replaced by a newer build while its jobs run; profiles change under a daemon."""

import json
import os
import shutil
import signal
import threading

from harness import BUILD, DAEMONIZE, MOCK, DaemonTest, main, read_bytes, scaled, wait_for

MODULES = f"{BUILD}/lib/ketrew/backends"


class Reload(DaemonTest):
    def newer(self, source, target):
        """As an installer does it: a new file by rename. Bytes after the end change nothing in it."""
        with open(target + ".new", "wb") as file:
            file.write(read_bytes(source) + b"\nnewer build\n")
        os.chmod(target + ".new", 0o700)
        os.rename(target + ".new", target)

    def replace_under_jobs(self, module, backend, options=()):
        home = self.home(start=False)
        copy = shutil.copy(f"{MODULES}/{module}/{module}.so", home.file("mine.so"))
        os.chmod(copy, 0o700)
        home.profile["plugins"] = [{"path": copy, "name": backend}, MOCK]
        home.write_profile()
        home.start()
        gate, runs = home.file("gate"), home.file("runs")
        count = scaled(50)
        ids = home.ketrew("submit", "--backend", backend, *options, "--each-line", "-", "--sh",
                          f"echo $KETREW_JOB_ID >>{runs}; until test -e {gate}; do sleep 0.2; done",
                          input=b"x\n" * count).text.split()
        for job in ids:
            home.wait_state(job, "running")
        before, other = home.backend(backend), home.backend("mock")
        self.assertEqual(home.ketrewd("reload", "--json").json["unchanged"], [backend, "mock"])
        self.newer(f"{MODULES}/{module}/{module}.so", copy)
        done = home.ketrewd("reload", "--json")
        self.assertEqual(done.code, 0, done)
        self.assertEqual(done.json["replaced"], [backend])
        self.assertEqual(done.json["unchanged"], ["mock"])
        wait_for(lambda: home.backend(backend)["state"] == "ready"
                 and home.backend(backend)["pid"] != before["pid"], "the newer one")
        self.assertEqual(home.backend("mock")["pid"], other["pid"])
        self.assertEqual(home.unfinished(), set(ids))
        with open(gate, "w", encoding="utf-8"):
            pass
        over = home.wait_all(ids)
        self.assertEqual({(job["state"], job["attempt"]) for job in over.values()},
                         {("succeeded", 1)})
        self.assertEqual(sorted(read_bytes(runs).decode().split()), sorted(ids))
        for job in ids:
            self.assertEqual(home.states(job), ["queued", "starting", "running", "succeeded"])

    def test_daemonize(self):
        # Beside its module, as installed, lies what it runs.
        self.replace_under_jobs("daemonize", "mine")

    def test_daemonize_detached(self):
        self.replace_under_jobs("daemonize", "mine", ("-o", "using=nohup-setsid"))

    def test_bad_profile_changes_nothing(self):
        home = self.home((DAEMONIZE,))
        pid = home.backend("daemonize")["pid"]
        good = home.profile["plugins"]
        for plugins in ([DAEMONIZE, {"package": "nonesuch"}], [{"packages": "x"}], 3):
            with self.subTest(plugins):
                home.profile["plugins"] = plugins
                home.write_profile()
                done = home.ketrewd("reload")
                self.assertEqual(done.code, 1, done)
                self.assertIn("ketrew.yaml", done.text + done.error)
                self.assertEqual(home.backend("daemonize")["pid"], pid)
                home.wait_state(home.submit("--", "true"), "succeeded")
        home.profile["plugins"] = good
        home.write_profile()
        self.assertEqual(home.ketrewd("reload").code, 0)

    def test_added_and_removed(self):
        home = self.home((DAEMONIZE, MOCK))
        home.profile["plugins"] = [DAEMONIZE, {"package": "example_date"}]
        home.write_profile()
        done = home.ketrewd("reload", "--json").json
        self.assertEqual((done["added"], done["removed"], done["unchanged"]),
                         (["example_date"], ["mock"], ["daemonize"]))
        wait_for(lambda: home.backend("example_date")["state"] == "ready", "the new one")
        home.wait_state(home.submit("--backend", "example_date", "--", "true"), "succeeded")
        self.assert_refused(home.ketrew("submit", "--backend", "mock", "--", "true"), 1, "mock")

    def test_new_limits(self):
        home = self.home(limits={"daemonize": {"running": 1}})
        ids = [home.submit("--", "sleep", "600") for _ in range(3)]
        home.wait_state(ids[0], "running")
        self.assertEqual(home.job(ids[2])["state"], "queued")
        home.profile["limits"] = {"daemonize": {"running": 3}}
        home.write_profile()
        self.assertEqual(home.ketrewd("reload").code, 0)
        for job in ids:
            home.wait_state(job, "running")

    def test_a_disk_that_hangs_holds_up_nothing_else(self):
        """A profile that cannot be read to its end: a pipe that nobody writes to."""
        home = self.home()
        home.profile["limits"] = {"daemonize": {"running": 7}}
        os.unlink(home.file("ketrew.yaml"))
        os.mkfifo(home.file("ketrew.yaml"), 0o600)
        answers = []
        asking = [threading.Thread(target=lambda: answers.append(
            home.request("POST", "/v1/reload", {}))) for _ in range(2)]
        for one in asking:
            one.start()
        # Somebody reads it now.
        pipe = wait_for(lambda: self.writer(home.file("ketrew.yaml")), "a reader of the profile")
        os.kill(home.pid, signal.SIGHUP)
        home.wait_state(home.submit("--", "true"), "succeeded")
        self.assertEqual(home.ketrew("status").code, 0)
        self.assertEqual(answers, [])
        text = json.dumps({"profiles": {"default": home.profile}}).encode()
        for left in (2, 1, 0):  # one after the other; each reads it anew, from a pipe of its own
            os.unlink(home.file("ketrew.yaml"))
            os.mkfifo(home.file("ketrew.yaml"), 0o600)
            os.write(pipe, text)
            os.close(pipe)
            if left:
                pipe = wait_for(lambda: self.writer(home.file("ketrew.yaml")), "the next reader")
        for one in asking:
            one.join()
        for status, _, body in answers:
            self.assertEqual((status, json.loads(body)["problems"]), (200, []), body)
        self.assertEqual(home.backend("daemonize")["limits"]["running"], 7)

    @staticmethod
    def writer(path):
        """A descriptor, as soon as somebody reads."""
        try:
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return None

    def test_by_signal(self):
        home = self.home((DAEMONIZE,))
        home.profile["plugins"] = [DAEMONIZE, MOCK]
        home.write_profile()
        os.kill(home.pid, signal.SIGHUP)
        wait_for(lambda: [b for b in home.get("/v1/backends")["backends"]
                          if b["name"] == "mock" and b["state"] == "ready"], "mock")


if __name__ == "__main__":
    main()
