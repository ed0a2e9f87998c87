"""What the fake OpenPBS and the fake Torque have in common: qsub, qstat, qselect, qdel. The words are
those of tests/transcripts/pbs; Torque's those of its manual."""

import re
import time

import cluster as base

COMMANDS = {
    "qsub": lambda words: "version" if "--version" in words else "submit",
    "qstat": lambda words: ("version" if "--version" in words else "other" if "-B" in words
                            else "history" if "-x" in words else "queue"),
    "qselect": "find", "qdel": "kill"}
SERVER = "fake"


def ctime(seconds):
    return time.strftime("%a %b %e %H:%M:%S %Y", time.localtime(seconds))


def job_id(job):
    return f"{job.id}.{SERVER}"


def number_of(word):
    match = re.fullmatch(r"([0-9]+)(?:\..*)?", word)
    return int(match[1]) if match else 0


def exit_status(job, torque):
    """None: there is none."""
    if job.state == "completed":
        return 0
    if job.state == "cancelled":
        return 271 if job.started or torque else None
    of_state = {"timeout": (-29, -11), "out_of_memory": (-27, -10), "node_fail": (-20, -4),
                "preempted": (-11, -4)}
    if job.state in of_state:
        return of_state[job.state][torque]
    return 256 + job.signal if job.signal else job.code


class Flavour:
    PROFILE = {}
    COMMANDS = COMMANDS

    def __init__(self, torque):
        self.torque = torque

    def down(self, verb, command):
        words = f"cannot connect to server {SERVER} (errno=15010)\n"
        code = {"qstat": 255}.get(command, 162)
        if command == "qdel" and not self.torque:
            return "", f"Connection refused\nCouldn't connect to cluster: {SERVER}\n", code
        return "", f"Connection refused\n{command}: {words}", code

    def taken_and_failed(self, verb, command):
        words = "Protocol (ASN.1) error in batch request"  # its answer could not be read
        return "", f"qsub: submit error ({words})\n" if self.torque else f"qsub: {words}\n", 183

    def refusal(self, when):
        now, ever = (("qsub: submit error (Maximum number of jobs already in queue)\n",
                      "qsub: submit error (Unknown queue MSG=cannot locate queue)\n")
                     if self.torque else ("qsub: Queue is not enabled\n", "qsub: Unknown queue\n"))
        return ("", now, 173) if when == "now" else ("", ever, 170)

    def qsub(self, cluster, words):
        options, script, i = {}, None, 0
        while i < len(words):
            word = words[i]
            if word == "-f" and not self.torque:
                pass
            elif word.startswith("-"):
                options[word] = words[i + 1]
                i += 1
            else:
                script = word
            i += 1
        name = options.get("-N", "script")
        token = re.search(r"[0-9a-z]{26}-[0-9]+$", name)
        number = cluster.submit(script, name=name, token=token[0] if token else "",
                                variables={"PBS_JOBID": "{id}." + SERVER})
        return f"{number}.{SERVER}\n", "", 0

    def block(self, job):
        letter = {"pending": "Q", "running": "R", "suspended": "S"}.get(
            job.state, "C" if self.torque else "F")
        lines = [f"Job_Name = {job.name}", "Job_Owner = me@localhost", f"job_state = {letter}",
                 "queue = workq", f"ctime = {ctime(job.submitted)}", "Hold_Types = n",
                 f"mtime = {ctime(job.ended or job.started or job.submitted)}"]
        if job.started:
            lines += ["exec_host = n1/0", "resources_used.mem = 2048kb",
                      "resources_used.cput = 00:00:01", "resources_used.walltime = 00:00:01",
                      f"{'start_time' if self.torque else 'stime'} = {ctime(job.started)}",
                      f"{'start_count' if self.torque else 'run_count'} = {job.restarts + 1}"]
        if job.state == "pending":
            lines.append(f"comment = Not Running: {job.reason}")
        if job.over:
            status = exit_status(job, self.torque)
            substate = 91 if job.state == "cancelled" else 92 if status == 0 else 93
            lines.append(f"{'comp_time' if self.torque else 'obittime'} = {ctime(job.ended)}")
            if not self.torque:
                lines.append(f"substate = {substate}")
            if status is not None:
                lines.append(f"{'exit_status' if self.torque else 'Exit_status'} = {status}")
        return f"Job Id: {job_id(job)}\n" + "".join(f"    {line}\n" for line in lines) + "\n"

    def qstat(self, cluster, verb, words):
        asked = [word for word in words if not word.startswith("-")]
        known = {job.id: job for job in
                 base.visible(cluster, verb, [number_of(word) for word in asked])}
        out, err, code = "", "", 0
        for word in asked:
            job = known.get(number_of(word))
            if not job:
                middle = " Error" if self.torque else ""
                err += f"qstat: Unknown Job Id{middle} {word}\n"
                code = 153
            elif job.over and not self.torque and verb == "queue":
                err += (f"qstat: {word} Job has finished, use -x or -H to obtain historical job "
                        "information\n")
                code = 35
            else:
                out += self.block(job)
        return out, err, code

    def qselect(self, cluster, verb, words):
        name = words[words.index("-N") + 1] if "-N" in words else None  # else all of the user's
        jobs = base.visible(cluster, verb)
        return "".join(job_id(job) + "\n" for job in jobs if name in (None, job.name)
                       and ("-x" in words or self.torque or not job.over)), "", 0

    def qdel(self, cluster, words):
        err, code = "", 0
        for word in words:
            job = cluster.job(number_of(word))
            if job and cluster.end(job.id, "cancelled"):
                continue
            if not job:
                err, code = err + f"qdel: Unknown Job Id {word}\n", 153
            elif self.torque:
                err += ("qdel: Request invalid for state of job MSG=invalid state for job - "
                        f"COMPLETE {word}\n")
                code = 170
            else:
                err, code = err + f"qdel: Job has finished {word}\n", 35
        return "", err, code

    def main(self, cluster, verb, command, words):
        if "--version" in words:
            return (("", "Version: 6.1.3\nCommit: fake\n", 0) if self.torque
                    else ("pbs_version = 23.06.06\n", "", 0))
        if "-B" in words:
            kept = not cluster.control().get("history", {}).get("down")
            return (f"Server: {SERVER}\n    server_state = Active\n"
                    f"    job_history_enable = {kept}\n\n"), "", 0
        if command == "qsub":
            return self.qsub(cluster, words)
        if command == "qstat":
            return self.qstat(cluster, verb, words)
        if command == "qselect":
            return self.qselect(cluster, verb, words)
        return self.qdel(cluster, words)
