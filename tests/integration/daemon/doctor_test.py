"""`ketrew doctor`: what database, backends and playgrounds do not agree about, and how it is mended."""

import os
import shutil
import tempfile

from harness import DaemonTest, end_process, is_alive, main, read_bytes, wait_for

GONE = "01kb5w1k2z8nqz2j4w6q0r7t3v-1"  # an attempt that no database of these tests knows


class Doctor(DaemonTest):
    def sleeper(self, home):
        """A job that runs: its id, its pid."""
        job = home.submit("--sh", 'echo $$ >"$KETREW_PLAYGROUND/pid"; exec sleep 1000')
        home.wait_state(job, "running")
        file = home.playground(job, "pid")
        wait_for(lambda: read_bytes(file).endswith(b"\n"), "its pid")
        return job, int(read_bytes(file))

    def findings(self, home, *words, code=None):
        done = home.ketrew("doctor", "--json", *words)
        if code is not None:
            self.assertEqual(done.code, code, done)
        return done.json["daemon"]["findings"]

    def test_nothing(self):
        home = self.home()
        home.wait_state(home.submit("--", "true"), "succeeded")
        self.sleeper(home)
        done = home.ketrew("doctor")
        self.assertEqual(done.code, 0, done)
        self.assertIn("nothing is wrong: 2 attempts", done.text)

    def test_stray(self):
        """The database of another day: what was started since is not in it, and runs."""
        home = self.home()
        stray, pid = self.sleeper(home)
        home.stop()
        for name in ("ketrew.db", "ketrew.db-wal", "ketrew.db-shm"):
            if os.path.exists(home.file(name)):
                os.rename(home.file(name), home.file("other." + name))
        home.start()
        kept, kept_pid = self.sleeper(home)

        found = self.findings(home, code=1)
        self.assertEqual([(f["kind"], f["job"], f["backend"], f["ours"], f["done"]) for f in found],
                         [("stray", stray, "daemonize", True, None)])
        self.assertTrue(is_alive(pid))  # nothing without --fix

        found = self.findings(home, "--fix", code=0)
        self.assertEqual(found[0]["done"], "its end was asked for", found)
        wait_for(lambda: not is_alive(pid), "the stray's end")
        wait_for(lambda: os.path.exists(home.playground(stray, "exit")), "its exit file")

        found = self.findings(home, code=1)
        self.assertEqual([(f["kind"], f["job"]) for f in found], [("leftover", stray)])
        self.assertTrue(os.path.isdir(home.playground(stray, "")))
        self.findings(home, "--fix", code=0)
        wait_for(lambda: not os.path.exists(home.playground(stray, "")), "its playground's removal")
        self.assertEqual(self.findings(home, code=0), [])
        self.assertTrue(is_alive(kept_pid))
        self.assertEqual(home.job(kept)["state"], "running")
        self.assertTrue(os.path.exists(home.playground(kept, "claim")))

    def test_leftovers_of_archived_jobs(self):
        home = self.home()
        old = [home.submit("--tag", "old", "--", "true") for _ in range(3)]
        for job in old:
            home.wait_state(job, "succeeded")
        self.assertEqual(home.ketrew("archive", "--older-than", "0s").code, 0)
        recent = home.submit("--", "true")
        home.wait_state(recent, "succeeded")
        running, pid = self.sleeper(home)
        with open(home.playground(recent, "exit.tmp"), "w", encoding="utf-8"):
            pass  # the disk was full just then

        found = self.findings(home, code=1)
        self.assertEqual(sorted((f["kind"], f["job"]) for f in found),
                         sorted([("leftover", job) for job in old] + [("unfinished", recent)]))
        for job in old:
            self.assertTrue(os.path.isdir(home.playground(job, "")))
        self.findings(home, "--fix", code=0)
        wait_for(lambda: not any(os.path.exists(home.playground(job, "")) for job in old), "their removal")
        wait_for(lambda: not os.path.exists(home.playground(recent, "exit.tmp")), "that of the file")
        self.assertTrue(os.path.exists(home.playground(recent, "exit")))
        self.assertTrue(os.path.exists(home.playground(running, "claim")))
        self.assertTrue(is_alive(pid))

    def test_what_may_be_anothers_wants_its_name(self):
        other = tempfile.mkdtemp(prefix="kt", dir="/tmp")
        self.addCleanup(shutil.rmtree, other, ignore_errors=True)
        home = self.home(hosts={"other": other})
        os.mkdir(os.path.join(other, GONE))
        with open(os.path.join(other, GONE, "exit"), "w", encoding="utf-8") as file:
            file.write("exit code=0 end\n")
        os.mkdir(os.path.join(other, "not-a-token"))

        found = self.findings(home, "--fix", code=1)
        self.assertEqual([(f["kind"], f["token"], f["ours"]) for f in found], [("leftover", GONE, False)])
        self.assertIn("left alone", found[0]["done"])
        self.assertTrue(os.path.isdir(os.path.join(other, GONE)))
        self.findings(home, "--fix", GONE, code=0)
        wait_for(lambda: not os.path.exists(os.path.join(other, GONE)), "its removal")
        self.assertTrue(os.path.isdir(os.path.join(other, "not-a-token")))
        self.assert_refused(home.ketrew("doctor", "--fix", "../../etc"), 1, "no token")

    def test_ghost(self):
        home = self.home(engine={"poll_interval": "1h", "poll_interval_max": "1h", "lost_after": "1h"})
        ghost, pid = self.sleeper(home)
        for each in home.supervisors() + [pid]:
            end_process(each)
        wait_for(lambda: not is_alive(pid), "its end")
        found = self.findings(home, code=1)
        self.assertEqual([(f["kind"], f["job"], f["backend"]) for f in found],
                         [("ghost", ghost, "daemonize")])
        self.assertEqual(home.job(ghost)["state"], "running")
        found = self.findings(home, "--fix", code=0)
        self.assertIn("being asked", found[0]["done"])
        # The first sighting; the engine's rules go on from there.
        self.assertEqual(home.job(ghost)["state"], "running")
        self.assertTrue(os.path.exists(home.playground(ghost, "claim")))

    def test_without_a_daemon(self):
        home = self.home()
        home.wait_state(home.submit("--", "true"), "succeeded")
        pid = home.pid
        end_process(pid)
        wait_for(lambda: not is_alive(pid), "its end")
        os.chmod(home.path, 0o755)
        done = home.ketrew("doctor")
        self.assertEqual(done.code, 3, done)
        for words in ("nobody serves it", "mode 0755", "the 1 playgrounds", "no daemon answers"):
            self.assertIn(words, done.text)
        self.assertTrue(os.path.exists(home.socket))
        os.chmod(home.path, 0o700)
        done = home.ketrew("doctor", "--fix", "--json")
        self.assertEqual(done.code, 3, done)
        self.assertEqual([each["done"] for each in done.json["home"]], ["removed"], done)
        self.assertFalse(os.path.exists(home.socket))
        home.start()


if __name__ == "__main__":
    main()
