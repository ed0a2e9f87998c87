"""A pipeline from a failure to its end: what has not failed does not run again."""

import csv
import os
import shutil

from flow import EXAMPLES, ROOT, FlowTest, main, read

PIPELINE = os.path.join(EXAMPLES, "pipeline", "pipeline.yaml")
DAMAGED = "store"


class Pipeline(FlowTest):
    def documents(self, home):
        """A copy of the documents, one of them missing; {sample: file} of all."""
        with open(os.path.join(EXAMPLES, "pipeline", "samples.csv"), encoding="utf-8") as file:
            files = {row["sample"]: row["file"] for row in csv.DictReader(file)}
        for sample, name in files.items():
            copy = home.file("documents", name)
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            if sample != DAMAGED:
                shutil.copy(os.path.join(ROOT, name), copy)
        return files

    def times(self, folder):
        """When each product was made."""
        return {name: os.stat(os.path.join(folder, name)).st_mtime_ns
                for name in os.listdir(folder) if name not in ("titles", "complaints")
                and not name.endswith(".part")}

    def test_from_a_failure_to_its_end(self):
        home = self.home()
        files, out = self.documents(home), home.file("out")
        words = [PIPELINE, "-p", f"documents={home.file('documents')}", "-p", f"out={out}"]
        nodes = self.submit(home, *words)
        self.assertEqual(len(nodes), 2 * len(files) + 3)
        self.assertGreaterEqual(len(nodes), 30)

        states = self.states(home, nodes)
        bad = {f"split[sample={DAMAGED}]": "failed",
               f"count[sample={DAMAGED}]": "dependency-failed", "total": "dependency-failed"}
        self.assertEqual(states, {name: bad.get(name, "succeeded") for name in nodes})
        self.assertEqual(len(read(os.path.join(out, "complaints")).splitlines()), 1)
        before = self.times(out)
        self.assertEqual(len(before), 2 * (len(files) - 1))

        shutil.copy(os.path.join(ROOT, files[DAMAGED]), home.file("documents", files[DAMAGED]))
        split = nodes[f"split[sample={DAMAGED}]"]
        done = home.ketrew("restart", split, "--failed-subgraph")
        self.assertEqual(done.code, 0, done)
        again = home.wait_all(done.text.split())
        self.assertEqual({job["name"] for job in again.values()} - {"complain"}, set(bad))
        self.assertEqual({job["state"] for job in again.values() if job["name"] != "complain"},
                         {"succeeded"})
        after = self.times(out)
        self.assertEqual({name for name in after if after[name] != before.get(name)},
                         {f"{DAMAGED}.words", f"{DAMAGED}.counts", "total"})
        self.assertEqual(len(read(os.path.join(out, "titles")).splitlines()), len(files))

        second = self.submit(home, *words)
        self.assertEqual(self.states(home, second), {
            name: "killed" if name == "complain" else "already-done" for name in second})
        self.assertEqual(self.times(out), after)
        self.check_counts(home, files, out)

    def check_counts(self, home, files, out):
        """The result is right: counted here once more."""
        counts = {}
        for name in files.values():
            word = ""
            for char in read(home.file("documents", name)).encode() + b"\n":
                if chr(char).isalpha() and char < 128:
                    word += chr(char)
                elif word:
                    counts[word] = counts.get(word, 0) + 1
                    word = ""
        total = dict(reversed(line.split(" ", 1)) for line in
                     read(os.path.join(out, "total")).splitlines())
        total.pop("", None)
        self.assertEqual({word: int(count) for word, count in total.items()}, counts)


if __name__ == "__main__":
    main()
