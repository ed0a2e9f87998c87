"""The daemon, its client and the backend `yarn` with a real ResourceManager and NodeManager.

A job of the distributed shell costs two JVMs, some 5 s of CPU: there are few of them. The many are
applications that their program submits by REST with curl, whose ApplicationMaster is a shell: such a
one cannot take its leave of YARN, and always ends as FAILED, here with exit code 3.
"""

import concurrent.futures
import json
import os
import shutil
import signal
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "daemon"))

import cluster  # noqa: E402
import harness  # noqa: E402
from harness import FINAL, end_process, scaled, wait_for  # noqa: E402

# $1: ResourceManager; $2: what the ApplicationMaster runs. Its last line is what names the application.
SUBMITTER = """#!/bin/sh
id=$(curl -sS -X POST "$1/ws/v1/cluster/apps/new-application" |
  sed -n 's/.*"application-id":"\\([^"]*\\)".*/\\1/p')
[ -n "$id" ] || exit 1
curl -sS -f -X POST -H 'Content-Type: application/json' "$1/ws/v1/cluster/apps" -d '{
  "application-id": "'"$id"'", "application-name": "small", "application-type": "YARN",
  "application-tags": {"tag": ["'"$KETREW_TOKEN"'"]}, "max-app-attempts": 1,
  "resource": {"memory": 64, "vCores": 1},
  "am-container-spec": {"commands": {"command": "'"$2"'"}}}' || exit 1
echo "Submitted application $id"
"""


