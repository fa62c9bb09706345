"""`python -m seerflow` is `seerflow`."""

import sys

from seerflow.cli import main

if __name__ == "__main__":
    sys.exit(main())
