"""Workflows, and a home whose orphans are not waited for long."""

import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "daemon"))

import harness  # noqa: E402
from harness import (BOUND, FINAL, MOCK, DAEMONIZE, main, read_bytes, scaled,  # noqa: E402,F401
                     wait_for)

ENGINE = {**harness.FAST, "orphan_grace": "1s"}
GOOD = {"succeeded", "already-done"}


def sh(text, **job):
    return {"program": {"sh": text}, **job}


class Flow:
    """Nodes by name; edges are given by names, too."""

    def __init__(self, name=""):
        self.name, self.nodes, self.places = name, [], {}

    def add(self, name, job, needs=(), on_success=(), on_failure=(), active=True):
        self.places[name] = len(self.nodes)
        self.nodes.append((name, job, needs, on_success, on_failure, active))
        return self

    def document(self):
        nodes = []
        for name, job, needs, on_success, on_failure, active in self.nodes:
            node = {"name": name, "job": job}
            for key, names in (("needs", needs), ("on_success", on_success),
                               ("on_failure", on_failure)):
                if names:
                    node[key] = [self.places[other] for other in names]
            if not active:
                node["active"] = False
            nodes.append(node)
        return {"nodes": nodes, **({"name": self.name} if self.name else {})}


class GraphTest(harness.DaemonTest):
    def home(self, *args, start=True, **profile):
        profile.setdefault("engine", ENGINE)
        return super().home(*args, start=start, **profile)

    def submit(self, home, flow, code=201):
        """{name: id}, and the workflow's id as `.workflow`."""
        status, _, body = home.request("POST", "/v1/workflows", flow.document())
        self.assertEqual(status, code, body[:2000])
        answer = json.loads(body)
        ids = Ids((node["name"], node["id"]) for node in answer["nodes"])
        ids.workflow = answer["workflow"]["id"]
        ids.answer = answer
        return ids

    def over(self, home, ids):
        """{name: job} once all of them have ended."""
        last = {}

        def ended():
            last.update((name, home.job(job)) for name, job in ids.items())
            return all(job["state"] in FINAL for job in last.values())

        wait_for(ended, lambda: "the end of " + json.dumps(
            {name: [job["state"], job["reason"]] for name, job in last.items()}) + home.log())
        return last

    def states(self, home, ids):
        return {name: job["state"] for name, job in self.over(home, ids).items()}

    def words(self, home, job):
        return home.ketrew("why", job).text


class Ids(dict):
    workflow = ""
    answer = None
