"""Events, idempotency, restarts, following, metrics, and the OpenAPI document."""

import json
import os
import re
import subprocess
import threading

from harness import (BIN, BOUND, DAEMONIZE, MOCK, DaemonTest, UnixHttp, main, read_bytes, wait_for)


class Events(DaemonTest):
    def stream(self, home, target="/v1/events", last=None):
        """Yields (id, event, data)."""
        connection = UnixHttp(home.socket, BOUND)
        self.addCleanup(connection.close)
        connection.request("GET", target, headers={} if last is None else
                           {"Last-Event-ID": str(last)})
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        self.assertIn("text/event-stream", answer.headers["Content-Type"])

        def events():
            fields = {}
            while line := answer.readline():
                line = line.decode().rstrip("\r\n")
                if not line:
                    if "data" in fields:
                        yield int(fields["id"]), fields.get("event"), json.loads(fields["data"])
                    fields = {}
                elif not line.startswith(":"):
                    key, _, value = line.partition(":")
                    fields[key] = value.removeprefix(" ")
        return events()

    def test_resumed(self):
        home = self.home()
        events = self.stream(home)
        ids = [home.submit("--", "true") for _ in range(5)]
        home.wait_all(ids)
        seen, first = [], None
        for number, name, data in events:
            self.assertEqual(name, "transition")
            self.assertEqual(number, data["sequence"])
            seen.append((number, data["job"], data["from"], data["to"]))
            if len(seen) == 7:
                first = number
            if len(seen) == 20:
                break
        self.assertEqual([one[0] for one in seen], sorted({one[0] for one in seen}))
        expected = sorted((entry["sequence"], job, entry["from"], entry["to"])
                          for job in ids for entry in home.history(job))
        self.assertEqual(seen, expected)
        again = []
        for number, _, data in self.stream(home, last=first):
            again.append((number, data["job"], data["from"], data["to"]))
            if len(again) == 13:
                break
        self.assertEqual(again, expected[7:])
        # Also by a daemon that came later, and for one job alone.
        home.kill_daemon()
        home.start()
        alone = []
        for number, _, data in self.stream(home, f"/v1/events?id={ids[2]}", last=0):
            alone.append((number, data["job"], data["from"], data["to"]))
            if len(alone) == 4:
                break
        self.assertEqual(alone, [one for one in expected if one[1] == ids[2]])

    def test_wait_survives_a_restart_of_the_daemon(self):
        home = self.home()
        gate = home.file("gate")
        job = home.submit("--sh", f"until test -e {gate}; do sleep 0.1; done")
        home.wait_state(job, "running")
        with subprocess.Popen([f"{BIN}/ketrew", "wait", job], env=home.environment) as waiter:
            try:
                wait_for(lambda: home.listeners() == 1, "the client to listen")
                home.kill_daemon()
                home.start()
                with open(gate, "w", encoding="utf-8"):
                    pass
                self.assertEqual(waiter.wait(BOUND), 0)
            finally:
                waiter.kill()

    def test_follow(self):
        home = self.home()
        folder = home.file("steps")
        os.mkdir(folder)
        job = home.submit("--sh", f"for n in 1 2 3; do echo line $n; until test -e {folder}/$n; "
                                  "do sleep 0.1; done; done; printf end")
        home.wait_state(job, "running")
        with subprocess.Popen([f"{BIN}/ketrew", "logs", job, "--follow"], env=home.environment,
                              stdout=subprocess.PIPE) as follower:
            watchdog = threading.Timer(BOUND, follower.kill)
            watchdog.start()
            try:
                for n in (b"1", b"2", b"3"):
                    self.assertEqual(follower.stdout.readline(), b"line " + n + b"\n")
                    with open(os.path.join(folder, n.decode()), "w", encoding="utf-8"):
                        pass
                self.assertEqual(follower.stdout.read(), b"end")
                follower.wait()
            finally:
                watchdog.cancel()
                follower.kill()


