"""Seeds for the fuzzers from what is in the repository anyway: recordings of schedulers, profiles,
manifests, workflow files.

    seeds.py FOLDER      writes them, one folder a target
"""
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LONGEST = 4096  # bytes: the fuzzers' own limit

RECORDING = re.compile(r"^\$ (.*?)\n--- stdout[^\n]*\n(.*?)^--- stderr[^\n]*\n(.*?)^--- exit (\w+)",
                       re.MULTILINE | re.DOTALL)
QUESTIONS = [("submission", r"^(sbatch|bsub|qsub)"), ("kill", r"^(scancel|bkill|qdel)"),
             ("history", r"^(sacct|bhist|qacct|tracejob)|-x\b"), ("queue", "")]
TOKEN = "01kb5w1k2z8nqz2j4w6q0r7t3v-1"
HOST = "/pg"


def framed(scheduler, out, err, code):
    """As our own shell text around the command prints it."""
    if scheduler == "slurm":
        return f"{out}ketrew-end {code}\n"
    if scheduler in ("pbs", "torque"):
        dialect = "openpbs" if scheduler == "pbs" else "torque"
        return f"{out}\nketrew-err\n{err}\nketrew-end {code} {dialect} all\n"
    return out


def recordings(scheduler):
    for path in sorted(glob.glob(f"{ROOT}/tests/transcripts/{scheduler}/*.txt")):
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            for command, out, err, code in RECORDING.findall(file.read()):
                question = next(name for name, words in QUESTIONS if re.search(words, command))
                code = code if code.isdigit() else "124"
                text = framed(scheduler, out, err, code)
                for asked in [question] + (["find", "inventory"] if question == "queue" else []):
                    seed = "\0".join([asked, text, err, code])
                    yield ("r" if "json" in text or text.startswith("{") else "c") + seed \
                        if scheduler == "yarn" else seed


def files(*patterns):
    for pattern in patterns:
        for path in sorted(glob.glob(f"{ROOT}/{pattern}", recursive=True)):
            with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
                yield file.read()


def requests():
    job = f'{{"id":"{TOKEN}","state":{{"version":1,"state":{{}}}}}}'
    params = {
        "initialize": '{"protocol":1,"name":"x","options":{},"home":"/tmp"}',
        "start": f'{{"token":"{TOKEN}","program":{{"sh":"true"}},"options":{{}},"host":"{HOST}",'
                 f'"job":{{"id":"{TOKEN[:26]}","name":"n","attempt":1}}}}',
        "find": f'{{"token":"{TOKEN}","host":"{HOST}","options":{{}}}}',
        "update": f'{{"host":"{HOST}","jobs":[{job}]}}',
        "kill": f'{{"host":"{HOST}","jobs":[{job}]}}',
        "query": job[:-1].replace('"id"', '"id"') + f',"host":"{HOST}","name":"state","offset":-3}}',
        "log": job[:-1] + f',"host":"{HOST}"}}',
    }
    for number, (method, text) in enumerate(params.items()):
        yield f'{{"jsonrpc":"2.0","id":{number},"method":"{method}","params":{text}}}\n'


def responses():
    observations = ['"observation":"running","phase":"p"', '"observation":"ended","exit_code":3',
                    '"observation":"ended","signal":9,"class":"signal"', '"observation":"waiting","reason":"r"',
                    '"observation":"gone","evidence":{"command":"c","exit_code":1,"words":"w"}',
                    '"observation":"cannot-tell","reason":"r"']
    results = [f'{{"jobs":[{{"id":"{TOKEN}",{each},"state":[1]}}]}}' for each in observations]
    results += [f'{{"jobs":[{{"id":"{TOKEN}","answer":"sent"}}]}}',
                '{"answer":"started","state":{}}', '{"answer":"refused","when":"for-now","why":"w"}',
                '{"answer":"in-doubt","why":"w"}', '{"answer":"found","state":1}',
                '{"answer":"absent","evidence":{}}',
                '{"queries":[{"name":"n","description":"d"}]}', '{"text":{"base64":"/w=="},"size":1}',
                '{"values":[{"label":"l","value":"v"}]}',
                '{"checks":[{"name":"n","level":"ok","message":"m"}]}',
                '{"protocol":1,"name":"n","version":"1","capabilities":{"events":true,"batch":7},"options_schema":{}}']
    for each in results:
        yield f'{{"jsonrpc":"2.0","id":1,"result":{each}}}\n'
    yield f'{{"jsonrpc":"2.0","method":"changed","params":{{"ids":["{TOKEN}"]}}}}\n'
    yield '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"not JSON"}}\n'


