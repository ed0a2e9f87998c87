#!/usr/bin/env python3
"""Which room includes which: the table of the design, held against every #include of the tree.

    arrows.py ROOT      prints each include that the tables do not allow, one a line; exit 1 if any
"""
import os
import re
import sys

CORE = ["base", "model", "yaml", "engine", "store", "profile", "workflow", "host", "protocol", "api"]

# What each room may include, besides itself. `tests` may include anything.
ROOMS = {
    "core/base": [],
    "core/model": ["core/base"],
    "core/engine": ["core/base", "core/model"],
    "core/store": ["core/base", "core/model"],
    "core/yaml": ["core/base"],
    "core/profile": ["core/base", "core/model", "core/yaml"],
    "core/workflow": ["core/base", "core/model", "core/yaml"],
    "core/host": ["core/base", "core/model"],
    "core/protocol": ["core/base", "core/model"],
    "core/api": ["core/base", "core/model"],
    "backends/sdk": ["core/base", "core/model", "core/host", "core/protocol"],
    "app/ketrew-backend-host": ["backends/sdk/ketrew/backend.h", "core/protocol", "core/base"],
    "app/ketrew-condition-worker": ["core/base", "core/model", "core/host", "core/protocol"],
    "app/ketrewd": ["core/" + room for room in CORE],
    "app/ketrew": ["core/base", "core/model", "core/profile", "core/workflow", "core/api"],
    "config": ["backends/sdk/ketrew/workflow.hpp"],  # an example: all that its reader has
}
# Any other folder below backends/: the SDK, and what comes with it in the installed package.
BACKEND = ["backends/sdk", "core/base", "core/model", "core/host"]

# Where a library may be included; one that is not here is a new dependency.
LIBRARIES = {
    "sqlite3.h": ["core/store"],
    "yaml-cpp/": ["core/yaml"],
    "CLI/": ["app/ketrew", "app/ketrewd"],
    "boost/": ["app/ketrew", "app/ketrewd", "core/api"],
    "spdlog/": ["app/ketrewd", "app/ketrew-backend-host"],
    "valijson/": ["app/ketrewd", "core/profile"],
    "nlohmann/": ["core/base"],
    "tl/": ["core/base"],
}
SYSTEM = ("sys/", "linux/", "net/", "netinet/", "arpa/")

# Rooms of pure functions: no files, threads, processes or clocks of their own.
PURE = ["core/engine", "core/model"]
IMPURE = re.compile(
    r"^(thread|mutex|shared_mutex|condition_variable|future|atomic|semaphore|fstream|iostream|filesystem"
    r"|unistd\.h|fcntl\.h|signal\.h|csignal|pthread\.h|time\.h|ctime|sys/.*)$")

INCLUDE = re.compile(r'^\s*#\s*include\s*(<([^>]+)>|"([^"]+)")')
SOURCE = re.compile(r"\.(h|hpp|c|cc|cpp|hxx|ipp)$")
TOP = ("app", "backends", "core", "tests", "config", "packaging")


def room_of(path):
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] in ("core", "backends", "app") else parts[0]


def allowed_of(room):
    if room in ROOMS:
        return ROOMS[room]
    return BACKEND if room.startswith("backends/") else None


def reaches(target, allowed):
    return any(target == each or target.startswith(each + "/") for each in allowed)


def judge_own(path, target, root):
    """An include of a file of ours: None, or what is wrong."""
    room = room_of(path)
    if not os.path.exists(os.path.join(root, target)):
        return "no such file from the root (includes are written from the root)"
    if room_of(target) == room:
        return None
    allowed = allowed_of(room)
    if allowed is None:
        return f"{room} is not in the table of rooms"
    return None if reaches(target, allowed) else f"{room} may not include {room_of(target)}"


def judge_library(path, header):
    room = room_of(path)
    if room in PURE and IMPURE.match(header):
        return f"{room} is pure: no <{header}>"
    for prefix, rooms in LIBRARIES.items():
        if header == prefix or header.startswith(prefix):
            return None if room in rooms else f"only {', '.join(rooms)} may include {prefix}"
    if "/" in header and not header.startswith(SYSTEM):
        return "a library that is not in the table of libraries"
    return None


def judge(path, line, root):
    match = INCLUDE.match(line)
    if not match or path.startswith("tests/"):
        return None
    if match[3]:
        return judge_own(path, match[3], root)
    # The SDK's headers as an outside author writes them.
    if match[2].startswith("ketrew/"):
        return judge_own(path, "backends/sdk/" + match[2], root)
    return judge_library(path, match[2])


def sources(root):
    for top in TOP:
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders[:] = sorted(f for f in folders if f not in ("build", "__pycache__"))
            for name in sorted(names):
                if SOURCE.search(name):
                    yield os.path.relpath(os.path.join(folder, name), root)


def check(root):
    problems, files = [], 0
    for path in sources(root):
        files += 1
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                problem = judge(path, line, root)
                if problem:
                    problems.append(f"{path}:{number}: {line.strip()}: {problem}")
    return files, problems


def main():
    files, problems = check(sys.argv[1])
    for problem in problems:
        print(problem)
    print(f"{files} files, {len(problems)} arrows that should not be")
    return 1 if problems or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