class Requests(DaemonTest):
    def test_idempotency(self):
        home = self.home()
        runs = home.file("runs")
        words = ["submit", "--idempotency-key", "one", "--sh", f"echo x >>{runs}"]
        job = home.ketrew(*words).text
        self.assertEqual(home.ketrew(*words).text, job)
        home.wait_state(job.strip(), "succeeded")
        self.assertEqual(home.ketrew(*words).text, job)
        home.kill_daemon()
        home.start()
        self.assertEqual(home.ketrew(*words).text, job)
        self.assertEqual(len(home.list()), 1)
        self.assertEqual(read_bytes(runs), b"x\n")
        body = {"program": {"commands": [{"exec": ["true"]}]}}
        answers = [home.request("POST", "/v1/jobs", body, {"Idempotency-Key": "two"})
                   for _ in range(2)]
        self.assertEqual([answer[0] for answer in answers], [201, 200])
        self.assertTrue(json.loads(answers[1][2])["repeated"])
        other = {"program": {"commands": [{"exec": ["false"]}]}}
        status = home.request("POST", "/v1/jobs", other, {"Idempotency-Key": "two"})[0]
        self.assertIn(status, (200, 409))
        self.assertEqual(len(home.list()), 2)

    def test_restart(self):
        home = self.home()
        flag = home.file("flag")
        job = home.submit("--name", "again", "--tag", "t", "--sh", f"test -e {flag}")
        home.wait_state(job, "failed")
        before = home.history(job)
        with open(flag, "w", encoding="utf-8"):
            pass
        done = home.ketrew("restart", job, "--json")
        self.assertEqual(done.code, 0, done)
        new = done.json["jobs"][0]
        self.assertEqual(new["restart_of"], job)
        self.assertNotEqual(new["id"], job)
        seen = home.wait_state(new["id"], "succeeded", "failed")
        self.assertEqual((seen["state"], seen["name"], seen["tags"]), ("succeeded", "again", ["t"]))
        self.assertEqual(home.history(job), before)
        self.assertEqual(home.job(job)["state"], "failed")
        self.assertIn(new["id"], home.ketrew("show", job).text)
        self.assertIn(job, home.ketrew("show", new["id"]).text)
        running = home.submit("--", "sleep", "600")
        home.wait_state(running, "running")
        self.assert_refused(home.ketrew("restart", running), 1, running)

    def test_metrics(self):
        home = self.home((DAEMONIZE, MOCK))
        home.wait_state(home.submit("--", "true"), "succeeded")
        home.wait_state(home.submit("--", "sleep", "600"), "running")
        status, headers, body = home.request("GET", "/metrics")
        self.assertEqual(status, 200)
        self.assertIn("text/plain", headers["Content-Type"])
        values = {}
        typed = set()
        for line in body.decode().splitlines():
            if line.startswith("# TYPE "):
                typed.add(line.split()[2])
            elif not line.startswith("#"):
                found = re.fullmatch(r'([a-z_:]+)(\{[^}]*\})? (-?[0-9.e+]+|NaN|\+Inf)', line)
                self.assertTrue(found, line)
                self.assertIn(re.sub("_(bucket|sum|count)$", "", found[1])
                              if found[1] not in typed else found[1], typed)
                self.assertNotIn((found[1], found[2]), values)
                values[found[1], found[2]] = float(found[3])
        self.assertEqual(values["ketrew_backend_ready", '{backend="mock"}'], 1)
        self.assertEqual(values["ketrew_jobs_unfinished",
                                '{backend="daemonize",state="running"}'], 1)

    def test_the_openapi_document(self):
        home = self.home()
        document = home.get("/v1/openapi.json")
        here = os.path.dirname(os.path.abspath(__file__))
        root = os.path.join(here, "..", "..", "..")
        with open(os.path.join(root, "app", "ketrewd", "openapi.json"), encoding="utf-8") as file:
            self.assertEqual(document, json.load(file), "the one in the repository is served")
        job = home.submit("--", "true")
        home.wait_state(job, "succeeded")
        values = {"id": job, "name": {"/v1/backends/{name}": "daemonize"}}
        status, _, made = home.request("POST", "/v1/workflows", {"nodes": [
            {"name": "one", "job": {"program": {"sh": "true"}}}]})
        self.assertEqual(status, 201, made)
        values["workflow"] = json.loads(made)["workflow"]["id"]
        for path, methods in document["paths"].items():
            target = path
            if "{id}" in target:
                target = target.replace("{id}", values["id"])
            if "{name}" in target:
                target = target.replace("{name}", values["name"].get(path, "stdout"))
            target = target.replace("{workflow}", values["workflow"])
            self.assertNotIn("{", target)
            for method, operation in methods.items():
                if method == "parameters" or path == "/v1/stop":
                    continue
                with self.subTest(f"{method} {path}"):
                    if path == "/v1/events":
                        connection = UnixHttp(home.socket, BOUND)
                        connection.request("GET", target)
                        self.assertEqual(connection.getresponse().status, 200)
                        connection.close()
                        continue
                    body = {} if method == "post" else None
                    status, _, text = home.request(method.upper(), target, body)
                    self.assertNotIn(status, (405, 500), text)
                    if status == 404:
                        self.fail(f"documented, but not there: {text}")
                    self.assertIn(str(status), set(operation["responses"]) | (
                        {str(status)} if "default" in operation["responses"] and status >= 400
                        else set()), text)
            # A method that is not documented is not there.
            for method in {"get", "post", "put", "delete", "patch"} - set(methods):
                with self.subTest(f"not {method} {path}"):
                    # /v1/jobs/kill is as well an id to GET.
                    expected = (405, 404) if path in ("/v1/jobs/kill", "/v1/jobs/restart", "/v1/jobs/set") else (405,)
                    self.assertIn(home.request(method.upper(), target)[0], expected)
        # Every route of the server is documented.
        with open(os.path.join(root, "app", "ketrewd", "routes.cpp"), encoding="utf-8") as file:
            routes = re.findall(r'\{"(GET|POST)", \{([^}]*)\}, endpoint', file.read())
        self.assertTrue(routes)
        documented = {(method.upper(), re.sub(r"\{[^}]*\}", "*", path))
                      for path, methods in document["paths"].items() for method in methods}
        for method, segments in routes:
            path = "/" + "/".join(re.findall(r'"([^"]*)"', segments))
            self.assertIn((method, path), documented)

    def test_stop_and_start_while_clients_ask(self):
        home = self.home()
        job = home.submit("--", "sleep", "600")
        home.wait_state(job, "running")
        said = home.stop()
        self.assertIn("jobs go on", said.text)
        self.assertFalse(os.path.exists(home.socket))
        home.start()
        self.assertEqual(home.job(job)["state"], "running")
        self.assertEqual(home.ketrew("kill", job).code, 0)
        home.wait_state(job, "killed")

    def test_status_of_some(self):
        home = self.home()
        good = home.submit("--tag", "a", "--", "true")
        bad = home.submit("--tag", "b", "--", "false")
        home.wait_state(good, "succeeded")
        home.wait_state(bad, "failed")

        def ids(*words):
            done = home.ketrew("status", "--json", *words)
            self.assertEqual(done.code, 0, done)
            return [job["id"] for job in done.json["jobs"]]
        self.assertEqual(ids("--all"), [bad, good])
        self.assertEqual(ids("--tag", "a"), [good])
        self.assertEqual(ids(good), [good])


if __name__ == "__main__":
    main()
