"""Thousands of jobs by one request, hundreds by clients of their own at the same time."""

import os
from concurrent.futures import ThreadPoolExecutor

from harness import DaemonTest, main, read_bytes, scaled


class Many(DaemonTest):
    def test_each_line(self):
        home = self.home()
        count = scaled(5000, 200)
        lines = "".join(f"line {n} $HOME 'x' \"y\"\n" for n in range(count)).encode()
        done = home.ketrew("submit", "--each-line", "-", "--sh",
                           'printf "%s" "$KETREW_ENTRY"; case $KETREW_ENTRY in *"7 \\$H"*) exit 9;; esac',
                           input=lines)
        self.assertEqual(done.code, 0, done)
        ids = done.text.split()
        self.assertEqual(len(ids), count)
        self.assertEqual(len(set(ids)), count)
        self.assertEqual(ids, sorted(ids), "ids sort by the order of submission")
        jobs = home.wait_all(ids)
        self.assertEqual(set(jobs), set(ids))
        failing = len([n for n in range(count) if n % 10 == 7])
        self.assertEqual(home.totals(), {"succeeded": count - failing, "failed": failing})
        for n, job in enumerate(ids):
            seen = jobs[job]
            self.assertEqual((seen["state"], seen["exit_code"], seen["attempt"]),
                             ("failed", 9, 1) if n % 10 == 7 else ("succeeded", 0, 1), seen)
            self.assertEqual(read_bytes(home.playground(job, "out")),
                             f"line {n} $HOME 'x' \"y\"".encode())
            self.assertEqual(sorted(os.listdir(home.playground(job, ""))),
                             ["claim", "err", "exit", "log", "out", "script"])
        for job in ids:
            history = home.history(job)
            self.assert_history(history, job)
            self.assertEqual(len(history), 4, history)
        self.assertEqual(len(home.supervisors()), 2, "one supervisor for all, and its guardian")

    def test_concurrent_clients(self):
        home = self.home()
        count = scaled(200)
        with ThreadPoolExecutor(20) as clients:
            ids = list(clients.map(lambda n: home.submit("--name", f"c{n}", "--", "echo", str(n)),
                                   range(count)))
        self.assertEqual(len(set(ids)), count)
        jobs = home.wait_all(ids)
        self.assertEqual(home.totals(), {"succeeded": count})
        for n, job in enumerate(ids):
            self.assertEqual(jobs[job]["name"], f"c{n}")
            self.assertEqual(read_bytes(home.playground(job, "out")), f"{n}\n".encode())
            self.assert_history(home.history(job), job)

    def test_limits_hold(self):
        """Never more at once than the profile allows, and none of them forgotten."""
        home = self.home(limits={"daemonize": {"running": 3}})
        count = scaled(40)
        # Each counts who runs with it: a folder of marks.
        marks = home.file("marks")
        os.mkdir(marks)
        done = home.ketrew("submit", "--each-line", "-", "--sh",
                           f'cd {marks} && : >"$KETREW_JOB_ID" && ls | wc -l; sleep 0.05; '
                           f'rm "$KETREW_JOB_ID"',
                           input=b"x\n" * count)
        ids = done.text.split()
        home.wait_all(ids)
        self.assertEqual(home.totals(), {"succeeded": count})
        most = max(int(read_bytes(home.playground(job, "out"))) for job in ids)
        self.assertLessEqual(most, 3)

    def test_an_end_is_seen_while_very_many_wait_to_be_started(self):
        home = self.home()
        gate = home.file("gate")
        job = home.submit("--sh", f"until test -e {gate}; do sleep 0.02; done")
        home.wait_state(job, "running")
        count = scaled(4000, 400)
        ids = home.ketrew("submit", "--each-line", "-", "--", "true",
                          input=b"x\n" * count).text.split()
        with open(gate, "w", encoding="utf-8"):
            pass
        home.wait_all([job, *ids])
        self.assertEqual(home.totals(), {"succeeded": count + 1})
        end = home.history(job)[-1]["sequence"]
        last_start = next(entry["sequence"] for entry in home.history(ids[-1])
                          if entry["to"] == "running")
        self.assertLess(end, last_start, "it was seen only after all of them had been started")

    def test_pages(self):
        home = self.home()
        ids = home.ketrew("submit", "--each-line", "-", "--", "true",
                          input=b"x\n" * 25).text.split()
        home.wait_all(ids)
        seen, cursor = [], ""
        while True:
            page = home.get("/v1/jobs?limit=10" + (f"&cursor={cursor}" if cursor else ""))
            self.assertLessEqual(len(page["jobs"]), 10)
            seen += [job["id"] for job in page["jobs"]]
            cursor = page["next_cursor"]
            if not cursor:
                break
        self.assertEqual(seen, sorted(ids, reverse=True))
        brief = home.get("/v1/jobs?brief=true&state=succeeded&limit=100000")
        self.assertEqual(brief, {"next_cursor": None, "jobs": [
            {"id": job, "state": "succeeded"} for job in seen]})


if __name__ == "__main__":
    main()
