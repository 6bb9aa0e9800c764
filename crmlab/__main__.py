"""``python -m crmlab`` is the command ``crmlab``."""

import os
import sys


def main() -> None:
    """Run the command line; what lies in the folder that it is started in is data, and no part of it."""
    if sys.path[:1] in ([""], [os.getcwd()]):  # as with python -m
        del sys.path[0]
    os.environ["PYTHONSAFEPATH"] = "1"  # and so for every Python that is started from here
    try:
        from crmlab.cli import app  # a second's work, in which Ctrl-C is pressed too

        app()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. Nothing was begun.\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
