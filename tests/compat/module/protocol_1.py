#!/usr/bin/env python3
"""A backend for `exec:` as it was written against version 1 of the protocol. It writes down what it is
asked, into the file that its one argument names. Frozen: see README.md."""
import json
import sys

killed = set()


def start(params):
    return {"answer": "started", "state": {"token": params["token"],
                                           "runs": "sleep" in json.dumps(params["program"])}}


def observe(job):
    if job["id"] in killed:
        return {"id": job["id"], "observation": "ended", "signal": 15}
    if job["state"]["runs"]:
        return {"id": job["id"], "observation": "running", "phase": "running"}
    return {"id": job["id"], "observation": "ended", "exit_code": 0}


def kill(job):
    killed.add(job["id"])
    return {"id": job["id"], "answer": "sent"}


METHODS = {
    "initialize": lambda p: {"protocol": 1, "name": "protocol_1", "version": "1.0", "capabilities": {},
                             "options_schema": {"type": "object", "additionalProperties": False}},
    "start": start,
    "find": lambda p: {"answer": "cannot-tell", "why": "never looks"},
    "update": lambda p: {"jobs": [observe(job) for job in p["jobs"]]},
    "kill": lambda p: {"jobs": [kill(job) for job in p["jobs"]]},
    "queries": lambda p: {"queries": [{"name": "hello", "description": "says so"}]},
    "query": lambda p: {"text": {"base64": "aGVsbG8gb2YgcHJvdG9jb2wgMf8="}},
    "log": lambda p: {"values": [{"label": "a", "value": "b"}]},
    "check": lambda p: {"checks": []},
    "shutdown": lambda p: {},
}

with open(sys.argv[1], "a", encoding="utf-8") as diary:
    for line in sys.stdin:
        request = json.loads(line)
        diary.write(json.dumps({"method": request["method"], "params": request["params"]}) + "\n")
        diary.flush()
        answer = {"jsonrpc": "2.0", "id": request["id"]}
        if request["method"] in METHODS:
            answer["result"] = METHODS[request["method"]](request["params"])
        else:
            answer["error"] = {"code": -32601, "message": "no such method"}
        print(json.dumps(answer), flush=True)
        if request["method"] == "shutdown":
            break
