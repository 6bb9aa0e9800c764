"""The command line: it reads what is asked, calls the course or the analysis, and prints."""

from crmlab.cli import analyse, audit, course, fetch, lessons  # noqa: F401 - adds its commands
from crmlab.cli.commands import app as app
