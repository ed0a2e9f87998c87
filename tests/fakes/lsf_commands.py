"""What the fake OpenLava and the fake IBM LSF have in common: bsub, bjobs, bhist, bkill, bpeek. The
words are those of tests/transcripts/lsf, whose long reports break at column 79; IBM's `bjobs -o` is
that of its manual."""

import re
import signal
import time

import cluster as base

NUMBER = re.compile(r"[0-9]+$")


def verb_of_bjobs(words):
    if "-V" in words:
        return "version"
    return "queue" if any(NUMBER.match(word) for word in words) else "find"


COMMANDS = {
    "bsub": lambda words: "version" if "-V" in words else "submit",
    "bjobs": verb_of_bjobs,
    "bhist": lambda words: "find" if "-w" in words else "history",
    "bkill": "kill", "bpeek": "other", "bparams": "other",
}
STATES = {"pending": "PEND", "running": "RUN", "suspended": "USUSP", "completed": "DONE"}
COLUMNS = "JOBID   USER    STAT  QUEUE      FROM_HOST   EXEC_HOST   JOB_NAME   SUBMIT_TIME\n"
SEPARATOR = "-" * 78 + "\n"
BHIST_COLUMNS = ("Summary of time in seconds spent in various states:\n"
                 "JOBID   USER    JOB_NAME  PEND    PSUSP   RUN     USUSP   SSUSP   UNKWN   TOTAL\n")
# As IBM's versions say why they ended a job.
TERMINATION = {
    "cancelled": "TERM_OWNER: job killed by owner",
    "timeout": "TERM_RUNLIMIT: job killed after reaching LSF run time limit",
    "out_of_memory": "TERM_MEMLIMIT: job killed after reaching LSF memory usage limit",
    "preempted": "TERM_PREEMPT: job killed after preemption",
    "node_fail": "TERM_REMOVE_HUNG_JOB: job removed from LSF",
}


def stamp(seconds):
    return time.strftime("%a %b %e %H:%M:%S", time.localtime(seconds))


def wrapped(text):
    """At most 79 in a line, the rest after 21 blanks, in the middle of a word."""
    lines, left = [], text
    while len(left) > 79:
        lines.append(left[:79])
        left = " " * 21 + left[79:].lstrip(" ")
    return "\n".join([*lines, left]) + "\n"


def stat(job):
    # A job whose shell was killed by a signal is DONE to LSF.
    if job.state == "failed" and job.signal and not job.code:
        return "DONE"
    return STATES.get(job.state, "EXIT")


def code(job):
    """128 and the signal, for what LSF ends; None: it tells none."""
    if not job.started:
        return None
    return job.code or {"timeout": 140}.get(job.state, 130)


def totals(job):
    ran = int((job.ended or time.time()) - job.started) if job.started else 0
    if job.state == "timeout":
        ran = max(ran, 60)
    return (f"\nSummary of time in seconds spent in various states by  {stamp(time.time())}\n"
            "  PEND     PSUSP    RUN      USUSP    SSUSP    UNKWN    TOTAL\n"
            f"  2        0        {ran:<9}0        0        0        {ran + 2:<12}\n\n")


