"""YARN where no ResourceManager's REST interface can be reached: the commands alone."""

import os
import sys

import cluster as base
from yarn import *  # noqa: F401,F403

PROFILE = {"distributed_shell_shell_jar": "/dev/null"}
profile = None

if __name__ == "__main__":
    sys.exit(base.serve(sys.modules[__name__], os.environ["KETREW_FAKE"], sys.argv[1], sys.argv[2:]))
