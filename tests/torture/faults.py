"""What is done to the processes, and when; what is done to the world around them is in world.py.

A fault is a function (torture, chance) that does it and returns nothing, or (seconds, undo, what it
will have been): it is undone that much later. Its `key` says with what it cannot be together.
"""

import heapq
import os
import signal

import harness

FAULTS = []  # (weight, key, function, wants(place))


def fault(weight, key, wants=lambda place: True):
    def register(function):
        FAULTS.append((weight, key, function, wants))
        return function
    return register


class Torture:
    """One thread does it all: faults begin, and those that last end when their time is over."""

    def __init__(self, place, story, chance):
        self.place, self.home, self.story, self.chance = place, place.home, story, chance
        self.active = {}   # key: what is going on
        self.pending = []  # (when it ends, a number, key, undo)
        self.count = 0
        self.done = {}     # name of a fault: how often
        self.problems = []
        self.full = []     # [begin, end] of each time in which the disk was full
        self.daemon_wanted = True
        self.last_pair = None
        self.hidden = set()
        self.faults = [one for one in FAULTS if one[3](place)]

    def step(self):
        """One fault more, unless something else is going on that it cannot be together with."""
        self.end_what_is_over()
        self.keep_daemon()
        _, key, function, _ = self.chance.choices(self.faults, [one[0] for one in self.faults])[0]
        if key in self.active:
            return
        # From its own seed, so that what came before does not change what it does.
        lasting = function(self, self.chance)
        name = function.__name__
        if lasting is False:
            return  # nothing there to do it to
        self.done[name] = self.done.get(name, 0) + 1
        if lasting:
            seconds, undo = lasting
            self.active[key] = name
            self.count += 1
            heapq.heappush(self.pending, (self.story.now() + seconds, self.count, key, undo))

    def end_what_is_over(self, all_of_it=False):
        while self.pending and (all_of_it or self.pending[0][0] <= self.story.now()):
            _, _, key, undo = heapq.heappop(self.pending)
            name = self.active.pop(key)
            undo()
            self.story.tell(f"over: {name}")

    def keep_daemon(self):
        """There is one, unless we have ended it; it may refuse to start while the disk is full."""
        if "daemon" in self.active or not self.daemon_wanted or self.place.is_up():
            return
        if not self.daemon_was_ended:
            self.problems.append(f"the daemon ended by itself: {self.home.log()[-1500:]}")
        self.start_daemon()

    daemon_was_ended = True  # none has been started yet

    def start_daemon(self):
        done = self.place.start_daemon()
        self.daemon_was_ended = done.code != 0
        words = (done.text + done.error).strip().split("\n")
        self.story.tell(f"ketrewd start: exit {done.code}: {words[-1]}")
        if done.code != 0 and not {"disk", "database"} & set(self.active) and not self.place.is_up():
            self.problems.append(f"the daemon did not start: {done!r}\n{self.home.log()[-1500:]}")

    def freeze(self, pids, what, chance, longest):
        pids = [pid for pid in pids if harness.is_alive(pid)]
        if not pids:
            return False
        for pid in pids:
            harness.end_process(pid, signal.SIGSTOP)
        seconds = chance.uniform(0.1, longest)
        self.story.tell(f"{what} {pids} stopped for {seconds:.1f} s")
        return seconds, lambda: [harness.end_process(pid, signal.SIGCONT) for pid in pids]


# -- the daemon -----------------------------------------------------------------------------------


@fault(10, "daemon")
def kill_daemon(torture, chance):
    pid = torture.home.pid
    if not torture.place.is_up():
        return False
    harness.end_process(pid)
    harness.wait_for(lambda: not harness.is_alive(pid), f"the end of daemon {pid}")
    torture.daemon_was_ended = True
    torture.story.tell(f"daemon {pid} killed")
    return chance.choice([0, 0, chance.uniform(0, 4)]), torture.start_daemon


