"""Row 7's graphs: a chain, a wide fan, and a layered random graph, each of the largest count of nodes."""
import json
import random
import time

from .figure import Figure

JOB = {"backend": "mock", "options": {"instant": True}, "program": {"sh": "true"}}


def _nodes(needs):
    """One for each list of places; active are those that nobody needs."""
    needed = {place for places in needs for place in places}
    return [{"name": f"n{i}", "job": JOB, "needs": places, "active": i not in needed}
            for i, places in enumerate(needs)]


def chain(count):
    return _nodes([[i - 1] if i else [] for i in range(count)])


def fan(count):
    """One that all need, and one that needs all."""
    return _nodes([[]] + [[0]] * (count - 2) + [list(range(1, count - 1))])


def layered(count, layers=100):
    """Each node needs one to five of the layer before."""
    chance = random.Random(1)
    width = max(1, count // layers)
    needs = []
    for i in range(count):
        first = (i // width - 1) * width
        before = range(max(0, first), first + width) if first >= 0 else range(0)
        needs.append(sorted(chance.sample(before, min(len(before), chance.randint(1, 5)))))
    return _nodes(needs)


def graphs(settings):
    """Accepted in how many seconds; the daemon's CPU time a job from then on; and, on the graph as it is
    then, what status, why and restart take. A chain is not run to its end: one job after the other, it
    would take as long as all their commits."""
    count = settings.scales[-1]
    figures = []
    for name, make, run in (("chain", chain, min(count, 300)), ("fan", fan, count),
                            ("layered graph", layered, count)):
        body = json.dumps({"name": "bench", "nodes": make(count)}).encode()
        accepted, micros, status, why, restart, seconds = [], [], [], [], [], []
        for turn in range(1 if settings.quick else min(settings.repeats, 3)):
            with settings.daemon() as daemon:
                begin = time.perf_counter()
                answer = daemon.post("/v1/workflows", body)
                accepted.append(time.perf_counter() - begin)
                before = daemon.cpu()["ketrewd"]
                begin = time.perf_counter()
                daemon.wait_finished(run, settings.limit)
                seconds.append(time.perf_counter() - begin)
                micros.append((daemon.cpu()["ketrewd"] - before) / run * 1e6)
                last = answer["nodes"][-1]["id"]
                for target, samples in (("/v1/workflows/bench", status), (f"/v1/jobs/{last}/why", why)):
                    begin = time.perf_counter()
                    daemon.get(target)
                    samples.append((time.perf_counter() - begin) * 1e3)
                begin = time.perf_counter()
                daemon.post("/v1/workflows/bench/restart?dry_run=true", b"")
                restart.append((time.perf_counter() - begin) * 1e3)
            settings.say(f"row 7: {name} of {count}, turn {turn + 1}: accepted in {accepted[-1]:.2f} s; "
                         f"{micros[-1]:.0f} us of daemon CPU a job, {run} over in {seconds[-1]:.1f} s")
        bound = 3 * count / 100000
        figures += [Figure(7, f"{name} of {count} nodes accepted", "s", accepted, ("<=", bound),
                           f"<= {bound:g} s"),
                    Figure(7, f"  ketrewd until {run} are over", "us CPU/job", micros),
                    Figure(7, "  status of the workflow", "ms", status),
                    Figure(7, "  why of its last job", "ms", why),
                    Figure(7, "  restart, dry run, nothing failed", "ms", restart)]
    return figures
