"""What was done, and when: told as it happens, and again around what went wrong."""

import threading
import time


class Story:
    def __init__(self, path, quiet):
        self.file = open(path, "w", encoding="utf-8", buffering=1)
        self.quiet = quiet
        self.begun = time.monotonic()
        self.lines = []  # (seconds since the beginning, text)
        self.lock = threading.Lock()

    def now(self):
        return time.monotonic() - self.begun

    def tell(self, text, loud=False):
        with self.lock:
            at = self.now()
            self.lines.append((at, text))
            line = f"{at:8.2f}  {text}"
            self.file.write(line + "\n")
            if loud or not self.quiet:
                print(line, flush=True)

    def around(self, begin, end, before=3, after=1):
        """The lines from a bit before `begin` to a bit after `end`."""
        with self.lock:
            return [f"{at:8.2f}  {text}" for at, text in self.lines
                    if begin - before <= at <= end + after]
