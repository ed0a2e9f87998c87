"""Where the helpers of the other tests are; imported first."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
FAKES = os.path.join(TESTS, "fakes")
sys.path[:0] = [os.path.join(TESTS, "integration", "daemon"), os.path.join(TESTS, "integration", "slurm"),
                FAKES]
