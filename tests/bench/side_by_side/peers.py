"""What people use today for the same: each runs `count` x `true` and returns the seconds it took."""
import os
import shutil
import subprocess
import time

WIDTH = str(os.cpu_count() or 1)


def bare_loop(loop, count):
    """Seconds that it took, and CPU seconds of the loop and of its jobs."""
    done = subprocess.run([loop, str(count), "true"], check=True, capture_output=True)
    return tuple(float(word) for word in done.stdout.split())


def xargs(count):
    return _timed(["xargs", "-P", WIDTH, "-n", "1", "true"], _lines(count))


def gnu_parallel(count):
    """Ungrouped: else it makes and deletes two files a job, and an ext4 that has just deleted many
    files is slow to make new ones, which whoever is measured next would pay for."""
    return _timed(["parallel", "--will-cite", "--ungroup", "-j", WIDTH, "-n0", "true"], _lines(count))


def task_spooler(count, folder):
    """A queue of its own; each job is added by a client process, as its users do."""
    environment = dict(os.environ, TS_SOCKET=f"{folder}/tsp.sock", TS_SLOTS=WIDTH, TS_MAXFINISHED="10")
    script = f"i=0; while [ $i -lt {count} ]; do tsp -n true >/dev/null; i=$((i+1)); done; tsp -w"
    try:
        return _timed(["sh", "-c", script], b"", environment)
    finally:
        subprocess.run(["tsp", "-K"], env=environment, stderr=subprocess.DEVNULL)


def available(folder):
    """Name, the share of our count that it is given (the slow ones get fewer; rates are compared),
    and the function. The missing ones come as a list of names."""
    peers, missing = [], []
    for name, program, share, function in (
            ("xargs -P", "xargs", 0.5, xargs),
            ("GNU parallel", "parallel", 0.1, gnu_parallel),
            ("task-spooler", "tsp", 0.1, lambda n: task_spooler(n, folder))):
        if shutil.which(program):
            peers.append((name, share, function))
        else:
            missing.append(name)
    return peers, missing


def _lines(count):
    return "".join(f"{i}\n" for i in range(count)).encode()


def _timed(words, text, environment=None):
    begin = time.perf_counter()
    subprocess.run(words, input=text, env=environment, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin
