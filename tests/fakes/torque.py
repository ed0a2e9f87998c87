"""Torque 6.1 as far as the backend talks with it: qsub, qstat, qselect, qdel."""

import os
import sys

import cluster as base
import pbs_commands

BACKEND = "pbs"
PROFILE = {}
COMMANDS = pbs_commands.COMMANDS

if __name__ == "__main__":
    sys.exit(base.serve(pbs_commands.Flavour(torque=True), os.environ["KETREW_FAKE"], sys.argv[1],
                        sys.argv[2:]))
