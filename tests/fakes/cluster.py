"""A batch system without a server: jobs in a database file, run in the background, and told by the
test how to misbehave. What is one flavour's own (names of commands, formats of answers) stands in a
module of its own: README.md.

A job is a row of `jobs`; its `state` is one of STATES. The test and the fake commands use the same
class. Everything of one cluster is in one folder:
  jobs.db        the jobs
  calls          a line for each command: VERB TAB COMMAND TAB its arguments as JSON
  control.json   what the test tells: for each verb and for all
  bin/           the commands, to be put on PATH
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

STATES = {"pending", "running", "suspended", "completed", "failed", "cancelled", "timeout",
          "node_fail", "out_of_memory", "preempted"}
OVER = STATES - {"pending", "running", "suspended"}
COLUMNS = ("id", "name", "token", "state", "reason", "script", "folder", "variables", "pid", "code",
           "signal", "restarts", "submitted", "started", "ended", "hidden", "details")


class Job(dict):
    __getattr__ = dict.__getitem__

    @property
    def over(self):
        return self["state"] in OVER


class Cluster:
    def __init__(self, folder):
        self.folder = folder
        self.open()
        self.database.execute("pragma journal_mode=wal")
        self.database.execute(
            "create table if not exists jobs (id integer primary key autoincrement, name, token,"
            " state, reason, script, folder, variables, pid, code, signal, restarts, submitted,"
            " started, ended, hidden, details)")
        self.database.execute("create index if not exists by_token on jobs (token)")

    def open(self):
        self.database = sqlite3.connect(os.path.join(self.folder, "jobs.db"), timeout=60,
                                        isolation_level=None)
        self.database.execute("pragma synchronous=off")

    # -- what the test says --------------------------------------------------------------------

    def control(self):
        try:
            with open(os.path.join(self.folder, "control.json"), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return {}

    def tell(self, verb, **what):
        """For `verb` (submit, find, queue, history, kill, other) or "all"; nothing: behave again.

        delay=SECONDS    answer so late
        hang=True        not answer until told otherwise
        down=True        answer as the real one does whose server is away
        banner=TEXT      printed before the answer
        garbage=TEXT     printed instead of the answer, exit code 0
        after="fail"     submit: take the job, then fail as if the answer were lost; "hang": never answer
        refuse="now"     submit: take nothing, for now; "ever"
        only=[ID...]     queue, history: know of these only
        hold=REASON      submit: the job waits with this reason until it is released
        pretend=STATE    submit: the job has this state and nothing is run
        forget=True      queue: jobs that have ended are not shown any more
        """
        control = self.control()
        control[verb] = what
        temporary = os.path.join(self.folder, "control.tmp")
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(control, file)
        os.rename(temporary, os.path.join(self.folder, "control.json"))

    def calls(self, verb=None):
        """[(verb, command, arguments)...] so far."""
        try:
            with open(os.path.join(self.folder, "calls"), encoding="utf-8") as file:
                all_calls = [line.rstrip("\n").split("\t") for line in file]
        except FileNotFoundError:
            return []
        return [(v, c, json.loads(a)) for v, c, a in all_calls if verb in (None, v)]

    def note_call(self, verb, command, arguments):
        line = "\t".join((verb, command, json.dumps(arguments))) + "\n"
        fd = os.open(os.path.join(self.folder, "calls"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(fd, line.encode())
        os.close(fd)

    # -- jobs ------------------------------------------------------------------------------------

    def jobs(self, ids=None, token=None):
        where, values = "hidden = 0", []
        if token is not None:
            where, values = "hidden = 0 and token = ?", [token]
        found = [Job(zip(COLUMNS, row)) for row in self.database.execute(
            f"select {', '.join(COLUMNS)} from jobs where {where} order by id", values)]
        if ids is not None:
            wanted = {int(i) for i in ids}
            found = [job for job in found if job.id in wanted]
        for job in found:
            job["variables"] = json.loads(job.variables)
            job["details"] = json.loads(job.details)
        return found

    def job(self, number):
        found = self.jobs(ids=[number])
        return found[0] if found else None

    def change(self, number, **columns):
        names = ", ".join(f"{name} = ?" for name in columns)
        self.database.execute(f"update jobs set {names} where id = ?", [*columns.values(), number])

    def submit(self, script, name="", token="", variables=None, **details):
        """The id. `variables` are those of the job beside the submitter's; `details` are kept for
        the flavour."""
        control = self.control().get("submit", {})
        state = control.get("pretend", "pending")
        reason = control.get("hold", "Priority")
        with open(script, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
        cursor = self.database.execute(
            "insert into jobs (name, token, state, reason, script, folder, variables, restarts,"
            " submitted, hidden, details) values (?, ?, ?, ?, ?, ?, ?, 0, ?, 0, ?)",
            [name, token, state, reason, text.encode("utf-8", "surrogateescape"), os.getcwd(),
             json.dumps(variables or {}), time.time(), json.dumps(details)])
        number = cursor.lastrowid
        if "hold" not in control and "pretend" not in control:
            self.start(number)
        return number

    def insert(self, jobs):
        """As they are, all at once; by COLUMNS."""
        self.database.execute("begin")
        self.database.executemany(
            f"insert into jobs ({', '.join(COLUMNS)}) values ({', '.join('?' * len(COLUMNS))})",
            [[job[column] for column in COLUMNS] for job in jobs])
        self.database.execute("commit")

    def multiply(self, state, count, id_of=str):
        """Of the only job, which the backend gave `state`, as many as that in all: as an `update` wants them.
        `id_of` is how the scheduler writes a number."""
        [model] = self.jobs()
        self.change(model.id, started=time.time())
        first, jobs, rows = model.token, [{"id": model.token, "state": state}], []
        for i in range(1, count):
            token, number = f"{i:026d}-1", model.id + i
            text = json.dumps(state).replace(first, token)
            text = text.replace(f'"id": "{id_of(model.id)}', f'"id": "{id_of(number)}')
            jobs.append({"id": token, "state": json.loads(text)})
            rows.append({**model, "id": number, "token": token, "started": time.time(),
                         "name": model.name.replace(first, token),
                         "details": json.dumps(model.details).replace(first, token),
                         "variables": json.dumps(model.variables)})
        self.insert(rows)
        return jobs

    def start(self, number):
        """In a process of its own, which outlives this one."""
        self.database.close()  # SQLite must not be taken through a fork
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            self.open()
            return
        try:
            os.setsid()
            if os.fork() == 0:
                for fd in range(3):
                    os.dup2(os.open(os.devnull, os.O_RDWR), fd)
                os.closerange(3, 1024)
                os.chdir("/")
                os.environ["KETREW_FAKE"] = self.folder
                Cluster(self.folder).run(number)
        finally:
            os._exit(0)

    release = start

    def send(self, job, number=signal.SIGTERM):
        if job.pid:
            try:
                os.killpg(job.pid, number)
            except ProcessLookupError:
                pass

    def end(self, number, state, word=signal.SIGTERM):
        """Ends it as `state`; what runs gets the signal and, if it stays, KILL a moment later."""
        job = self.job(number)
        if not job or job.over:
            return False
        self.change(number, state=state, ended=time.time())
        self.send(job, word)
        return True

    def requeue(self, number):
        """Under the same id."""
        job = self.job(number)
        self.change(number, state="pending", reason="BeginTime", restarts=job.restarts + 1, pid=None,
                    code=None, signal=None, started=None, ended=None)
        self.send(job, signal.SIGKILL)
        self.start(number)

    def hide(self, number):
        """The scheduler has forgotten it, whatever it does; show() brings it back."""
        self.change(number, hidden=1)

    def show(self, number):
        self.change(number, hidden=0)

    def run(self, number):
        """Runs a job to its end; in its own process."""
        job = self.job(number)
        generation = job.restarts
        path = os.path.join(self.folder, f"script-{number}-{generation}")
        with open(path, "wb") as file:
            file.write(job.script)
        os.chmod(path, 0o700)
        self.database.execute("begin immediate")
        now = self.job(number)
        if now.state != "pending" or now.restarts != generation:
            self.database.execute("commit")
            return
        process = subprocess.Popen(
            [path], cwd=job.folder if os.path.isdir(job.folder) else "/", start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, **{name: filled(text, number, generation)
                                  for name, text in job.variables.items()}})
        self.change(number, state="running", reason="None", pid=process.pid, started=time.time())
        self.database.execute("commit")
        while True:
            try:
                code = process.wait(timeout=0.5)
                break
            except subprocess.TimeoutExpired:
                now = self.job(number)
                if now and now.over and time.time() - now.ended > 2:
                    self.send(now, signal.SIGKILL)
        self.database.execute("begin immediate")
        row = self.database.execute("select state, restarts from jobs where id = ?",
                                    [number]).fetchone()
        if row[1] == generation:
            columns = {"code": max(code, 0), "signal": max(-code, 0)}
            if row[0] in ("running", "suspended"):
                columns.update(state="failed" if code else "completed", ended=time.time())
            self.change(number, **columns)
        self.database.execute("commit")
        os.unlink(path)


def filled(text, number, restarts):
    """A job's variable."""
    for word, value in (("{id}", str(number)), ("{id:04}", f"{number:04}"),
                        ("{restarts}", str(restarts)), ("{attempt:02}", f"{restarts + 1:02}")):
        text = text.replace(word, value)
    return text


