"""Many nodes; and a daemon that is killed at random under them."""

import random

from graph import GOOD, MOCK, Flow, GraphTest, main, scaled, wait_for

INSTANT = {"backend": "mock", "options": {"instant": True}, "program": {"sh": "true"}}


def layered(seed, layers, width):
    """A random graph: each node needs some of the layer before; some fail, some have a product."""
    chance = random.Random(seed)
    flow, before, expected = Flow("layered"), [], {}
    for layer in range(layers):
        names = []
        for i in range(width):
            name = f"n{layer}.{i}"
            needs = chance.sample(before, min(len(before), chance.randint(1, 3))) if before else []
            bad = chance.random() < 0.02
            job = {"backend": "mock", "program": {"sh": "true"},
                   "options": {"script": "ended:3" if bad else "running:1,ended:0"}}
            expected[name] = ("dependency-failed" if any(expected[n] not in GOOD for n in needs)
                              else "failed" if bad else "succeeded")
            flow.add(name, job, needs=needs)
            names.append(name)
        before = names
    return flow, expected


class Scale(GraphTest):
    def wait_over(self, home, workflow):
        def over():
            try:
                return home.get(f"/v1/workflows/{workflow}")["unfinished"] == 0
            except OSError:  # no daemon just now
                return False
        wait_for(over, lambda: f"the end of the workflow: {home.totals()}\n{home.log()}", 600)

    def test_crashes_change_nothing_in_the_outcome(self):
        home = self.home([MOCK])
        flow, expected = layered(4, 20, scaled(100))
        ids = self.submit(home, flow)
        chance = random.Random(5)
        kills = 0

        def left():
            return home.get(f"/v1/workflows/{ids.workflow}")["unfinished"]

        while kills < 12 and left():
            goal = left() - chance.randint(1, max(2, len(ids) // 12))
            wait_for(lambda: left() <= max(0, goal), "progress")
            home.kill_daemon()
            kills += 1
            home.start()
        self.wait_over(home, ids.workflow)
        self.assertGreater(kills, 3)
        names = {job: name for name, job in ids.items()}
        seen = {names[job["id"]]: job for job in home.list() if job["id"] in names}
        self.assertEqual({name: job["state"] for name, job in seen.items()}, expected)
        for name, job in seen.items():
            self.assertEqual(job["attempt"], 0 if expected[name] == "dependency-failed" else 1, name)

    def test_all_need_one_and_one_needs_all(self):
        home = self.home([MOCK])
        count = scaled(10_000)
        flow = Flow("fan").add("first", INSTANT, active=False)
        middle = [f"m{i}" for i in range(count)]
        for name in middle:
            flow.add(name, INSTANT, needs=["first"], active=False)
        flow.add("last", INSTANT, needs=middle)
        ids = self.submit(home, flow)
        self.wait_over(home, ids.workflow)
        self.assertEqual(home.get("/v1/workflows/fan")["totals"], {"succeeded": count + 2})

    def test_one_failure_takes_a_wide_fan_along(self):
        home = self.home([MOCK])
        count = scaled(10_000)
        bad = {"backend": "mock", "options": {"script": "ended:1"}, "program": {"sh": "true"}}
        flow = Flow("fan").add("first", bad, active=False)
        middle = [f"m{i}" for i in range(count)]
        for name in middle:
            flow.add(name, INSTANT, needs=["first"], active=False)
        flow.add("last", INSTANT, needs=middle)
        ids = self.submit(home, flow)
        self.wait_over(home, ids.workflow)
        standing = home.get("/v1/workflows/fan")
        self.assertEqual(standing["totals"], {"failed": 1, "dependency-failed": count + 1})
        why = home.ketrew("why", ids["last"])
        self.assertIn("first", why.text)
        self.assertLess(why.text.count("\n"), 20)


if __name__ == "__main__":
    main()
