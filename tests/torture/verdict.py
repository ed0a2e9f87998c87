"""After it all: what ran is counted, and each outcome is held against what is known beforehand."""

import collections
import json
import sqlite3

import harness

SIGNAL_9 = {(9, None), (None, 137), (9, 137)}


def kill_like(job):
    return job["signal"] in (9, 15) or job["exit_code"] in (137, 143) or job["class"] == "cancelled-outside"


def may_be_lost_by_slurm(batch, torture):
    """slurmctld writes down later what it has accepted: killed before that, it knows no such job."""
    return batch.backend == "slurm" and "killed_slurm" in torture.done


class Verdict:
    def __init__(self, torture, clients, ledger, story):
        self.home, self.torture, self.clients = torture.home, torture, clients
        self.ledger, self.story = ledger, story
        self.problems = []
        self.jobs = {job["id"]: job for job in self.home.list()}
        self.runs, self.numbers, self.order = ledger.read_effects()
        self.known = ledger.jobs()
        self.batch_of = {number: batch for batch in ledger.batches for number in batch.numbers}

    def wrong(self, what, job=None):
        self.problems.append(what)
        if len(self.problems) <= 20:
            self.story.tell("WRONG: " + what, loud=True)
            if job:
                self.tell_job(job)

    def tell_job(self, job):
        """All that is known of it, and what was done around its life."""
        lines = [f"effects: {run}: {what}" for run, what in self.runs.items() if run[0] == job]
        begin = end = None
        if job in self.known:
            number, batch = self.known[job]
            begin = batch.asked_at
            lines.append(f"number {number}, {batch.kind.name} on {batch.backend}, asked for at "
                         f"{batch.asked_at:.2f}, acknowledged at {batch.told_at:.2f}")
        if job in self.ledger.kills:
            lines.append(f"its kill was sent at {self.ledger.kills[job]:.2f}")
        if job in self.jobs:
            for entry in self.home.history(job):
                lines.append(json.dumps(entry))
        if begin is not None:
            end = begin + 60
            lines += ["around it:"] + self.story.around(begin, end)[:120]
        for line in lines:
            self.story.tell("    " + line, loud=True)

    def judge(self):
        self.nothing_is_lost()
        self.each_attempt_ran_once()
        for job in self.known:
            if job in self.jobs:
                self.outcome(job)
                self.history(job)
        self.counters()
        self.nothing_is_left()
        self.problems += self.torture.problems + self.clients.problems
        return self.problems

    # -- promises -----------------------------------------------------------------------------------

    def nothing_is_lost(self):
        for batch in self.ledger.unacknowledged():
            self.wrong(f"{batch.key} could not be submitted in the end")
        for job in self.known:
            if job not in self.jobs:
                self.wrong(f"{job} was acknowledged and is not there", job)
        for job in self.jobs:
            if job not in self.known:
                self.wrong(f"{job} is there, and nobody was told of it: submitted twice?")
        for job, number in self.numbers.items():
            if job not in self.known:
                self.wrong(f"{job} ran (number {number}), and nobody knows it")
            elif self.known[job][0] != number:
                self.wrong(f"{job} is number {self.known[job][0]} and ran as {number}", job)

    def each_attempt_ran_once(self):
        for run, what in self.runs.items():
            if what.count("start") != 1 or what.count("end") > 1:
                self.wrong(f"{run} did: {what}", run[0])

    def outcome(self, job):
        seen = self.jobs[job]
        number, batch = self.known[job]
        kind = batch.kind
        runs = {run: what for run, what in self.runs.items() if run[0] == job}
        first = batch.after and self.jobs.get(batch.after.ids[0])
        said = f"{job} ({kind.name} on {batch.backend}) {seen['state']}, exit code " \
               f"{seen['exit_code']}, signal {seen['signal']}, attempt {seen['attempt']}"
        if seen["state"] not in harness.FINAL:
            return self.wrong(f"{said}: not over", job)
        if job in self.clients.final and self.clients.final[job] != (seen["state"], seen["exit_code"]):
            self.wrong(f"{said}: was {self.clients.final[job]}, and that was final", job)
        if first and first["state"] != "succeeded":
            if seen["state"] != "dependency-failed" and not (seen["state"] == "killed" and
                                                             job in self.ledger.kills):
                self.wrong(f"{said}: its dependency is {first['state']}", job)
            if runs:
                self.wrong(f"{said}: it ran, and its dependency is {first['state']}", job)
            return None
        if first and runs and self.order["start", job] < self.order.get(("end", batch.after.ids[0]), 0):
            self.wrong(f"{said}: it ran before its dependency had ended", job)
        if seen["state"] == "killed":
            if job not in self.ledger.kills:
                self.wrong(f"{said}: nobody asked for that", job)
            return None
        return self.natural_end(said, job, seen, batch, runs)

    def natural_end(self, said, job, seen, batch, runs):
        kind = batch.kind
        if job in self.ledger.taken_kills and kind.long:
            return self.wrong(f"{said}: its kill was acknowledged", job)
        if seen["state"] == "lost" and may_be_lost_by_slurm(batch, self.torture) and not any(
                run[1] == seen["attempt"] for run in runs):
            return None
        doubtful = job in self.ledger.kills and job not in self.ledger.taken_kills
        if doubtful and kill_like(seen):
            return None  # a kill that was never acknowledged, and was forgotten with its daemon
        if self.disk_was_full(seen) and seen["exit_code"] == 74:
            return None  # the script says that it could not keep its log
        if kind.code == "signal":
            if seen["state"] != "failed" or (seen["signal"], seen["exit_code"]) not in SIGNAL_9:
                self.wrong(f"{said}: it is killed by signal 9", job)
            return None
        if job in self.ledger.kills and self.ended_before_its_kill(seen, kind):
            return None
        wanted = ("succeeded" if kind.code == 0 else "failed", kind.code, kind.attempts)
        if (seen["state"], seen["exit_code"], seen["attempt"]) != wanted:
            return self.wrong(f"{said}: should be {wanted}", job)
        ended = {run[1] for run, what in runs.items() if "end" in what}
        if not doubtful and ended != set(range(1, kind.attempts + 1)):
            self.wrong(f"{said}: the attempts that came to their end are {sorted(ended)}", job)
        return None

    @staticmethod
    def ended_before_its_kill(seen, kind):
        """By itself, as this attempt does; what is to be killed is not tried again."""
        last = seen["attempt"] >= kind.attempts
        return seen["state"] == "failed" and not last and seen["exit_code"] == (kind.code or 9)

    def disk_was_full(self, seen):
        return bool(self.torture.full) and seen["state"] == "failed"

    def history(self, job):
        history = self.home.history(job)
        finals = [entry for entry in history if entry["to"] in harness.FINAL]
        whole = (history and history[0]["from"] == "passive" and finals == history[-1:]
                 and all(one["to"] == two["from"] and one["sequence"] < two["sequence"]
                         for one, two in zip(history, history[1:]))
                 and all(entry["at"] and entry["reason"] for entry in history)
                 and history[-1]["to"] == self.jobs[job]["state"])
        if not whole:
            self.wrong(f"the history of {job} is not whole", job)

    def counters(self):
        counted = dict(collections.Counter(job["state"] for job in self.jobs.values()))
        if self.home.totals() != counted:
            self.wrong(f"the totals are {self.home.totals()}, and the jobs {counted}")

    def nothing_is_left(self):
        """All jobs are over: no process of one is there."""
        left = []
        for folder in (self.home.path, self.torture.place.ground):
            stand_in = harness.Home.__new__(harness.Home)
            stand_in.path = folder
            left += [pid for pid in stand_in.processes()
                     if b"KETREW_TOKEN=" in harness.read_bytes(f"/proc/{pid}/environ")]
        if left:
            told = [(pid, harness.read_bytes(f"/proc/{pid}/cmdline").replace(b"\0", b" ")[:100])
                    for pid in left]
            self.wrong(f"processes of jobs that are over: {told}")

    def database(self):
        """Once the daemon has left."""
        database = sqlite3.connect(self.home.file("ketrew.db"))
        found = database.execute("PRAGMA integrity_check").fetchall()
        database.close()
        if found != [("ok",)]:
            self.wrong(f"the database: {found[:3]}")