def profile(flavour, folder):
    """The options of its backend beside `bin`. A flavour with a server starts it here; it ends with
    this process."""
    start = getattr(flavour, "profile", None)
    return start(folder) if start else flavour.PROFILE


def serve(flavour, folder, command, arguments):
    """Runs one fake command; the exit code. `flavour.COMMANDS` names each command's verb, or a
    function of its arguments that does; `flavour.main(cluster, verb, command, arguments)` answers
    with (out, err, code), `flavour.down(verb, command)` as the real one does without its server."""
    cluster = Cluster(folder)
    verb = flavour.COMMANDS[command]
    if callable(verb):
        verb = verb(arguments)
    cluster.note_call(verb, command, arguments)

    def told():
        # What a command says of itself it says without a server.
        control = cluster.control() if verb != "version" else {}
        return {**control.get("all", {}), **control.get(verb, {})}

    control = told()
    time.sleep(control.get("delay", 0))
    while control.get("hang"):
        time.sleep(0.1)
        control = told()
    if control.get("down"):
        out, err, code = flavour.down(verb, command)
    elif "garbage" in control:
        out, err, code = control["garbage"], "", 0
    elif verb == "submit" and "refuse" in control:
        out, err, code = flavour.refusal(control["refuse"])
    else:
        out, err, code = flavour.main(cluster, verb, command, arguments)
    if verb == "submit" and control.get("after") == "hang":
        time.sleep(100000)
    if verb == "submit" and control.get("after") == "fail":
        # What the real one says when it took the job and its answer was lost.
        out, err, code = getattr(flavour, "taken_and_failed", flavour.down)(verb, command)
    sys.stdout.write(control.get("banner", "") + out)
    sys.stderr.write(err)
    return code


def visible(cluster, verb, ids=None, token=None):
    """The jobs that a command of this verb may know of."""
    control = cluster.control()
    told = {**control.get("all", {}), **control.get(verb, {})}
    jobs = cluster.jobs(ids, token)
    if "only" in told:
        jobs = [job for job in jobs if job.id in told["only"]]
    if told.get("forget"):
        jobs = [job for job in jobs if not job.over]
    return jobs


def make_commands(flavour_path, folder):
    """bin/ with the flavour's commands; its path."""
    bin_folder = os.path.join(folder, "bin")
    os.makedirs(bin_folder, exist_ok=True)
    sys.path.insert(0, os.path.dirname(flavour_path))
    name = os.path.basename(flavour_path)[:-3]
    for command in __import__(name).COMMANDS:
        path = os.path.join(bin_folder, command)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\nKETREW_FAKE='{folder}'\nexport KETREW_FAKE\n"
                       f"exec '{sys.executable}' -BSE '{flavour_path}' '{command}' \"$@\"\n")
        os.chmod(path, 0o755)
    return bin_folder
