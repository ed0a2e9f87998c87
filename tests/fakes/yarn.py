"""YARN 3.3 as far as the backend talks with it: a ResourceManager's REST interface on loopback, in a
process that `profile` starts and that ends with its parent, and the commands: `hadoop jar` of the
distributed shell's client, and `yarn application`. yarn_command.py is the same without REST."""

import http.server
import json
import os
import pwd
import re
import subprocess
import sys
import threading
import time
import urllib.parse

import cluster as base

BACKEND = "yarn"
LACKS = {"suspend", "accounting"}
STAMP = 1795604329109  # when its ResourceManager was started: a part of all ids
LIVE = "NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING"
CLIENT = "org.apache.hadoop.yarn.applications.distributedshell.Client"
SERVERS = []  # of this process; they end with their standard input
OPTIONS = {"-jar", "-num_containers", "-appname", "-container_memory", "-container_vcores",
           "-timeout", "-queue", "-shell_script", "-priority", "-master_memory",
           "-application_tags"}


def yarn_verb(words):
    if "-status" in words:
        return "history"
    if "-list" in words:
        states = words[words.index("-appStates") + 1] if "-appStates" in words else LIVE
        return {"ALL": "find", LIVE: "queue"}.get(states, "history")
    return "kill" if "-kill" in words else "other"


COMMANDS = {"hadoop": "submit", "yarn": yarn_verb}


def user():
    return pwd.getpwuid(os.getuid()).pw_name


def id_of(number):
    return f"application_{STAMP}_{number:04}"


def app_id(job):
    return id_of(job.id)


def number(text):
    match = re.fullmatch(rf"application_{STAMP}_(\d+)", text)
    return int(match[1]) if match else 0


# -- a job in YARN's words -------------------------------------------------------------------------

def container_exit(code, words=""):
    return (f"Application Failure: desired = 1, completed = 1, allocated = 1, failed = 1, diagnostics = "
            f"[2026-11-25 11:12:39.176]{words or 'Exception from container-launch.'}\n"
            f"Container id: container_{STAMP}_0005_01_000002\nExit code: {code}\n")


def am_exit(code):
    return ("Application failed 2 times due to AM Container for appattempt_"
            f"{STAMP}_0005_000002 exited with  exitCode: {code}\nFailing this attempt.")


def words_of(job):
    """(state, final status, diagnostics)"""
    code = job.code or (128 + job.signal if job.signal else 0)
    held = f"Application is added to the scheduler and is not yet activated. {job.reason}"
    return {
        "pending": ("ACCEPTED", "UNDEFINED", held),
        "running": ("RUNNING", "UNDEFINED", ""),
        "completed": ("FINISHED", "SUCCEEDED", ""),
        "failed": ("FINISHED", "FAILED", container_exit(code or 1)),
        "cancelled": ("KILLED", "KILLED",
                      f"Application {app_id(job)} was killed by user {user()} at 127.0.0.1"),
        "timeout": ("KILLED", "KILLED", "Application is killed by ResourceManager as it has "
                                        "exceeded the lifetime period."),
        "node_fail": ("FAILED", "FAILED", am_exit(-100)),
        "out_of_memory": ("FINISHED", "FAILED", container_exit(
            -104, "Container [pid=1,containerID=c] is running 8454144B beyond the 'PHYSICAL' "
                  "memory limit. Killing container.")),
        "preempted": ("FAILED", "FAILED", am_exit(-102)),
    }[job.state]


def attempt(job):
    return job.restarts + 1 if job.started or job.over else job.restarts


def document(job):
    state, final, diagnostics = words_of(job)
    app = {
        "id": app_id(job), "user": user(), "name": job.name, "queue": "default", "state": state,
        "finalStatus": final, "progress": 0.0, "diagnostics": diagnostics,
        "clusterId": STAMP, "applicationType": "YARN",
        "applicationTags": job.details.get("tags", ""), "priority": 0,
        "startedTime": int(job.submitted * 1000), "finishedTime": int((job.ended or 0) * 1000),
        "elapsedTime": 1, "memorySeconds": 4, "vcoreSeconds": 1,
        "runningContainers": 2 if job.state == "running" else -1 if job.over else 0,
    }
    if attempt(job):
        app["amContainerLogs"] = (f"http://localhost:1/node/containerlogs/container_{STAMP}_"
                                  f"{job.id:04}_{attempt(job):02}_000001/{user()}")
        app["amHostHttpAddress"] = "localhost:1"
    return app


def chosen(cluster, verb, states, ids=None):
    wanted = set(states.split(","))
    return [job for job in base.visible(cluster, verb, ids)
            if "ALL" in wanted or words_of(job)[0] in wanted]


def known(cluster, number):
    """As a list: what the ResourceManager lists not among what runs, it does not know by its id."""
    jobs = base.visible(cluster, "history", [number])
    listed = [job.id for job in base.visible(cluster, "queue", [number])]
    return [job for job in jobs if job.over or job.id in listed]


