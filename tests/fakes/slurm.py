"""Slurm 22.05 as far as the backend talks with it: sbatch, squeue, sacct, scancel, scontrol."""

import os
import re
import sys
import time

import cluster as base

PROFILE = {}  # the backend's options beside `bin`
# `find` asks squeue what a poll of many jobs asks it: they are not told apart.
COMMANDS = {"sbatch": lambda words: "version" if words == ["--version"] else "submit",
            "squeue": "queue", "sacct": "history", "scancel": "kill", "scontrol": "other",
            "sinfo": "other"}
WORDS = {state: state.upper() for state in base.STATES}
REASONS = {"failed": "NonZeroExitCode", "timeout": "TimeLimit", "node_fail": "NodeDown"}


def down(verb, command):
    words = "Unable to contact slurm controller (connect failure)"
    return {
        "sbatch": ("", f"sbatch: error: Batch job submission failed: {words}\n", 1),
        "squeue": ("", f"slurm_load_jobs error: {words}\n", 1),
        "scontrol": ("Slurmctld(primary) at vm is DOWN\n", "", 1),
        "sacct": ("", "sacct: error: Problem talking to the database: Connection refused\n", 1),
        "scancel": ("", f"scancel: error: Kill job error on job id 1: {words}\n", 8),
    }.get(command, ("", words + "\n", 1))


def taken_and_failed(verb, command):
    words = "Socket timed out on send/recv operation"  # of a frozen slurmctld; the job runs later
    return "", f"sbatch: error: Batch job submission failed: {words}\n", 1


def refusal(when):
    if when == "now":
        return "", ("sbatch: error: QOSMaxSubmitJobPerUserLimit\nsbatch: error: Batch job submission "
                    "failed: Job violates accounting/QOS policy (job submit limit, user's size "
                    "and/or time limits)\n"), 1
    return "", ("sbatch: error: invalid partition specified: nosuch\nsbatch: error: Batch job "
                "submission failed: Invalid partition name specified\n"), 1


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(seconds)) if seconds else "N/A"


def status(job):
    """The raw wait status, as `squeue -O exit_code` has it."""
    if job.state in ("cancelled", "timeout", "node_fail", "preempted") and not job.code:
        return 15
    return (job.code or 0) * 256 + (job.signal or 0)


def sbatch(cluster, words):
    options, script = {}, None
    i = 0
    while i < len(words):
        word = words[i]
        if word.startswith("--"):
            name, _, value = word.partition("=")
            options[name] = value
        else:
            script = word
        i += 1
    if script:
        with open(script, encoding="utf-8", errors="replace") as file:
            for line in file:
                match = re.match(r"#SBATCH --([a-z-]+)(?:=(.*))?", line)
                if match:
                    options.setdefault("--" + match[1], (match[2] or "").strip().strip("'\""))
    comment = options.get("--comment", "")
    number = cluster.submit(
        script, name=options.get("--job-name", "script"), token=comment.removeprefix("ketrew:"),
        variables={"SLURM_JOB_ID": "{id}", "SLURM_RESTART_COUNT": "{restarts}"}, comment=comment,
        workdir=options.get("--chdir", os.getcwd()), requeue="--no-requeue" not in options)
    return f"{number}\n", "", 0


FIELDS = {
    "JobID": lambda job: job.id, "JobArrayID": lambda job: job.id,
    "State": lambda job: WORDS[job.state],
    "Reason": lambda job: job.reason if job.state == "pending" else REASONS.get(job.state, "None"),
    "exit_code": status, "RestartCnt": lambda job: job.restarts,
    "SubmitTime": lambda job: stamp(job.submitted), "StartTime": lambda job: stamp(job.started),
    "EndTime": lambda job: stamp(job.ended), "NodeList": lambda job: "n1" if job.started else "",
    "Comment": lambda job: job.details.get("comment") or "(null)",
    "Partition": lambda job: "debug", "Name": lambda job: job.name,
    "UserName": lambda job: "me", "WorkDir": lambda job: job.details.get("workdir", ""),
}
# Where the heading is not the field's name in capitals.
HEADINGS = {"RestartCnt": "RESTART_COUNT", "SubmitTime": "SUBMIT_TIME", "StartTime": "START_TIME",
            "EndTime": "END_TIME", "WorkDir": "WORK_DIR"}