class Flavour:
    PROFILE = {}
    COMMANDS = COMMANDS

    def __init__(self, ibm):
        self.ibm = ibm

    def version(self):
        if self.ibm:
            return "IBM Spectrum LSF Standard 10.1.0.14, Jul 12 2023\n"
        return "openlava project 2.2, Nov 22 2026\n"

    # -- what goes wrong -----------------------------------------------------------------------

    def down(self, verb, command):
        if command == "bsub":
            return "", "Connection refused by server. Job not submitted.\n", 255
        if command == "bhist":
            return "", "ls_getclustername(): LIM is down; try later\n", 255
        return "", "Connection refused by server\n", 255

    def taken_and_failed(self, verb, command):
        return "", "Timeout in contacting mbatchd. Job not submitted.\n", 255

    def refusal(self, when):
        if when == "now":
            return "", "normal: Queue has been closed. Job not submitted.\n", 255
        return "", "nosuch: No such queue. Job not submitted.\n", 255

    # -- reports -------------------------------------------------------------------------------

    def heading(self, job, status):
        said = f", Status <{stat(job)}>, Queue <normal>" if status else ""
        return "\n" + wrapped(f"Job <{job.id}>, Job Name <{job.name}>, User <me>, Project <default>"
                              f"{said}, Command <{job.details['command']}>")

    def ended(self, job, stop):
        """The event of its end; `stop`: how such a line ends in this report."""
        at = f"{stamp(job.ended)}: "
        used = f"The CPU time used is 0.1 seconds{stop}"
        if stat(job) == "DONE":
            return wrapped(f"{at}Done successfully. {used}")
        number = code(job)
        if number is None:
            return at + ("Exited" if stop == "." else "Exited;") + "\n"
        text = wrapped(f"{at}Exited with exit code {number}. {used}")
        if self.ibm and job.state in TERMINATION:
            text += wrapped(f"{at}Completed <exit>; {TERMINATION[job.state]}{stop}")
        return text

    def run_limit(self, job):
        if job.state == "timeout":
            return "\n RUNLIMIT                \n 1.0 min of vm           \n"
        return "\n RUNLIMIT                \n 10.0 min of vm          \n"

    def bjobs_long(self, job):
        text = self.heading(job, True)
        text += wrapped(f"{stamp(job.submitted)}: Submitted from host <vm>, CWD <$HOME>, Output "
                        f"File <{job.details['output']}>;")
        text += self.run_limit(job)
        if job.started:
            text += wrapped(f"{stamp(job.started)}: Started on <vm>, Execution Home </home/me>, "
                            "Execution CWD </home/me>;")
        if job.state == "pending":
            text += f" PENDING REASONS:\n {job.reason};\n"
        elif job.state == "running":
            text += (f"{stamp(job.started)}: Resource usage collected.\n" + " " * 21 +
                     "MEM: 4 Mbytes;  SWAP: 11 Mbytes\n" + " " * 21 + "PGID: 1;  PIDs: 1 \n\n")
        elif job.state == "suspended":
            text += " SUSPENDING REASONS:\n The job was suspended by user;\n"
        else:
            text += self.ended(job, ".")
        return text + ("\n SCHEDULING PARAMETERS:\n"
                       "           r15s   r1m  r15m   ut      pg    io   ls    it    tmp    swp    mem\n"
                       " loadSched   -     -     -     -       -     -    -     -     -      -      -  \n"
                       " loadStop    -     -     -     -       -     -    -     -     -      -      -  \n"
                       "\n")

    def bhist_long(self, job):
        text = self.heading(job, False)
        text += wrapped(f"{stamp(job.submitted)}: Submitted from host <vm>, to Queue <normal>, CWD "
                        "<$HOME>;")
        text += self.run_limit(job)
        if job.started:
            text += (f"{stamp(job.started)}: Dispatched to <vm>;\n"
                     f"{stamp(job.started)}: Starting (Pid 1);\n")
        if job.state == "cancelled":
            text += wrapped(f"{stamp(job.ended)}: Signal <KILL> requested by user or administrator "
                            "<me>;")
        if job.over:
            text += self.ended(job, ";")
        return text + totals(job)

    def fields(self, job):
        def at(seconds):
            return time.strftime("%b %e %H:%M", time.localtime(seconds)) if seconds else ""
        return {
            "jobid": job.id, "stat": stat(job), "job_name": job.name, "queue": "normal",
            "exec_host": "vm" if job.started else "", "start_time": at(job.started),
            "finish_time": at(job.ended) + " L" if job.over else "",
            "exit_code": code(job) if stat(job) == "EXIT" else None,
            "cpu_used": "0.1 second(s)" if job.started else "",
            "max_mem": "4 Mbytes" if job.started else "",
            "exit_reason": TERMINATION.get(job.state, ""),
            "pend_reason": job.reason + ";" if job.state == "pending" else "",
            "suspend_reason":
                "The job was suspended by user;" if job.state == "suspended" else "",
        }

    # -- the commands --------------------------------------------------------------------------

    def bsub(self, cluster, words):
        options, i = {}, 0
        while i < len(words) and words[i].startswith("-"):
            if words[i] in ("-H", "-x", "-r", "-N", "-B"):
                options[words[i]], i = True, i + 1
            else:
                options[words[i]], i = words[i + 1], i + 2
        command = " ".join(words[i:])
        script = re.search(r"exec \S+ (\S+)$", command)[1]
        name = options.get("-J", "")
        number = cluster.submit(script, name=name, token=name.split(".")[0],
                                variables={"LSB_JOBID": "{id}"}, command=command,
                                output=options.get("-o", ""))
        to = f"queue <{options['-q']}>" if "-q" in options else "default queue <normal>"
        return f"Job <{number}> is submitted to {to}.\n", "", 0

    def bjobs(self, cluster, verb, words):
        if verb == "find":
            jobs = base.visible(cluster, verb)
            if "-a" not in words:
                jobs = [job for job in jobs if not job.over]
            if not jobs:
                return "", "No job found\n" if "-a" in words else "No unfinished job found\n", 254
            return COLUMNS + "".join(
                f"{job.id:<7} me      {stat(job):<5} normal     vm          "
                f"{'vm' if job.started else '   -':<11} {job.name:<10} "
                f"{time.strftime('%b %e %H:%M', time.localtime(job.submitted))}\n"
                for job in jobs), "", 0
        if "-o" in words and not self.ibm:
            return "", "bjobs: illegal option -- o\nUsage: bjobs [-h] [-V] [-w |-l]\n", 255
        ids = [int(word) for word in words if NUMBER.match(word)]
        known = {job.id: job for job in base.visible(cluster, verb, ids)}
        found = [known[number] for number in ids if number in known]
        if "-o" in words:
            *names, last = words[words.index("-o") + 1].split()
            delimiter = re.fullmatch("delimiter='(.)'", last)[1]
            rows = [delimiter.join(name.upper() for name in names)] if found else []
            rows += [delimiter.join("-" if fields[name] in ("", None) else str(fields[name])
                                    for name in names) for fields in map(self.fields, found)]
            out = "".join(row + "\n" for row in rows)
        else:
            out = SEPARATOR.join(map(self.bjobs_long, found))
        err = "".join(f"Job <{number}> is not found\n" for number in ids if number not in known)
        return out, err, 255 if err else 0

    def bhist(self, cluster, verb, words):
        ids = [word for before, word in zip(["", *words], words)
               if NUMBER.match(word) and before != "-n"]
        jobs = base.visible(cluster, verb, ids or None)
        if not jobs:
            return "No matching job found\n", "", 255
        if "-w" in words:
            return (BHIST_COLUMNS + "".join(f"{job.id:<7} me      {job.name:<9} " + "0       " * 6 +
                                            "0         \n" for job in jobs) + "\n"), "", 0
        return SEPARATOR.join(map(self.bhist_long, jobs)), "", 0

    def bkill(self, cluster, words):
        out = err = ""
        for word in words:
            if cluster.end(int(word), "cancelled", signal.SIGINT):
                out += f"Job <{word}> is being terminated\n"
            elif cluster.job(int(word)):
                err += f"Job <{word}>: Job has already finished\n"
            else:
                err += f"Job <{word}>: No matching job found\n"
        return out, err, 255 if err else 0

    def main(self, cluster, verb, command, words):
        if "-V" in words:
            return "", self.version(), 0
        if command == "bsub":
            return self.bsub(cluster, words)
        if command == "bjobs":
            return self.bjobs(cluster, verb, words)
        if command == "bhist":
            return self.bhist(cluster, verb, words)
        if command == "bkill":
            return self.bkill(cluster, words)
        if command == "bparams":
            return "    CLEAN_PERIOD = 3600 (seconds)\n", "", 0
        return "", f"Job <{words[-1] if words else ''}> : Not yet started.\n", 255
