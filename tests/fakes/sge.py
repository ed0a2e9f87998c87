"""Grid Engine 8.1.9 as far as the backend talks with it: qsub, qstat, qacct, qdel. Its words are
those of tests/transcripts/sge."""

import os
import re
import signal
import sys
import time
from xml.sax.saxutils import escape

import cluster as base

PROFILE = {}  # the backend's options beside `bin`
NUMBER = re.compile(r"[0-9]+$")


def verb_of_qstat(words):
    # The same question for both: `find` asks it with the words in another order.
    if "-xml" not in words:
        return "version" if "-help" in words else "other"
    return "queue" if words[0] == "-xml" else "find"


COMMANDS = {
    "qsub": "submit", "qstat": verb_of_qstat, "qacct": "history", "qdel": "kill", "qconf": "other",
}
STATES = {"running": "r", "suspended": "s"}


HELD = "on hold"  # how the backend says that a job is held
NO_PLACE = "All queues dropped"


def stat(job):
    if job.state == "pending":
        if job.reason not in ("Priority", "BeginTime"):
            return "hqw"
        return "Rq" if job.restarts else "qw"
    return ("R" if job.restarts else "") + STATES[job.state]


def down(verb, command):
    words = 'unable to send message to qmaster using port 16444 on host "localhost": got send error\n'
    refused = "error: commlib error: got select error (Connection refused)\n"
    if command == "qsub":
        return "", refused + "Unable to run job: " + words + "Exiting.\n", 1
    if command == "qdel":
        return words, refused, 1
    if command == "qacct":
        return "", "error: can't open accounting file: No such file or directory\n", 1
    return "", refused + "error: " + words, 1


def taken_and_failed(verb, command):
    return "", ("Unable to run job: failed receiving gdi request response for mid=1 (got syncron "
                "message receive timeout error).\nExiting.\n"), 1


def refusal(when):
    if when == "now":
        return "", ("Unable to run job: job rejected: only 2 jobs are allowed per user (current job "
                    "count: 2)\nExiting.\n"), 1
    return "", ('Unable to run job: Job was rejected because job requests unknown queue "nosuch.q"\n'
                "Exiting.\n"), 1


def qsub(cluster, words):
    options, i = {}, 0
    while i < len(words) and words[i].startswith("-"):
        if words[i] in ("-terse", "-h", "-V"):
            options[words[i]], i = True, i + 1
        elif words[i] == "-pe":
            options[words[i]], i = words[i + 1:i + 3], i + 3
        else:
            options[words[i]], i = words[i + 1], i + 2
    name = options.get("-N", "script")
    number = cluster.submit(words[i], name=name, token=name.rpartition(".")[2],
                            variables={"JOB_ID": "{id}", "RESTARTED": "0"})
    return f"{number}\n", "", 0


def qstat_xml(cluster, verb):
    lists = {"running": [], "pending": []}
    for job in base.visible(cluster, verb):
        if job.over:
            continue  # Grid Engine forgets at once
        kind = "pending" if job.state == "pending" else "running"
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(job.started or job.submitted))
        tag = "JAT_start_time" if job.started else "JB_submission_time"
        lists[kind].append(
            f'    <job_list state="{kind}">\n      <JB_job_number>{job.id}</JB_job_number>\n'
            f"      <JAT_prio>0.25000</JAT_prio>\n      <JB_name>{escape(job.name)}</JB_name>\n"
            f"      <JB_owner>me</JB_owner>\n      <state>{stat(job)}</state>\n"
            f"      <{tag}>{at}</{tag}>\n"
            f"      <queue_name>{'all.q@localhost' if job.started else ''}</queue_name>\n"
            "      <slots>1</slots>\n    </job_list>\n")
    return ("<?xml version='1.0'?>\n<job_info  xmlns:xsd=\"http://example.org/qstat.xsd\">\n"
            f"  <queue_info>\n{''.join(lists['running'])}  </queue_info>\n"
            f"  <job_info>\n{''.join(lists['pending'])}  </job_info>\n</job_info>\n")