def squeue(cluster, verb, words):
    ids, fields = None, []
    for word, after in zip(words, [*words[1:], ""]):
        if word == "-j":
            ids = after.split(",")
        elif word.startswith("--jobs="):
            ids = word[7:].split(",")
        elif word == "-O":
            fields = re.findall(r"([A-Za-z_]+):([^,]*)", after)
    jobs = base.visible(cluster, verb, ids)
    if not jobs and ids and len(ids) == 1:
        return "", "slurm_load_jobs error: Invalid job id specified\n", 1
    lines = ["".join(str(FIELDS[name](job)) + separator for name, separator in fields)
             for job in jobs]
    if "-h" not in words and "--noheader" not in words:
        heading = "".join(HEADINGS.get(name, name.upper()) + separator
                          for name, separator in fields)
        lines.insert(0, heading)
    return "".join(line + "\n" for line in lines), "", 0


def sacct(cluster, verb, words):
    if not os.path.exists(os.path.join(cluster.folder, "accounting")):
        return "", "Slurm accounting storage is disabled\n", 1
    ids = fields = None
    for word, after in zip(words, [*words[1:], ""]):
        if word == "-j":
            ids = after.split(",")
        elif word == "-o":
            fields = after.split(",")
    lines = []
    for job in base.visible(cluster, verb, ids):
        value = {
            "JobIDRaw": job.id, "JobID": job.id, "State": WORDS[job.state],
            "ExitCode": f"{job.code or 0}:{job.signal or 0}", "Start": stamp(job.started),
            "End": stamp(job.ended), "Submit": stamp(job.submitted), "NodeList": "n1",
            "Comment": job.details.get("comment", ""), "WorkDir": job.details.get("workdir", ""),
            "MaxRSS": "1024K", "TotalCPU": "00:01.500",
        }
        lines.append("|".join(str(value.get(field, "")) for field in fields) + "\n")
    if "-n" not in words:
        lines.insert(0, "|".join(fields) + "\n")
    return "".join(lines), "", 0


def scancel(cluster, words):
    err, last = "", 0
    for word in words:
        if not word.isdigit():
            continue
        if "-v" in words:
            err += f"scancel: Terminating job {word}\n"
        known = cluster.job(int(word))
        if known and cluster.end(int(word), "cancelled"):
            continue
        why = "Job/step already completing or completed" if known else "Invalid job id specified"
        if "-v" in words:
            err += f"scancel: error: Kill job error on job id {word}: {why}\n"
    return "", err, last


def main(cluster, verb, command, words):
    if words == ["--version"] or words == ["-V"]:
        return "slurm-wlm 22.05.8\n", "", 0
    if command == "sbatch":
        return sbatch(cluster, words)
    if command == "squeue":
        return squeue(cluster, verb, words)
    if command == "sacct":
        return sacct(cluster, verb, words)
    if command == "scancel":
        return scancel(cluster, words)
    if words[:1] == ["ping"]:
        return "Slurmctld(primary) at vm is UP\n", "", 0
    if words[:2] == ["show", "config"]:
        kind = "slurmdbd" if os.path.exists(os.path.join(cluster.folder, "accounting")) else "none"
        return (f"AccountingStorageType   = accounting_storage/{kind}\n"
                "JobCompType             = jobcomp/none\nMinJobAge               = 300 sec\n"), "", 0
    return "JobId=" + (words[-1] if words else "") + "\n", "", 0


if __name__ == "__main__":
    sys.exit(base.serve(sys.modules[__name__], os.environ["KETREW_FAKE"], sys.argv[1], sys.argv[2:]))
