"""What a job was given in its environment is seen by the job, and by who may read the home's files."""
import glob
import os
import stat

from harness import DaemonTest, main, read_bytes

SECRET = "correct-horse-battery-staple"


class Secrets(DaemonTest):
    def test_values_of_variables_are_nobodys_business(self):
        home = self.home()
        gate = home.file("gate")
        job = home.submit("--env", "PASSWORD", "--tag", "t", "--sh",
                          f'until test -e {gate}; do sleep 0.1; done; test "$PASSWORD" = {SECRET[:7]}"{SECRET[7:]}"',
                          env={"PASSWORD": SECRET})
        home.wait_state(job, "running")

        shown = {"arguments of a process": b""}
        for file in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(file, "rb") as content:
                    shown["arguments of a process"] += content.read()
            except OSError:
                pass  # it has ended
        for words in (("status", "--json"), ("show", job), ("show", job, "--json"), ("why", job, "--json"),
                      ("history", job, "--json")):
            done = home.ketrew(*words)
            shown[" ".join(words)] = done.out + os.fsencode(done.error)
        for target in ("/v1/jobs", f"/v1/jobs/{job}", f"/v1/jobs/{job}/log", "/metrics"):
            shown[target] = home.request("GET", target)[2]
        for file in glob.glob(home.path + "/*.log") + glob.glob(home.path + "/*.out"):
            with open(file, "rb") as content:
                shown[file] = content.read()
        for where, text in shown.items():
            self.assertNotIn(SECRET.encode(), text, where)
        self.assertIn("PASSWORD", home.ketrew("show", job).text)

        kept = []
        for folder, _, files in os.walk(home.path):
            for path in (os.path.join(folder, name) for name in files):
                if stat.S_ISREG(os.lstat(path).st_mode) and SECRET.encode() in read_bytes(path):
                    kept.append(path)
                    self.assertEqual(os.lstat(path).st_mode & 0o077, 0, path)
        self.assertTrue(kept, "the database and the job's script have it")

        with open(gate, "w", encoding="utf-8"):
            pass
        home.wait_state(job, "succeeded", "failed")
        self.assertEqual(home.job(job)["state"], "succeeded")  # the job was given it


if __name__ == "__main__":
    main()
