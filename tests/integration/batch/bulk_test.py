"""One question about ten thousand jobs is one command of the scheduler. The backend is asked directly,
through its protocol."""

import json
import os
import subprocess
import time

import batch
from batch import scaled
from harness import BUILD

# How the scheduler writes the number of a job.
id_of = getattr(batch.FLAVOUR, "id_of", str)
HOST = os.path.join(BUILD, "libexec", "ketrew", "ketrew-backend-host")


class Bulk(batch.BatchTest):
    def test_ten_thousand_in_one_command(self):
        home, fake = self.batch_home(start=False)
        process = subprocess.Popen([HOST, "--module", batch.MODULE], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   env=home.environment)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)

        def ask(method, **params):
            request = {"jsonrpc": "2.0", "id": method, "method": method, "params": params}
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            self.assertIn("result", answer)
            return answer["result"]

        ask("initialize", protocol=1, name=batch.BACKEND, home=home.path,
            options=home.profile["plugins"][0]["options"])
        fake.tell("submit", pretend="running")
        place, first = home.file("playground"), f"{0:026d}-1"
        started = ask("start", token=first, program={"sh": "true"}, options={}, host=place)
        self.assertEqual(started["answer"], "started", started)
        state = started["state"]

        # The others are copies of the first.
        jobs, rows = [{"id": first, "state": state}], []
        [model] = fake.jobs()
        fake.change(model.id, started=time.time())
        for i in range(1, scaled(10_000)):
            token, number = f"{i:026d}-1", model.id + i
            text = json.dumps(state).replace(first, token)
            text = text.replace(f'"id": "{id_of(model.id)}', f'"id": "{id_of(number)}')
            jobs.append({"id": token, "state": json.loads(text)})
            rows.append({**model, "id": number, "token": token, "started": time.time(),
                         "name": model.name.replace(first, token),
                         "details": json.dumps(model.details).replace(first, token),
                         "variables": json.dumps(model.variables)})
        fake.insert(rows)
        for _ in range(2):
            before = len(fake.calls())
            answer = ask("update", host=place, jobs=jobs)
            self.assertEqual([verb for verb, _, _ in fake.calls()[before:]], ["queue"])
            self.assertEqual([job["id"] for job in answer["jobs"]], [job["id"] for job in jobs])
            self.assertEqual({job["observation"] for job in answer["jobs"]}, {"running"}, answer)


if __name__ == "__main__":
    batch.main()