class Yarn(harness.DaemonTest):
    cluster = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="kty", dir="/tmp")
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        try:
            cls.cluster = cluster.Cluster(folder)
        except harness.unittest.SkipTest as why:
            print("skipped:", why)
            raise
        cls.addClassCleanup(cls.cluster.stop)
        cls.cluster.start()
        cls.submitter = os.path.join(folder, "submitter")
        with open(cls.submitter, "w", encoding="utf-8") as file:
            file.write(SUBMITTER)
        os.chmod(cls.submitter, 0o755)

    def yarn_home(self, options=None, **engine):
        plugin = self.cluster.plugin
        plugin["options"].update(options or {})
        return self.home(plugins=[plugin],
                         engine={**harness.FAST, "lost_after": "20s", **engine})

    def submit(self, home, *words):
        return home.submit("--backend", "yarn", "-o", "container_memory=64", *words)

    def submit_small(self, home, count, shell):
        """Applications whose ApplicationMaster runs `shell` and fails with 3; by lines 0 to count - 1
        in $KETREW_ENTRY."""
        path = home.file("lines")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"{i}\n" for i in range(count))
        done = home.ketrew("submit", "--backend", "yarn", "--each-line", path, "-o",
                           "mode=application", "--sh",
                           f'{self.submitter} {self.cluster.url} "{shell}; exit 3"')
        self.assertEqual(done.code, 0, done)
        return done.text.split()

    def apps(self, job, attempt=1):
        """Its applications: found by name (the distributed shell's) or tag."""
        token = f"{job}-{attempt}"
        return [app for app in self.cluster.applications()
                if token in app["name"] or token in app["applicationTags"]]

    def wait_phase(self, home, job, phase):
        wait_for(lambda: home.job(job)["phase"] == phase,
                 lambda: f"{job} {phase}: {home.job(job)}\n{home.log()}")

    def wait_started(self, home, job):
        """Until its script runs in its container."""
        wait_for(lambda: os.path.exists(home.playground(job, "claim")),
                 lambda: f"the script of {job}: {home.job(job)}\n{home.log()}")

    def waiting_program(self, home):
        return f"until [ -e {home.file('go')} ]; do sleep 0.2; done"

    def go(self, home):
        with open(home.file("go"), "w", encoding="utf-8"):
            pass

    def each_ran_once(self, home, count):
        with open(home.file("runs"), encoding="utf-8") as file:
            self.assertEqual(sorted(int(line) for line in file), list(range(count)))

    def test_check(self):
        home = self.yarn_home()
        done = home.ketrewd("check")
        self.assertEqual(done.code, 0, done)
        for words in (cluster.HADOOP + " is ACTIVE", "1 active", self.cluster.shell_jar):
            self.assertIn(words, done.text)

    def test_all_kinds_and_deaths_in_the_midst_of_submissions(self):
        """At the same time, in homes of their own: most of either is to wait for a JVM."""
        with concurrent.futures.ThreadPoolExecutor() as pool:
            both = [pool.submit(self.jobs_of_all_kinds), pool.submit(self.killed_while_many_are_submitted)]
        for one in both:
            one.result()

    def jobs_of_all_kinds(self):
        home = self.yarn_home()
        count = scaled(40, least=8)
        small = self.submit_small(home, count, f"echo $KETREW_ENTRY >>{home.file('runs')}")
        good = self.submit(home, "--name", "a good one", "--", "echo", "hello there")
        three = self.submit(home, "--sh", "echo out; echo err >&2; exit 3")
        vanished = self.submit(home, "--sh", "kill -9 $PPID; sleep 1000")
        over_time = self.submit(home, "-o", "timeout=5s", "--", "sleep", "1000")
        cancelled = self.submit(home, "--", "sleep", "1000")
        killed = self.submit(home, "--", "sleep", "1000")
        refused = self.submit(home, "-o", "queue=nosuch", "--", "true")
        apart = self.submit(home, "-o", "mode=distributed-shell-apart", "--sh", "true")
        for job in (cancelled, killed):
            self.wait_started(home, job)
        # Their clients have had their time.
        wait_for(lambda: not self.cluster.clients(f"{killed}-1"), "the end of the client")
        self.cluster.kill_application(self.apps(cancelled)[0]["id"])
        self.assertEqual(home.ketrew("kill", killed).code, 0)
        over = home.wait_all([*small, good, three, vanished, over_time, cancelled, killed, refused,
                              apart])

        def seen(job):
            one = over[job]
            return one["state"], one["exit_code"], one["class"]

        for job in small:
            self.assertEqual(seen(job)[::2], ("failed", "exit"), over[job])
        self.each_ran_once(home, count)
        self.assertEqual(seen(good), ("succeeded", 0, None), over[good])
        self.assertEqual(seen(three), ("failed", 3, "exit"), over[three])
        self.assertEqual(seen(vanished)[:2], ("failed", 137), over[vanished])
        self.assertEqual(seen(over_time)[::2], ("failed", "wall-time"), over[over_time])
        self.assertEqual(seen(cancelled)[::2], ("failed", "cancelled-outside"), over[cancelled])
        self.assertEqual(over[killed]["state"], "killed")
        self.assertEqual(seen(refused)[::2], ("start-failed", "refused"), over[refused])
        self.assertIn("nosuch", over[refused]["message"])
        self.assertEqual(seen(apart), ("succeeded", 0, None), over[apart])
        self.assertEqual({app["state"] for app in self.apps(killed)}, {"KILLED"})
        self.assertEqual(home.ketrew("logs", good).text, "hello there\n")
        self.assertEqual(home.ketrew("logs", "--stderr", three).text, "err\n")
        self.assertEqual(self.apps(good)[0]["name"], f"a_good_one-{good}-1")
        app = json.loads(home.ketrew("query", three, "api-app").text)["app"]
        self.assertEqual((app["state"], app["finalStatus"]), ("FINISHED", "FAILED"))
        self.assertIn("Final-State : FAILED", home.ketrew("query", three, "status").text)
        self.assertIn("exit 3", home.ketrew("query", three, "script").text)
        print("jobs of all kinds:", home.totals())

    def test_a_job_that_waits_says_why_and_is_killed(self):
        home = self.yarn_home()
        holds = self.submit(home, "-o", "container_memory=3648", "--sh", self.waiting_program(home))
        self.wait_started(home, holds)
        waits = self.submit(home, "-o", "container_memory=3648", "--", "true")
        wait_for(lambda: "3648 MiB" in home.ketrew("why", waits).text,
                 lambda: f"{home.ketrew('why', waits).text} {self.apps(waits)}\n{home.log()}")
        self.assertEqual(home.job(waits)["phase"], "waiting")
        self.assertEqual(home.ketrew("kill", waits).code, 0)
        home.wait_state(waits, "killed")
        self.go(home)
        home.wait_state(holds, "succeeded")

    def test_the_resource_manager_is_away(self):
        """Frozen, then killed and started again: nothing fails, and all is told afterwards."""
        home = self.yarn_home({"submit_timeout": "8s"})
        before = self.submit(home, "--sh", self.waiting_program(home))
        self.wait_started(home, before)
        self.cluster.signal("rm", signal.SIGSTOP)
        frozen = self.submit(home, "--sh", f"echo 0 >>{home.file('runs')}")
        wait_for(lambda: home.job(frozen)["in_doubt"],
                 lambda: f"{home.job(frozen)} {home.history(frozen)}\n{home.log()}")
        self.assertNotIn(home.job(before)["state"], FINAL)
        self.cluster.signal("rm", signal.SIGCONT)
        home.wait_state(frozen, "succeeded")
        self.cluster.kill("rm")
        self.go(home)
        away = self.submit(home, "--sh", f"echo 1 >>{home.file('runs')}")
        wait_for(lambda: home.job(away)["in_doubt"] or "refused" in str(home.history(away)),
                 lambda: f"{home.job(away)} {home.history(away)}\n{home.log()}")
        self.assertNotIn(home.job(before)["state"], FINAL - {"succeeded"})
        self.cluster.start("rm")
        for job in (before, away):
            home.wait_state(job, "succeeded")
        self.each_ran_once(home, 2)

    def killed_while_many_are_submitted(self):
        """Daemon and backend, with -9: each runs once."""
        home = self.yarn_home()
        count = scaled(60)
        jobs = self.submit_small(home, count, f"echo $KETREW_ENTRY >>{home.file('runs')}")
        shells = [self.submit(home, "--sh", f"echo {count + i} >>{home.file('runs')}")
                  for i in range(3)]

        def submitted():
            folder = home.file("playground")
            names = os.listdir(folder) if os.path.isdir(folder) else []
            return sum(os.path.exists(os.path.join(folder, name, "submit")) for name in names)

        for share in (0.05, 0.4, 0.95):
            wait_for(lambda: submitted() >= share * (count + 3), "submissions")
            backend = home.backend("yarn")["pid"]
            if backend:
                end_process(backend)
            home.kill_daemon()
            home.start()
        over = home.wait_all([*jobs, *shells])
        self.assertEqual({over[job]["class"] for job in jobs}, {"exit"})
        self.assertEqual({over[job]["state"] for job in shells}, {"succeeded"})
        self.each_ran_once(home, count + 3)
        self.assertEqual([len(self.apps(job)) for job in [*jobs, *shells]], [1] * (count + 3))


if __name__ == "__main__":
    harness.main()
