"""What /proc says about a process: CPU seconds, wake-ups, memory."""
import os

TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of all its threads, without its children's."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def wake_ups(pid):
    """Voluntary context switches of all its threads since it started."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        total += _status_field(f"/proc/{pid}/task/{task}/status", "voluntary_ctxt_switches")
    return total


def resident_mib(pid):
    return _status_field(f"/proc/{pid}/status", "VmRSS") / 1024


def with_argument(text):
    """Processes that have an argument which begins with `text`."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if any(word.startswith(text.encode()) for word in words):
            found.append(int(name))
    return sorted(found)


def _status_field(path, key):
    with open(path) as file:
        for line in file:
            name, _, value = line.partition(":")
            if name == key:
                return int(value.split()[0])
    raise RuntimeError(f"{path} has no {key}")
