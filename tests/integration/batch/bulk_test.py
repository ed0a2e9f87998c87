"""One question about ten thousand jobs is one command of the scheduler, and a search for a thousand
is a few. The backend is asked directly, through its protocol."""

import json
import os
import subprocess

import batch
from batch import scaled
from harness import BUILD

# How the scheduler writes the number of a job.
id_of = getattr(batch.FLAVOUR, "id_of", str)
HOST = os.path.join(BUILD, "libexec", "ketrew", "ketrew-backend-host")


class Backend:
    """The backend's process."""

    def __init__(self, test, home):
        self.test = test
        self.process = subprocess.Popen([HOST, "--module", batch.MODULE], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        env=home.environment)
        test.addCleanup(self.process.wait)
        test.addCleanup(self.process.stdout.close)
        test.addCleanup(self.process.stdin.close)
        self.ask("initialize", protocol=1, name=batch.BACKEND, home=home.path,
                 options=home.profile["plugins"][0]["options"])

    def ask_all(self, method, all_params):
        """One request for each, all at once; {number: result}."""
        lines = [json.dumps({"jsonrpc": "2.0", "id": i, "method": method, "params": params}) + "\n"
                 for i, params in enumerate(all_params)]
        # What the backend reads, it reads before it answers much.
        self.process.stdin.write("".join(lines).encode())
        self.process.stdin.flush()
        answers = [json.loads(self.process.stdout.readline()) for _ in lines]
        for answer in answers:
            self.test.assertIn("result", answer)
        return {answer["id"]: answer["result"] for answer in answers}

    def ask(self, method, **params):
        return self.ask_all(method, [params])[0]


class Bulk(batch.BatchTest):
    def test_a_thousand_are_looked_for_by_few_commands(self):
        """As after a crash in the midst of their starts."""
        home, fake = self.batch_home(start=False)
        backend = Backend(self, home)
        fake.tell("submit", pretend="running")
        place, count = home.file("playground"), scaled(1000)
        tokens = [f"{i:026d}-1" for i in range(count)]
        there = tokens[count // 2]
        started = backend.ask("start", token=there, program={"sh": "true"}, options={}, host=place)
        self.assertEqual(started["answer"], "started", started)
        for name in ("submitted", "submit"):  # the answer was lost
            os.unlink(os.path.join(place, there, name))
        before = len(fake.calls())
        found = backend.ask_all("find", [{"token": token, "host": place, "options": {}}
                                         for token in tokens])
        calls = [verb for verb, _, _ in fake.calls()[before:]]
        print(f"{count} searches: {len(calls)} commands")
        # They are put together as they come: at most 256 in one search.
        self.assertLessEqual(len(calls), 4 * (2 + count // 256), calls)
        answers = [found[i]["answer"] for i in range(count)]
        if batch.BACKEND != "yarn":
            self.assertEqual(answers[count // 2], "found", found[count // 2])
            self.assertEqual(found[count // 2]["state"], {**started["state"], **found[count // 2]["state"]})
        else:  # its job only pretends to run, and never names its application
            self.assertNotEqual(answers[count // 2], "absent", found[count // 2])
        del answers[count // 2]
        self.assertEqual(set(answers), {"absent"}, found[0])

    def test_ten_thousand_in_one_command(self):
        home, fake = self.batch_home(start=False)
        ask = Backend(self, home).ask
        fake.tell("submit", pretend="running")
        place, first = home.file("playground"), f"{0:026d}-1"
        started = ask("start", token=first, program={"sh": "true"}, options={}, host=place)
        self.assertEqual(started["answer"], "started", started)
        jobs = fake.multiply(started["state"], scaled(10_000), id_of)  # the others are copies of the first
        for _ in range(2):
            before = len(fake.calls())
            answer = ask("update", host=place, jobs=jobs)
            self.assertEqual([verb for verb, _, _ in fake.calls()[before:]], ["queue"])
            self.assertEqual([job["id"] for job in answer["jobs"]], [job["id"] for job in jobs])
            self.assertEqual({job["observation"] for job in answer["jobs"]}, {"running"}, answer)


if __name__ == "__main__":
    batch.main()
