"""The disk full, a database that is corrupt or of a newer version, backup and archive."""

import os
import random
import sqlite3
import subprocess
import tempfile

from harness import DaemonTest, Home, main, read_bytes, wait_for


class Storage(DaemonTest):
    def small_disk(self, size):
        if os.getuid() != 0:
            self.skipTest("not root: a small disk cannot be mounted")
        folder = tempfile.mkdtemp(prefix="kt", dir="/tmp")
        self.addCleanup(os.rmdir, folder)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "ketrew",
                                  folder], capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest(f"a tmpfs cannot be mounted: {mounted.stderr.decode().strip()}")
        self.addCleanup(lambda: subprocess.run(["umount", "-l", folder], check=True))
        home = Home(path=folder)
        self.addCleanup(home.clean)
        home.start()
        return home

    def test_disk_full(self):
        home = self.small_disk("24m")
        # Started beforehand and going on: its end has to be seen when there is room again.
        outside = tempfile.mkdtemp(prefix="kt", dir="/tmp")
        self.addCleanup(lambda: subprocess.run(["rm", "-rf", outside], check=True))
        gate = f"{outside}/gate"
        job = home.submit("--host", outside, "--sh",
                          f"until test -e {gate}; do sleep 0.1; done; echo done")
        home.wait_state(job, "running")
        with open(home.file("ballast"), "wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(b"\0" * 4096)
            except OSError:
                pass
        ids = []

        def refused():
            done = home.ketrew("submit", "--", "true")
            if done.code == 0:
                ids.append(done.text.strip())
            return done.code != 0 and done
        done = wait_for(refused, "a refusal")
        self.assertEqual(done.code, 1, done)
        self.assertRegex(done.error, "(?i)full|space|written")
        wait_for(lambda: home.get("/v1/status")["daemon"]["problems"], "status that says so")
        self.assertRegex(home.ketrewd("status").text, "(?i)full|space|written")
        self.assertRegex(home.ketrew("status").text + home.ketrew("status").error,
                         "(?i)full|space|written|" + job)
        self.assertEqual(home.job(job)["state"], "running")
        with open(gate, "w", encoding="utf-8"):
            pass
        os.unlink(home.file("ballast"))
        seen = home.wait_state(job, "succeeded", "failed", "lost")
        self.assertEqual(seen["state"], "succeeded", seen)
        wait_for(lambda: home.ketrew("submit", "--dry-run", "--", "true").code == 0
                 and home.ketrew("submit", "--wait", "--", "true").code == 0, "work that resumes")
        wait_for(lambda: not home.get("/v1/status")["daemon"]["problems"], "status at peace")
        over = home.wait_all(ids)
        self.assertEqual({one["state"] for one in over.values()} - {"succeeded"}, set())
        self.assert_history(home.history(job), job)

    def test_killed_while_full(self):
        """What was acknowledged before is there afterwards."""
        home = self.small_disk("24m")
        ids = [home.submit("--", "true") for _ in range(5)]
        home.wait_all(ids)
        with open(home.file("ballast"), "wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(b"\0" * 4096)
            except OSError:
                pass
        home.ketrew("submit", "--", "true")
        home.kill_daemon()
        os.unlink(home.file("ballast"))
        home.start()
        seen = {one["id"]: one["state"] for one in home.list()}
        for job in ids:
            self.assertEqual(seen[job], "succeeded")

    def stopped(self, jobs=200):
        home = self.home()
        home.wait_all(home.ketrew("submit", "--each-line", "-", "--", "true",
                                  input=b"x\n" * jobs).text.split())
        home.stop()
        with sqlite3.connect(home.file("ketrew.db")) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        return home

    def assert_left_alone(self, home, *words):
        before = read_bytes(home.file("ketrew.db"))
        done = home.ketrewd("start")
        self.assertEqual(done.code, 1, done)
        for word in words:
            self.assertRegex(done.error, word)
        self.assertEqual(done.error.count("\n"), 1, done)
        self.assertEqual(read_bytes(home.file("ketrew.db")), before)
        self.assertFalse(os.path.exists(home.socket))
        wait_for(lambda: not home.processes("ketrewd"), "no daemon")

    def test_no_database_at_all(self):
        home = self.stopped()
        with open(home.file("ketrew.db"), "r+b") as file:
            file.write(b"not a database, but something else")
        self.assert_left_alone(home, "ketrew.db", "(?i)damaged|corrupt|not a database")

    def test_flipped_bytes(self):
        home = self.stopped()
        size = os.path.getsize(home.file("ketrew.db"))
        chance = random.Random(3)
        with open(home.file("ketrew.db"), "r+b") as file:
            for page in range(1, size // 4096):
                file.seek(page * 4096)
                file.write(bytes(chance.randrange(256) for _ in range(64)))
        self.assert_left_alone(home, "ketrew.db", "(?i)damaged|corrupt|malformed")

    def test_cut_short(self):
        home = self.stopped()
        size = os.path.getsize(home.file("ketrew.db"))
        os.truncate(home.file("ketrew.db"), size // 2 // 4096 * 4096 + 100)
        self.assert_left_alone(home, "ketrew.db", "(?i)damaged|corrupt|malformed")

    def test_newer_version(self):
        home = self.stopped()
        database = sqlite3.connect(home.file("ketrew.db"))
        database.execute("PRAGMA user_version = 4711")
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        self.assert_left_alone(home, "ketrew.db", "(?i)newer", "4711")

    def test_backup(self):
        home = self.home()
        gate = home.file("gate")
        ids = home.ketrew("submit", "--each-line", "-", "--sh",
                          f"until test -e {gate}; do sleep 0.2; done",
                          input=b"x\n" * 20).text.split()
        copy = home.file("copy.db")
        done = home.ketrewd("backup", copy)
        self.assertEqual(done.code, 0, done)
        database = sqlite3.connect(copy)
        self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        database.close()
        self.assertEqual(os.stat(copy).st_mode & 0o077, 0)
        self.assertEqual(home.ketrewd("backup", copy).code, 1, "an existing file is kept")
        self.assertEqual(home.ketrewd("backup", home.file("no", "such", "folder")).code, 1)
        with open(gate, "w", encoding="utf-8"):
            pass
        home.wait_all(ids)
        # Restored in another home, which finds how its jobs ended.
        home.stop()
        for name in ("ketrew.db", "ketrew.db-wal", "ketrew.db-shm"):
            if os.path.exists(home.file(name)):
                os.unlink(home.file(name))
        os.rename(copy, home.file("ketrew.db"))
        home.start()
        over = home.wait_all(ids)
        self.assertEqual(set(over), set(ids))
        self.assertEqual({one["state"] for one in over.values()}, {"succeeded"})

    def test_archive(self):
        home = self.home()
        ids = [home.submit("--", "true") for _ in range(5)]
        running = home.submit("--", "sleep", "600")
        home.wait_all(ids)
        home.wait_state(running, "running")
        self.assertEqual(home.ketrew("archive", "--older-than", "30d", "--json").json["archived"], 0)
        self.assertEqual(len(home.list()), 6)

        def archived():
            home.ketrew("archive", "--older-than", "1s")
            return [one["id"] for one in home.list()] == [running]
        wait_for(archived, lambda: f"an archive: {home.totals()}")
        self.assertEqual(home.ketrew("show", ids[0]).code, 4)
        self.assertEqual(home.job(running)["state"], "running")
        self.assertEqual(home.totals(), {"running": 1})


if __name__ == "__main__":
    main()
