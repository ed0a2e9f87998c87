"""Each row of tests/FAILURE_MODES.md names tests that exist, and no row is missing: table.py TESTS"""
import os
import re
import sys

LAST = 38


def complaints(text, tests):
    """What is wrong with the table, one line each."""
    found, wrong = [], []
    for line in text.splitlines():
        row = re.match(r"\| F(\d+) \|", line)
        if not row:
            continue
        number = int(row.group(1))
        found.append(number)
        names = re.findall(r"`([^`:]+)::([^`]+)`", line)
        if not names:
            wrong.append(f"F{number}: no test")
        for path, name in names:
            try:
                with open(os.path.join(tests, path), encoding="utf-8") as file:
                    there = re.search(rf"\b{re.escape(name)}\b", file.read())
            except OSError:
                there = None
            if not there:
                wrong.append(f"F{number}: there is no {path}::{name}")
    for number in range(1, LAST + 1):
        if found.count(number) != 1:
            wrong.append(f"F{number}: {found.count(number)} rows")
    return wrong


def main():
    with open(os.path.join(sys.argv[1], "FAILURE_MODES.md"), encoding="utf-8") as file:
        wrong = complaints(file.read(), sys.argv[1])
    for line in wrong:
        print("tests/FAILURE_MODES.md:", line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
