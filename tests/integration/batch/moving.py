"""A job moves from one backend to another by `backend:` alone, with all portable options."""

import importlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FAKES = os.path.join(HERE, "..", "..", "fakes")
sys.path[:0] = [os.path.join(HERE, "..", "daemon"), FAKES]

import cluster  # noqa: E402
import harness  # noqa: E402

FLAVOURS = {"slurm": "slurm", "pbs": "openpbs", "lsf": "lsf", "sge": "sge"}  # backend: fake
OPTIONS = {"queue": "long", "account": "lab", "cpus": 2, "memory": "2G", "wall_time": "1h30m",
           "gpus": 1, "job_name": "align sample 7"}
# How each scheduler is told of them.
WORDS = {
    "slurm": ("--partition=long", "--account=lab", "--cpus-per-task=2", "--mem=", "--time=",
              "--gpus=1", "align sample 7"),
    "pbs": ("long", "lab", "ncpus=2", "mem=", "walltime=", "ngpus=1", "align_sample_7"),
    "lsf": ("long", "lab", "-n", "-M", "-W", "num=1", "align_sample_7"),
    "sge": ("long", "lab", "smp", "h_vmem=", "h_rt=5400", "gpu=1", "align_sample_7"),
}


class Moving(harness.DaemonTest):
    def test_by_backend_alone(self):
        home = self.home(plugins=(), start=False, engine=harness.FAST)
        home.profile["plugins"] = [harness.DAEMONIZE]
        fakes = {}
        for backend, flavour in FLAVOURS.items():
            if not os.path.isdir(os.path.join(harness.BUILD, "lib", "ketrew", "backends", backend)):
                self.skipTest(f"the backend {backend} is not built")
            folder = home.file("fake-" + backend)
            os.mkdir(folder)
            commands = cluster.make_commands(os.path.join(FAKES, flavour + ".py"), folder)
            home.profile["plugins"].append({"package": backend, "options": {
                "bin": commands, "exit_grace": "1s", **importlib.import_module(flavour).PROFILE}})
            fakes[backend] = cluster.Cluster(folder)
        home.write_profile()
        home.start()
        words = [word for key, value in OPTIONS.items() for word in ("-o", f"{key}={value}")]
        for backend in (*FLAVOURS, "daemonize"):
            job = home.submit("--backend", backend, *words, "--sh", "echo here; exit 3")
            over = home.wait_state(job, "failed", "start-failed")
            self.assertEqual((over["state"], over["exit_code"]), ("failed", 3), over)
            self.assertEqual(over["options"], OPTIONS)
            self.assertEqual(home.ketrew("logs", job).text, "here\n")
        for backend, words in WORDS.items():
            [call] = [arguments for _, _, arguments in fakes[backend].calls("submit")]
            told = " ".join(call)
            for word in words:
                self.assertIn(word, told, backend)


if __name__ == "__main__":
    harness.main()
