"""What `ketrewd check` tells a user whose site lacks something: what it is, and what it means."""

import glob
import os

import batch

CONTROLLERS = ("controller", "server", "mbatchd", "qmaster", "ResourceManager")


class Check(batch.BatchTest):
    def check(self, home):
        """(exit code, [(level, message)...])"""
        done = home.ketrewd("check", "--json")
        return done.code, [(entry["level"], entry["message"]) for entry in done.json["checks"]
                           if entry["backend"] == batch.BACKEND]

    def only(self, entries, level):
        found = [message for seen, message in entries if seen == level]
        self.assertEqual(len(found), 1, entries)
        return found[0]

    def test_all_is_there(self):
        home, fake = self.batch_home(start=False)
        open(os.path.join(fake.folder, "accounting"), "w", encoding="utf-8").close()
        code, entries = self.check(home)
        self.assertEqual(code, 0, entries)
        self.assertNotIn("error", [level for level, _ in entries], entries)
        self.assertTrue(any(name in message for name in CONTROLLERS for _, message in entries),
                        entries)

    def test_no_commands(self):
        home, fake = self.batch_home(start=False)
        # All that the machine has, but no scheduler's commands: some may be installed.
        tools = home.file("tools")
        os.mkdir(tools)
        for path in sorted(glob.glob("/bin/*") + glob.glob("/usr/bin/*")):
            name = os.path.basename(path)
            if name not in batch.FLAVOUR.COMMANDS and not os.path.lexists(os.path.join(tools, name)):
                os.symlink(path, os.path.join(tools, name))
        home.environment["PATH"] = tools
        home.profile["plugins"][0]["options"]["bin"] = home.file("nowhere")
        home.write_profile()
        code, entries = self.check(home)
        self.assertNotEqual(code, 0, entries)
        words = self.only(entries, "error")
        self.assertIn("not found", words)
        self.assertIn("`bin`", words)  # what can be done
        self.assertEqual(fake.calls(), [])

    def test_the_controller_is_down(self):
        home, fake = self.batch_home(start=False)
        fake.tell("all", down=True)
        code, entries = self.check(home)
        self.assertNotEqual(code, 0, entries)
        words = self.only(entries, "error")
        self.assertTrue(any(name in words for name in CONTROLLERS), words)
        self.assertRegex(words, "(?i)no job can be started|nothing is started")
        self.assertRegex(words, "those that run go on|what runs keeps its state")

    @batch.unless("accounting")
    def test_no_accounting(self):
        home, fake = self.batch_home(start=False)
        fake.tell("history", down=True)
        code, entries = self.check(home)
        self.assertEqual(code, 0, entries)  # it can be worked with
        words = self.only(entries, "warning")
        self.assertRegex(words, "accounting|history")
        self.assertRegex(words, "how (it|a job) ended|only that it is gone")


if __name__ == "__main__":
    batch.main()