# -- REST ------------------------------------------------------------------------------------------

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder = None

    def log_message(self, *_):
        pass

    def answer(self, code, value):
        body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json;charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def question(self, method):
        """(path, arguments, verb): of what counts as a question, else the verb is none."""
        url = urllib.parse.urlsplit(self.path)
        path = url.path.removeprefix("/ws/v1/cluster/")
        arguments = dict(urllib.parse.parse_qsl(url.query))
        if path in ("info", "metrics"):
            return path, arguments, None
        if method == "PUT":
            return path, arguments, "kill"
        if path == "apps":
            return path, arguments, "queue" if "states" in arguments else "find"
        return path, arguments, "history"

    def misbehaves(self, cluster, method, verb):
        """Whether that was the answer."""
        def told_now():
            control = cluster.control()
            return {**control.get("all", {}), **control.get(verb, {})}
        told = told_now()
        if verb:
            cluster.note_call(verb, method, [self.path])
            time.sleep(told.get("delay", 0))
        while told.get("hang"):
            time.sleep(0.1)
            told = told_now()
        if told.get("down"):
            if not verb:  # what was to follow is not known: a poll, most likely
                cluster.note_call("queue", method, [self.path])
            self.close_connection = True
        elif "garbage" in told:
            self.answer(200, told["garbage"])
        else:
            return False
        return True

    def serve(self, method):
        size = int(self.headers.get("Content-Length", 0))
        self.rfile.read(size)
        cluster = base.Cluster(self.folder)
        path, arguments, verb = self.question(method)
        if self.misbehaves(cluster, method, verb):
            return
        asleep = cluster.control().get("all", {}).get("initializing")
        if path == "info":
            self.answer(200, {"clusterInfo": {
                "id": STAMP, "startedOn": STAMP, "state": "STARTED",
                "haState": "INITIALIZING" if asleep else "ACTIVE",
                "rmStateStoreName": "org.apache.hadoop.yarn.server.resourcemanager.recovery."
                                    "FileSystemRMStateStore",
                "resourceManagerVersion": "3.3.5"}})
        elif path == "metrics":
            self.answer(200, {"clusterMetrics": {"appsSubmitted": 0, "activeNodes": 1}})
        elif path == "apps":
            jobs = [] if asleep else chosen(cluster, verb, arguments.get("states", "ALL"))
            if arguments.get("user", user()) != user():
                jobs = []
            apps = [document(job) for job in jobs]
            self.answer(200, {"apps": {"app": apps} if apps else {}})
        else:
            name = path.split("/")[1]
            jobs = known(cluster, number(name)) if not asleep else []
            if not jobs:
                self.answer(404, {"RemoteException": {
                    "exception": "NotFoundException",
                    "message": f"java.lang.Exception: app with id: {name} not found",
                    "javaClassName": "org.apache.hadoop.yarn.webapp.NotFoundException"}})
            elif method == "PUT":
                over = jobs[0].over
                cluster.end(jobs[0].id, "cancelled")
                self.answer(200 if over else 202,
                            {"state": words_of(jobs[0])[0] if over else "KILLING"})
            else:
                self.answer(200, {"app": document(jobs[0])})

    def do_GET(self):
        self.serve("GET")

    def do_PUT(self):
        self.serve("PUT")


def serve(folder):
    """Until standard input ends."""
    handler = type("HandlerOfFolder", (Handler,), {"folder": folder})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.buffer.read()
    os._exit(0)


