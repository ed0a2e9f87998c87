"""IBM Spectrum LSF 10.1 as far as the backend talks with it: bsub, bjobs, bhist, bkill, bpeek."""

import os
import sys

import cluster as base
import lsf_commands

BACKEND = "lsf"
PROFILE = {}
LACKS = {"restart count"}
COMMANDS = lsf_commands.COMMANDS

if __name__ == "__main__":
    sys.exit(base.serve(lsf_commands.Flavour(ibm=True), os.environ["KETREW_FAKE"], sys.argv[1],
                        sys.argv[2:]))