@fault(3, "daemon")
def stop_daemon(torture, chance):
    torture.daemon_was_ended = True
    done = torture.home.ketrewd("stop")
    torture.story.tell(f"ketrewd stop: exit {done.code}")
    return chance.uniform(0, 2), torture.start_daemon


@fault(4, "daemon")
def freeze_daemon(torture, chance):
    return torture.place.is_up() and torture.freeze([torture.home.pid], "daemon", chance, 6)


@fault(2, "second daemon")
def second_daemon(torture, chance):
    """Beside one that serves, or that is stopped: it is refused."""
    pid = torture.home.pid
    if not torture.place.is_up():
        return False
    done = torture.place.start_daemon()
    torture.story.tell(f"a second daemon: exit {done.code}: {(done.text + done.error).strip()}")
    if torture.home.pid != pid:
        torture.problems.append(f"a second daemon took the place of {pid}: {done!r}")


@fault(4, "reload")
def reload(torture, chance):
    """With other options of the backends: each is replaced under its running jobs."""
    for plugin in torture.home.profile["plugins"]:
        if chance.random() < 0.5:
            seconds = chance.randrange(15, 40)
            key = "supervisor_idle_ms" if plugin["package"] == "daemonize" else "exit_grace"
            plugin.setdefault("options", {})[key] = seconds * 1000 if key.endswith("ms") else f"{seconds // 4}s"
    if "disk" in torture.active:
        return False  # the profile lies on it
    torture.home.write_profile()
    done = torture.home.ketrewd("reload", timeout=300) if "daemon" not in torture.active else None
    if done:
        torture.story.tell(f"ketrewd reload: exit {done.code}: {(done.text + done.error).strip()[:200]!r}")


# -- backends, the supervisor and its guardian ----------------------------------------------------


@fault(8, "hosts")
def kill_backend(torture, chance):
    pids = torture.place.backend_hosts()
    if not pids:
        return False
    for pid in chance.sample(pids, chance.choice([1, 1, len(pids)])):
        torture.story.tell(f"backend {torture.place.name_of(pid)} {pid} killed")
        harness.end_process(pid)


@fault(5, "hosts")
def freeze_backend(torture, chance):
    pids = torture.place.backend_hosts()
    return bool(pids) and torture.freeze([chance.choice(pids)], "backend", chance, chance.choice([3, 3, 40]))


def pair_of(torture):
    """(guardian, supervisor) where both are there; one that has an old part's place counts as new."""
    pair = torture.home.supervisors()
    known = torture.home.processes("ketrew-supervisor")
    return tuple(pair) if len(pair) == 2 and all(pid in known for pid in pair) else None


def children_of(parent):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            stat = harness.read_bytes(f"/proc/{entry}/stat")
            if stat and int(stat.rpartition(b")")[2].split()[1]) == parent:
                found.append(int(entry))
    return found


@fault(8, "supervisor")
def kill_supervisor(torture, chance):
    """Its guardian has its jobs then. Only where the last pair is complete again."""
    pair = pair_of(torture)
    if not pair or pair == torture.last_pair:
        return False
    torture.last_pair = pair
    torture.story.tell(f"supervisor {pair[1]} of guardian {pair[0]} killed")
    harness.end_process(pair[1])


@fault(6, "supervisor")
def kill_guardian(torture, chance):
    """Only one that has inherited no jobs: theirs would be two deaths."""
    pair = pair_of(torture)
    if not pair or pair == torture.last_pair or set(children_of(pair[0])) != {pair[1]}:
        return False
    torture.last_pair = pair
    torture.story.tell(f"guardian {pair[0]} of supervisor {pair[1]} killed")
    harness.end_process(pair[0])


@fault(4, "supervisor")
def freeze_supervisor(torture, chance):
    pair = pair_of(torture)
    return bool(pair) and torture.freeze([chance.choice(pair)], "supervisor or guardian", chance, 5)
