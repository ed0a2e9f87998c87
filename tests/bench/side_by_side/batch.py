"""Row 3: a poll of many jobs of a batch system. The daemon, its backend `slurm`, and commands that
cost next to nothing, so that what is measured is ours."""
import contextlib
import json
import re
import sqlite3
import time

from . import flavours, history
from .figure import Figure

SBATCH = """#!/bin/sh
read -r number <{folder}/number
number=$((number + 1))
for word; do case $word in --comment=*) comment=${{word#--comment=}} ;; --chdir=*) place=${{word#--chdir=}} ;; esac; done
echo "$number|RUNNING|0|0|1795604052|1795607652|n1|debug|None|$place|$comment" >>{folder}/rows
echo $number >{folder}/number
echo $number
"""
SQUEUE = """#!/bin/sh
echo poll >>{folder}/polls
exec cat {folder}/heading {folder}/rows
"""
HEADING = ("JOBID|STATE|EXIT_CODE|RESTART_COUNT|START_TIME|END_TIME|NODELIST|PARTITION|REASON|WORK_DIR|"
           "COMMENT\n")


def spread(database, rows):
    """Copies of one job become jobs of their own: in the state of each, and among the rows of squeue."""
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        jobs = db.execute("SELECT p.key, j.id, p.backend_state FROM progress p JOIN jobs j ON j.key = p.key"
                          " ORDER BY p.key").fetchall()
        row, first = rows.read_text(), jobs[0][1]
        changed, lines = [], []
        for number, (key, identity, state) in enumerate(jobs, 1):
            state = state.decode() if isinstance(state, bytes) else state
            changed.append((re.sub(r'("id": ?)"1"', rf'\g<1>"{number}"', state.replace(first, identity)), key))
            lines.append(f"{number}|" + row.partition("|")[2].replace(first, identity))
        db.executemany("UPDATE progress SET backend_state = ? WHERE key = ?", changed)
        rows.write_text("".join(lines))


def poll(settings):
    home = settings.daemon(profile="")
    folder = home.home / "slurm"
    folder.mkdir()
    for name, text in (("sbatch", SBATCH), ("squeue", SQUEUE)):
        (folder / name).write_text(text.format(folder=folder))
        (folder / name).chmod(0o755)
    for name, text in (("number", "0\n"), ("heading", HEADING), ("rows", ""), ("polls", "")):
        (folder / name).write_text(text)
    (home.home / "ketrew.yaml").write_text(json.dumps({"profiles": {"default": {
        "plugins": [{"package": "slurm", "options": {"bin": str(folder)}}],
        "engine": {"poll_interval": "1s"}}}}))

    def polls():
        return (folder / "polls").read_text().count("\n")

    def after(more, limit):
        """Until so many more polls have begun; their number."""
        before, end = polls(), time.perf_counter() + limit
        while polls() < before + more:
            if time.perf_counter() > end:
                raise RuntimeError(f"row 3: no {more} polls within {limit} s")
            time.sleep(0.02)
        return polls()

    count = settings.polled
    cost = {"ketrewd": [], "host of slurm": []}
    with home as daemon:
        daemon.submit_lines(1, "-b", "slurm")
        daemon.wait_state("running", 1, settings.limit)
        after(3, settings.limit)  # it has been seen
    # Ten thousand submissions are minutes of mostly fork: the others are copies of this one.
    history.copy_job(home.home / "ketrew.db", "running", count - 1)
    spread(home.home / "ketrew.db", folder / "rows")
    with home as daemon:
        daemon.wait_state("running", count, settings.limit)
        after(3, settings.limit)
        commands = []
        for _ in range(settings.repeats):
            first, before, begin = after(1, settings.limit), daemon.cpu(), time.perf_counter()
            last = after(3, settings.limit)
            done = daemon.cpu()
            for part, samples in cost.items():
                samples.append((done[part] - before[part]) / (last - first) * 1000)
            commands.append((last - first) / (time.perf_counter() - begin))
    ours = [sum(parts) for parts in zip(*cost.values())]
    bound = 100 * count / 10000
    return [Figure(3, f"a poll of {count} jobs of slurm", "ms CPU", ours, ("<=", bound),
                   f"<= {bound:g} ms", f"{max(commands):.1f} squeue/s at most"),
            Figure(3, "  ketrewd", "ms CPU", cost["ketrewd"]),
            Figure(3, "  its backend process", "ms CPU", cost["host of slurm"]),
            *flavours.parsers(settings)]
