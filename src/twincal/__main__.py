"""`python -m twincal`: the command line."""

import sys

from twincal.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