def of_targets():
    seeds = {name: list(recordings(name)) for name in ("slurm", "lsf", "sge", "pbs", "torque", "yarn")}
    workflows = list(files("config/examples/**/*.yaml"))
    seeds |= {
        "profile": list(files("config/ketrew.yaml")),
        "manifest": list(files("backends/*/backend.yaml")),
        "workflow": workflows + [
            "nodes: {a: {sh: 'echo ${matrix.x}', matrix: {x: [1, 2]}}, b: {needs: a, run: [[echo, hi]]}}",
            '{"name":"w","params":{"p":1},"nodes":{"a":{"sh":"x \\"${params.p}\\" <<E\\n${params.p}\\nE"}}}'],
        "csv": list(files("config/examples/**/*.csv")) + ['a,b\r\n"x ""y"", z",2\r\n', "a\tb\n1\t2\n"],
        "filter": ["state = failed and (tag = night or name ~ al*n) and not class = exit",
                   "status = in-progress and age > 2h", "exit-code >= 3 or submitted < 2026-11-23",
                   "in-doubt", "name = \"a \\\" b\" and took != 1h30m"],
        "host_uri": ["/scratch/pg", "ssh://user@login1:22/scratch/pg?shell=bash,-l,-c&timeout=30&ssh-option=-K",
                     "ssh://[::1]/a%20b"],
        "http_server": ["GET /v1/jobs?limit=3&x=%20 HTTP/1.1\r\nHost: k\r\n\r\n",
                        "POST /v1/jobs HTTP/1.1\r\nHost: k\r\nContent-Length: 2\r\n\r\n{}GET / HTTP/1.1\r\nHost: k\r\n\r\n",
                        "POST /x HTTP/1.1\r\nHost: k\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
                        "GET /v1/events?stream=1 HTTP/1.1\r\nHost: k\r\nLast-Event-ID: 4\r\nAccept: a/b\r\n\r\n",
                        "HEAD /a?problem=1 HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\n\r\n"],
        "http_client": ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\nA: b\r\n\r\n",
                        "id: 1\nevent: transition\ndata: {}\ndata: x\n\n: comment\n\n",
                        '{"type":"about:blank","detail":"d","kind":"not-found","hint":"h"}'],
        "api_body": ['{"program":{"exec":["true"]},"name":"n","tags":["t"],"retries":{"exit":2},"options":{}}',
                     '{"jobs":[{"program":{"sh":"x"},"condition":{"exists":"/a"},"timeout":"1h"}]}',
                     '{"job":{"program":{"sh":"x"}},"each":["a",{"base64":"/w=="}]}',
                     '{"name":"w","nodes":[{"name":"a","job":{"program":{"sh":"x"}}},{"name":"b","job":{"program":{"sh":"y"}},"needs":[0],"on_failure":[]}]}'],
        "protocol_backend": list(requests()),
        "protocol_daemon": list(responses()),
        "records": ["exit code=3 started=2026-11-23T02:23:52.120Z ended=2026-11-23T02:24:52.120Z end\n",
                    "exit signal=9 max-rss-bytes=4096 cpu-ms=12 note=killed%20after end\n",
                    "claim by=script restart=0 pid=4711 start=123456 boot=5c2c-1 mark=77 end\n",
                    f"\nmark job {TOKEN}\n\nmark claim here\nclaim by=script restart=0 pid=1 start=2 boot=b end\n\nmark exit absent\n\n\nmark submitting never\n\nmark done\n",
                    f"boot 5c2c\njob {TOKEN}\nexit absent\nclaim here\nclaim by=script end\nalive yes\n",
                    f"job {TOKEN} launched 17\n", "here 3\nabc\nabsent\n",
                    "4711 (a) b) S 1 4711 4711 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 123456 0 0"],
    }
    return seeds


def write(folder):
    for target, texts in of_targets().items():
        place = os.path.join(folder, target)
        os.makedirs(place, exist_ok=True)
        for number, text in enumerate(texts):
            data = text.encode("utf-8", errors="surrogateescape")[:LONGEST]
            with open(os.path.join(place, f"seed-{number:04}"), "wb") as file:
                file.write(data)


if __name__ == "__main__":
    write(sys.argv[1])
