"""What the clients asked for and what they were told: the truth that the daemon is held against.

A job is known by its number, which it gets in $KETREW_ENTRY, until its id is acknowledged. As it runs
it appends lines to the file `effects`, which lies on no disk that is filled:
    start NUMBER ID ATTEMPT RESTART      first of all, past the claim
    end NUMBER ID ATTEMPT RESTART        last of all, before it exits
"""

import collections
import os
import threading

# What a job of a kind does, and how it ends by itself: `code` is its exit code, "signal" that it was
# killed by one (which a shell in between reports as 128 + 9).
Kind = collections.namedtuple("Kind", "name body code retries attempts long", defaults=(0, 1, False))

KINDS = {kind.name: kind for kind in (
    Kind("quick", "", 0),
    Kind("fails", "", 3),
    Kind("sleeps", 'sleep 0.$((KETREW_ENTRY % 9))', 0),
    Kind("sleeps-longer", 'sleep $((1 + KETREW_ENTRY % 6))', 5),
    Kind("shot", 'kill -9 $$', "signal"),
    Kind("third-time", 'test "$KETREW_ATTEMPT" = 3 || {{ {end}; exit 9; }}', 0, 4, 3),
    Kind("never-works", "", 7, 1, 2),
    Kind("endless", "sleep 3600 || exit 143", 0, long=True),
)}


def shell_text(kind, effects):
    """The program. A line that cannot be written is an exit code that is never right."""
    who = '$KETREW_ENTRY $KETREW_JOB_ID $KETREW_ATTEMPT ${SLURM_RESTART_COUNT:-0}'
    end = f'echo "end {who}" >>{effects} || exit 98'
    body = kind.body.format(end=end)
    code = 0 if kind.code == "signal" else kind.code
    return "\n".join(line for line in (
        f'echo "start {who}" >>{effects} || exit 99', body, end, f"exit {code}") if line)


class Batch:
    """Jobs of one submission: all of them are acknowledged, or none is."""

    def __init__(self, key, kind, backend, place, numbers, after):
        self.key, self.kind, self.backend, self.place = key, kind, backend, place
        self.numbers = numbers
        self.after = after   # the batch whose first job these depend on, or None
        self.ids = None      # once acknowledged
        self.told_at = None  # when, in the story's seconds
        self.asked_at = None


class Ledger:
    def __init__(self, folder):
        self.effects = os.path.join(folder, "effects")
        with open(self.effects, "w", encoding="utf-8"):
            pass
        self.lock = threading.Lock()
        self.batches = []
        self.next_number = 1
        self.kills = {}  # id: when the first kill of it was sent; it may have arrived or not
        self.taken_kills = set()  # ids whose kill was acknowledged before they were over

    def new_batch(self, kind, backend, place, count, after=None):
        with self.lock:
            numbers = list(range(self.next_number, self.next_number + count))
            self.next_number += count
            batch = Batch(f"torture-{numbers[0]}", KINDS[kind], backend, place, numbers, after)
            self.batches.append(batch)
            return batch

    def jobs(self):
        """{id: (number, batch)} of all that is acknowledged."""
        with self.lock:
            return {job: (number, batch) for batch in self.batches if batch.ids
                    for number, job in zip(batch.numbers, batch.ids)}

    def unacknowledged(self):
        with self.lock:
            return [batch for batch in self.batches if not batch.ids]

    def read_effects(self):
        """{(id, attempt, restart): ["start", "end"...]}, and {id: number}, from the file."""
        runs, numbers, order = collections.defaultdict(list), {}, {}
        with open(self.effects, encoding="utf-8") as file:
            for place, line in enumerate(file):
                what, number, job, attempt, restart = line.split()
                runs[job, int(attempt), int(restart)].append(what)
                numbers[job] = int(number)
                order.setdefault((what, job), place)
        return runs, numbers, order
