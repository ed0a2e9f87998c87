"""Clients: they submit, kill and look, and are themselves killed in the middle of it."""

import json
import os
import random
import signal
import subprocess
import threading
import time

import harness
import ledger as ledger_

# Of every hundred jobs. What runs on a fake scheduler costs some Python processes each.
SHARES = {"daemonize": 60, "daemonize-elsewhere": 15, "ssh": 5, "slurm": 6, "fake-slurm": 6,
          "fake-pbs": 5, "fake-lsf": 4, "fake-sge": 4}
KINDS = {"quick": 45, "fails": 12, "sleeps": 12, "sleeps-longer": 8, "shot": 4, "third-time": 6,
         "never-works": 4, "endless": 5}
# Done; refused (no space, ...); no daemon answers; no such job; the time is over.
EXPECTED_CODES = {0, 1, 3, 4, 124}


class Clients:
    def __init__(self, place, ledger, story, seed, options):
        self.place, self.home, self.ledger, self.story = place, place.home, ledger, story
        self.options = options
        self.over = threading.Event()
        self.problems = []
        self.final = {}  # id: (state, exit code) as it was first seen to be final
        self.frozen = set()  # processes of clients that are stopped just now
        self.begun = time.monotonic()
        jobs = [self.submitter] * 3 + [self.killer, self.watcher]
        self.threads = [threading.Thread(target=self.guarded, args=(work, random.Random(f"{seed}-{i}")))
                        for i, work in enumerate(jobs)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def guarded(self, work, chance):
        try:
            work(chance)
        except Exception as problem:  # told by the main thread
            self.problems.append(f"the client {work.__name__} failed: {problem!r}")
            self.over.set()

    # -- one process of a client ------------------------------------------------------------------

    def run(self, chance, *words, input=b"", may_die=True):
        """(exit code, what it printed); sometimes it is stopped or killed on its way."""
        process = subprocess.Popen([os.path.join(harness.BIN, "ketrew"), *words],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.home.environment, cwd=self.home.path)
        fate = chance.random() if may_die else 1
        try:
            process.stdin.write(input)
            process.stdin.close()
        except BrokenPipeError:
            pass
        process.stdin = None
        if fate < 0.15:
            time.sleep(chance.uniform(0, 0.03))
            process.send_signal(signal.SIGKILL)
            self.story.tell(f"client killed: ketrew {words[0]}")
        elif fate < 0.2:
            time.sleep(chance.uniform(0, 0.02))
            process.send_signal(signal.SIGSTOP)
            self.over.wait(chance.uniform(0.2, 2))
            process.send_signal(signal.SIGCONT)
        try:
            out, err = process.communicate(timeout=harness.BOUND)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            self.problems.append(f"ketrew {words[0]} did not end in {harness.BOUND} s")
        code = process.returncode
        if code not in EXPECTED_CODES and not (code == -signal.SIGKILL and fate < 0.15):
            self.problems.append(f"ketrew {' '.join(words)[:100]} ended with {code}: "
                                 f"{err.decode(errors='replace')[-300:]}")
        return code, out

    # -- who submits --------------------------------------------------------------------------------

    def submitter(self, chance):
        while not self.over.is_set():
            passed = (time.monotonic() - self.begun) / self.options.seconds
            if self.ledger.next_number > self.options.jobs:
                return
            if self.ledger.next_number > passed * self.options.jobs + 20:
                self.over.wait(0.1)
                continue
            batch = self.plan(chance)
            for _ in range(chance.randrange(1, 8)):
                if self.offer(batch, chance) or self.over.wait(chance.uniform(0, 0.5)):
                    break

    def plan(self, chance):
        places = [name for name in SHARES if name in self.place.places]
        where = chance.choices(places, [SHARES[name] for name in places])[0]
        kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
        count = chance.choice([1, 1, 2, 5, 10, 25])
        if kind == "endless" or where in ("ssh", "slurm") or where.startswith("fake"):
            count = min(count, 5)
        after = None
        if chance.random() < 0.1:
            told = [batch for batch in self.ledger.batches if batch.ids and not batch.kind.long]
            after = chance.choice(told[-20:]) if told else None
        backend = "daemonize" if where.startswith(("daemonize", "ssh")) else where
        return self.ledger.new_batch(kind, backend, self.place.places[where], count, after)

    def offer(self, batch, chance, may_die=True):
        """Once. A client that was killed after it had printed all ids has acknowledged them."""
        words = ["submit", "--idempotency-key", batch.key, "--backend", batch.backend, "--name",
                 batch.kind.name, "--tag", batch.key, "--each-line", "-", "--sh",
                 ledger_.shell_text(batch.kind, self.ledger.effects)]
        if batch.place:
            words += ["--host", batch.place]
        if batch.kind.retries:
            words += ["--retries", str(batch.kind.retries)]
        if batch.after:
            words += ["--after", batch.after.ids[0]]
        if batch.asked_at is None:
            batch.asked_at = self.story.now()
        _, out = self.run(chance, *words, may_die=may_die,
                          input="".join(f"{number}\n" for number in batch.numbers).encode())
        ids = out.decode().split()
        if out.endswith(b"\n") and len(ids) == len(batch.numbers):
            batch.told_at = batch.told_at or self.story.now()
            batch.ids = ids
        return batch.ids

    # -- who kills, and who looks ---------------------------------------------------------------

    def endless(self):
        return [job for job, (_, batch) in self.ledger.jobs().items()
                if batch.kind.long and job not in self.ledger.taken_kills and job not in self.final]

    def killer(self, chance):
        while not self.over.wait(chance.uniform(0.2, 1.5)):
            victims = self.endless()
            chosen = chance.sample(victims, min(len(victims), chance.randrange(1, 6)))
            known = list(self.ledger.jobs())[-100:]
            if known and chance.random() < 0.3:
                chosen.append(chance.choice(known))
            self.kill(chosen, chance)

    def kill(self, jobs, chance, may_die=True):
        if not jobs:
            return
        for job in jobs:
            self.ledger.kills.setdefault(job, self.story.now())
        _, out = self.run(chance, "kill", *jobs, may_die=may_die)
        for line in out.decode().splitlines():
            words = line.split()
            if len(words) > 1 and words[1] in ("killing", "killed"):
                self.ledger.taken_kills.add(words[0])

    def watcher(self, chance):
        """What was final is looked at again later: verdict.py compares."""
        while not self.over.wait(chance.uniform(0.2, 1)):
            if chance.random() < 0.2:
                self.run(chance, chance.choice(["status", "failures", "graph"]))
            try:
                page = self.home.request("GET", "/v1/jobs?limit=300&status=successful&status=failed",
                                         timeout=30)
                jobs = json.loads(page[2])["jobs"] if page[0] == 200 else []
            except (OSError, ValueError, harness.http.client.HTTPException):
                continue  # no daemon just now, or one that was killed while it answered
            for job in jobs:
                seen = (job["state"], job["exit_code"])
                if self.final.setdefault(job["id"], seen) != seen:
                    self.problems.append(f"{job['id']} was {self.final[job['id']]}, is {seen}")