def failed(job):
    """(failed, exit_status)"""
    if job.state in ("timeout", "out_of_memory"):
        return "37  : qmaster enforced h_rt, h_cpu, or h_vmem limit", 137
    if job.state == "cancelled":
        return "100 : assumedly after job", 137
    if job.state == "node_fail":
        return "21  : in recognizing job", 0
    if job.signal:
        return "100 : assumedly after job", 128 + job.signal
    return "0    ", job.code or (1 if job.state == "failed" else 0)


def record(job):
    def at(seconds):
        return time.strftime("%a %b %e %H:%M:%S %Y", time.localtime(seconds)) if seconds else "-/-"
    why, status = failed(job)
    fields = [("qname", "all.q"), ("hostname", "localhost"), ("group", "me"), ("owner", "me"),
              ("jobname", job.name), ("jobnumber", job.id), ("taskid", "undefined"),
              ("qsub_time", at(job.submitted)), ("start_time", at(job.started)),
              ("end_time", at(job.ended)), ("slots", 1), ("failed", why), ("exit_status", status),
              ("ru_wallclock", "1s"), ("cpu", "0.007s"), ("maxvmem", "3.430MB"),
              ("category", {"timeout": "-l h_rt=5", "out_of_memory": "-l h_vmem=1G"}.get(
                  job.state, "NONE"))]
    return "=" * 62 + "\n" + "".join(f"{name:<12} {value}\n" for name, value in fields)


def qacct(cluster, verb, words):
    # Who was deleted while it was pending has no record.
    jobs = [job for job in base.visible(cluster, verb) if job.over and job.started]
    asked = words[words.index("-j") + 1:] if "-j" in words else []
    if asked:
        jobs = [job for job in jobs if str(job.id) == asked[0]]
        if not jobs:
            return "", f"error: job id {asked[0]} not found\n", 1
        return "".join(record(job) for job in jobs), "", 0
    heading = "OWNER     WALLCLOCK         UTIME         STIME           CPU\n"
    return "".join(record(job) for job in jobs) + heading + "=" * 62 + "\n", "", 0


def details(cluster, numbers):
    """qstat -j"""
    jobs = [job for job in cluster.jobs(ids=numbers) if not job.over]
    if not jobs:
        return "", f"Following jobs do not exist: \n{','.join(numbers)}\n", 1
    blank = " " * 28
    return "".join(
        "=" * 62 + f"\njob_number:                 {job.id}\njob_name:                   {job.name}\n"
        f"script_file:                script\n"
        f'scheduling info:            queue instance "all.q@localhost" dropped because it is disabled\n'
        f"{blank}All queues dropped because of overload or full\n" for job in jobs), "", 0


def qdel(cluster, words):
    out, code = "", 0
    for word in re.split("[ ,]", " ".join(words)):
        job = cluster.job(int(word)) if NUMBER.match(word) else None
        if job and job.state == "pending" and cluster.end(int(word), "cancelled", signal.SIGKILL):
            out += f"me has deleted job {word}\n"
        elif cluster.end(int(word), "cancelled", signal.SIGKILL):
            out += f"me has registered the job {word} for deletion\n"
        else:
            out, code = out + f'denied: job "{word}" does not exist\n', 1
    return out, "", code


def main(cluster, verb, command, words):
    if "-help" in words:
        return f"SGE 8.1.9\nusage: {command} [options]\n", "", 0
    if command == "qsub":
        return qsub(cluster, words)
    if command == "qstat" and verb != "other":
        return qstat_xml(cluster, verb), "", 0
    if command == "qacct":
        return qacct(cluster, verb, words)
    if command == "qdel":
        return qdel(cluster, words)
    if command == "qconf":
        return "smp\n", "", 0
    if command == "qstat" and "-j" in words:
        return details(cluster, words[words.index("-j") + 1].split(","))
    return "", f"Following jobs do not exist: \n{words[-1] if words else ''}\n", 1


if __name__ == "__main__":
    sys.exit(base.serve(sys.modules[__name__], os.environ["KETREW_FAKE"], sys.argv[1], sys.argv[2:]))
