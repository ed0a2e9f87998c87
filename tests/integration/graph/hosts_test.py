"""Conditions on hosts that do not answer: nothing is known then, and nothing is decided."""

import os
import stat

from graph import Flow, GraphTest, main, read_bytes, sh, wait_for

# The machine is there or away as a file says; the command is for the far shell.
SSH = """#!/bin/sh
echo asked >>{home}/asked
if test -e {home}/away; then echo 'connect to host far port 22: No route to host' >&2; exit 255; fi
while test $# -gt 1; do shift; done
exec sh -c "$1"
"""


class Hosts(GraphTest):
    def far_home(self):
        home = self.home(start=False, hosts={})
        os.mkdir(home.file("bin"))
        with open(home.file("bin", "ssh"), "w", encoding="utf-8") as file:
            file.write(SSH.format(home=home.path))
        os.chmod(home.file("bin", "ssh"), stat.S_IRWXU)
        home.environment["PATH"] = home.file("bin") + ":" + home.environment["PATH"]
        home.profile["hosts"]["far"] = f"ssh://far{home.file('far')}"
        home.write_profile()
        home.start()
        return home

    def test_it_waits_until_the_host_answers(self):
        home = self.far_home()
        away = home.file("away")
        with open(away, "w", encoding="utf-8"):
            pass
        flow = Flow().add("there", sh("exit 1", host="far", condition={"exists": home.path}))
        ids = self.submit(home, flow)
        wait_for(lambda: read_bytes(home.file("asked")).count(b"\n") >= 3, "several tries")
        seen = home.job(ids["there"])
        self.assertEqual(seen["state"], "evaluating")
        self.assertIn("No route to host", seen["reason"])
        self.assertIn("No route to host", self.words(home, ids["there"]))
        # Other hosts are not held up.
        here = self.submit(home, Flow().add("here", sh("exit 1", condition={"exists": home.path})))
        self.assertEqual(self.states(home, here), {"here": "already-done"})
        home.kill_daemon()
        home.start()
        os.unlink(away)
        self.assertEqual(self.states(home, ids), {"there": "already-done"})

    def test_a_condition_that_hangs_holds_up_no_other_for_ever(self):
        home = self.home(start=False, hosts={})
        home.profile["hosts"]["here"] = f"{home.file('far')}?timeout=2"
        home.write_profile()
        home.start()
        flow = Flow()
        for i in range(6):
            flow.add(f"quick {i}", sh("exit 1", host="here", condition={"command": f"true {i}", "returns": 0}))
        flow.add("hangs", sh("exit 1", host="here", condition={"command": "sleep 600", "returns": 0}))
        ids = self.submit(home, flow)
        hangs = ids.pop("hangs")
        self.assertEqual(set(self.states(home, ids).values()), {"already-done"})
        wait_for(lambda: home.job(hangs)["reason"], "a reason")
        self.assertEqual(home.job(hangs)["state"], "evaluating")
        self.assertEqual(home.ketrew("kill", hangs).code, 0)
        home.wait_state(hangs, "killed")


if __name__ == "__main__":
    main()