def profile(folder):
    """The backend's options. A process of its own: who starts jobs must be free to fork."""
    process = subprocess.Popen([sys.executable, "-B", os.path.abspath(__file__), "--serve", folder],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    SERVERS.append(process)
    port = int(process.stdout.readline())
    process.stdout.close()
    return {"resource_manager": f"http://127.0.0.1:{port}",
            "distributed_shell_shell_jar": "/dev/null"}


# -- the commands ----------------------------------------------------------------------------------

LOG = "2026-11-25 11:13:05,606 "
BEGIN = (f"{LOG}INFO distributedshell.Client: Initializing Client\n"
         f"{LOG}INFO distributedshell.Client: Running Client\n")
AWAY = ("java.net.ConnectException: Call From vm/127.0.0.1 to localhost:8032 failed on connection "
        "exception: java.net.ConnectException: Connection refused; For more details see:  "
        "http://wiki.apache.org/hadoop/ConnectionRefused\n")
SUBMITTING = f"{LOG}INFO distributedshell.Client: Submitting application to ASM\n"


def down(verb, command):
    if command == "hadoop":
        return "", f"{BEGIN}{LOG}ERROR distributedshell.Client: Error running Client\n{AWAY}", 1
    return "", f'Exception in thread "main" {AWAY}', 1


def taken_and_failed(verb, command):
    return "", (f"{BEGIN}{SUBMITTING}{LOG}ERROR distributedshell.Client: Error running Client\n"
                "java.io.EOFException: End of File Exception between local host is: \"vm\"; "
                "destination host is: \"localhost\":8032; : java.io.EOFException\n"), 1


def refusal(when):
    if when == "now":
        return "", (f"{BEGIN}{LOG}ERROR distributedshell.Client: Error running Client\n"
                    "org.apache.hadoop.hdfs.server.namenode.SafeModeException: Cannot create file. "
                    "Name node is in safe mode.\n"), 1
    return "", (f"{BEGIN}{LOG}ERROR distributedshell.Client: Error running Client\n"
                "java.lang.IllegalArgumentException: Queue nosuch not present in scheduler "
                "configuration.\n"), 1


def hadoop(cluster, words):
    options = dict(zip(words[3::2], words[4::2]))
    for option in options:
        if option not in OPTIONS:
            return "", (f"{LOG}INFO distributedshell.Client: Initializing Client\n"
                        f"{LOG}ERROR distributedshell.Client: Error running Client\n"
                        "org.apache.commons.cli.UnrecognizedOptionException: "
                        f"Unrecognized option: {option}\n"), 1
    name = options["-appname"]
    job = cluster.submit(
        options["-shell_script"], name=name, token="-".join(name.rsplit("-", 2)[-2:]),
        variables={"CONTAINER_ID": f"container_{STAMP}_{{id:04}}_{{attempt:02}}_000002"},
        tags=options.get("-application_tags", ""), words=words)
    if cluster.control().get("submit", {}).get("after") == "hang":
        # Detached from whoever started it: it is to end some day all the same.
        while os.path.isdir(cluster.folder) and not cluster.job(job).over:
            time.sleep(0.1)
        sys.exit(1)
    return "", (f"{BEGIN}{SUBMITTING}{LOG}INFO impl.YarnClientImpl: Submitted application "
                f"application_{STAMP}_{job:04}\n"), 0


def listing(jobs, states):
    states = ", ".join(states.split(",")) if states != "ALL" else (
        "NEW, NEW_SAVING, SUBMITTED, ACCEPTED, RUNNING, FINISHED, FAILED, KILLED")
    lines = [f"Total number of applications (application-types: [], states: [{states}] and tags: []):"
             f"{len(jobs)}",
             "\t".join(title.rjust(20) for title in (
                 "Application-Id", "Application-Name", "Application-Type", "User", "Queue", "State",
                 "Final-State", "Progress", "Tracking-URL"))]
    for job in jobs:
        state, final, _ = words_of(job)
        lines.append("\t".join(field.rjust(20) for field in (
            app_id(job), job.name, "YARN", user(), "default", state, final, "0%", "N/A")))
    return "\n".join(lines) + "\n"


def report(job):
    state, final, diagnostics = words_of(job)
    return (f"Application Report : \n\tApplication-Id : {app_id(job)}\n\tApplication-Name : {job.name}\n"
            f"\tApplication-Type : YARN\n\tUser : {user()}\n\tQueue : default\n"
            f"\tApplication Priority : 0\n\tStart-Time : {int(job.submitted * 1000)}\n"
            f"\tFinish-Time : {int((job.ended or 0) * 1000)}\n\tProgress : 0%\n\tState : {state}\n"
            f"\tFinal-State : {final}\n\tTracking-URL : N/A\n\tRPC Port : -1\n\tAM Host : N/A\n"
            "\tAggregate Resource Allocation : 4 MB-seconds, 1 vcore-seconds\n"
            f"\tLog Aggregation Status : DISABLED\n\tDiagnostics : {diagnostics}\n"
            "\tUnmanaged Application : false\n\tTimeoutType : LIFETIME\tExpiryTime : UNLIMITED\t"
            "RemainingTime : -1seconds\n\n")


def main(cluster, verb, command, words):
    if command == "hadoop":
        return hadoop(cluster, words)
    if "-list" in words:
        states = words[words.index("-appStates") + 1] if "-appStates" in words else LIVE
        return listing(chosen(cluster, verb, states), states), "", 0
    if "-status" in words:
        name = words[words.index("-status") + 1]
        jobs = known(cluster, number(name))
        if not jobs:
            return f"Application with id '{name}' doesn't exist in RM or Timeline Server.\n", "", 255
        return report(jobs[0]), "", 0
    if "-kill" in words:
        out = ""
        for name in words[words.index("-kill") + 1:]:
            job = cluster.job(number(name))
            if not job:
                out += f"Application with id '{name}' doesn't exist in RM.\n"
            elif cluster.end(job.id, "cancelled"):
                out += f"Killing application {name}\n"
            else:
                out += f"Application {name} has already finished \n"
        return out, "", 0
    return "what YARN says of it\n", "", 0


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        serve(sys.argv[2])
    sys.exit(base.serve(sys.modules[__name__], os.environ["KETREW_FAKE"], sys.argv[1], sys.argv[2:]))
