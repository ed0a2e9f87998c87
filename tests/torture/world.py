"""What is done to the world around: disk, database, clock, ssh, schedulers."""

import errno
import os
import signal
import sqlite3

import harness
from faults import fault


def has_fake(place):
    return bool(place.fakes)


# -- disk, database, clock ------------------------------------------------------------------------


@fault(3, "disk", lambda place: place.small_disk)
def full_disk(torture, chance):
    path = torture.home.file("ballast")
    free = os.statvfs(torture.home.path)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        # A part of it at once; then page by page, until nothing more is taken.
        os.posix_fallocate(fd, 0, max(4096, (free.f_bavail - 64) * free.f_frsize))
        os.lseek(fd, 0, os.SEEK_END)
        while True:
            os.write(fd, bytes(4096))
    except OSError as problem:
        if problem.errno != errno.ENOSPC:
            raise
    finally:
        os.close(fd)
    seconds = chance.uniform(0.5, 6)
    torture.story.tell(f"the disk is full for {seconds:.1f} s")
    torture.full.append([torture.story.now(), None])

    def empty():
        os.unlink(path)
        torture.full[-1][1] = torture.story.now()
    return seconds, empty


@fault(4, "database")
def lock_database(torture, chance):
    """As somebody does who looks at it with sqlite3, and forgets to finish."""
    path = torture.home.file("ketrew.db")
    if "disk" in torture.active or not os.path.exists(path):
        return False
    database = sqlite3.connect(path, timeout=0.2, isolation_level=None)
    try:
        database.execute(chance.choice(["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"]))
    except sqlite3.OperationalError:
        database.close()
        return False  # the daemon is writing
    seconds = chance.uniform(0.2, 12)
    torture.story.tell(f"the database is locked for {seconds:.1f} s")

    def release():
        database.execute("ROLLBACK")
        database.close()
    return seconds, release


@fault(4, "clock", lambda place: place.clock)
def jump_clock(torture, chance):
    seconds = chance.choice([0, 3600, -3600, 86400, -86400, 2 * 86400, -400 * 86400, 30, -30])
    torture.place.clock.shift(seconds)
    torture.story.tell(f"the clock is {seconds:+} s off")


# -- ssh ------------------------------------------------------------------------------------------


@fault(3, "ssh", lambda place: place.sshd)
def break_ssh(torture, chance):
    torture.place.sshd.break_connections()
    torture.story.tell("ssh connections broken")


@fault(3, "ssh", lambda place: place.sshd)
def no_sshd(torture, chance):
    torture.place.sshd.stop()
    seconds = chance.uniform(0.5, 15)
    torture.story.tell(f"sshd ended for {seconds:.1f} s")
    return seconds, torture.place.sshd.start


@fault(2, "ssh", lambda place: place.sshd)
def frozen_sshd(torture, chance):
    frozen = torture.place.sshd.freeze()
    seconds = chance.uniform(0.5, 15)
    torture.story.tell(f"sshd stopped for {seconds:.1f} s")
    return seconds, lambda: torture.place.sshd.thaw(frozen)


# -- schedulers that pretend ------------------------------------------------------------------------


@fault(8, "fake", has_fake)
def lie(torture, chance):
    """One kind of question is answered as by a scheduler in trouble."""
    name = chance.choice(list(torture.place.fakes))
    verb = chance.choice(["submit", "submit", "find", "queue", "queue", "history", "kill", "all"])
    lies = [{"down": True}, {"hang": True}, {"delay": 2}, {"garbage": "\x1b[1m*** maintenance ***\n"},
            {"banner": "Welcome to the cluster.\n"}]
    if verb == "submit":
        lies += [{"after": "fail"}, {"after": "fail"}, {"after": "hang"}, {"refuse": "now"}]
    if verb == "queue":
        lies += [{"forget": True}, {"only": []}]
    told = chance.choice(lies)
    fake = torture.place.fakes[name]
    fake.tell(verb, **told)
    seconds = chance.uniform(0.5, 12)
    torture.story.tell(f"{name}: {verb} {told} for {seconds:.1f} s")
    return seconds, lambda: fake.tell(verb)


@fault(4, "requeue", lambda place: "fake-slurm" in place.fakes)
def requeue(torture, chance):
    """Under the same id, with another restart count; only a job that runs."""
    fake = torture.place.fakes["fake-slurm"]
    running = [job for job in fake.jobs() if job.state == "running"]
    if not running:
        return False
    job = chance.choice(running)
    fake.requeue(job.id)
    torture.story.tell(f"fake-slurm: job {job.id} {job.token} requeued")


@fault(4, "hidden", has_fake)
def forgotten_job(torture, chance):
    """Out of sight for less than `lost_after`, and each only once."""
    name = chance.choice(list(torture.place.fakes))
    fake = torture.place.fakes[name]
    there = [job for job in fake.jobs() if (name, job.id) not in torture.hidden and not job.over]
    if not there:
        return False
    job = chance.choice(there)
    torture.hidden.add((name, job.id))
    fake.hide(job.id)
    seconds = chance.uniform(0.5, 8)
    torture.story.tell(f"{name}: job {job.id} {job.token} out of sight for {seconds:.1f} s")
    return seconds, lambda: fake.show(job.id)


# -- a real scheduler -------------------------------------------------------------------------------


@fault(3, "slurm", lambda place: place.slurm)
def frozen_slurm(torture, chance):
    slurm = torture.place.slurm
    name = chance.choice(["slurmctld", "slurmctld", "munged"])
    slurm.send(name, signal.SIGSTOP)
    seconds = chance.uniform(0.5, 12)
    torture.story.tell(f"{name} stopped for {seconds:.1f} s")
    return seconds, lambda: slurm.send(name, signal.SIGCONT)


@fault(2, "slurm", lambda place: place.slurm)
def killed_slurm(torture, chance):
    slurm = torture.place.slurm
    slurm.end("slurmctld", signal.SIGKILL)
    seconds = chance.uniform(0.5, 10)
    torture.story.tell(f"slurmctld killed for {seconds:.1f} s")
    return seconds, slurm.start_controller


@fault(2, "requeue", lambda place: place.slurm)
def requeue_slurm(torture, chance):
    if "slurm" in torture.active:
        return False
    numbers = torture.place.slurm.run("squeue", "-h", "-t", "R", "-o", "%i").stdout.split()
    if not numbers:
        return False
    number = chance.choice(numbers)
    done = torture.place.slurm.run("scontrol", "requeue", number)
    torture.story.tell(f"slurm: job {number} requeued: {done.stderr.strip() or 'done'}")
