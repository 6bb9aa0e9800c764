"""Three students and what they are asked, with answers of their own."""

from typing import Any

from crmlab.course.exercises.number import Number
from crmlab.course.exercises.plot import Plot
from crmlab.course.exercises.policy import Policy
from crmlab.course.exercises.table import Table
from crmlab.course.exercises.words import Choice, Explanation

STUDENTS = {"s01": "aaaa-aaaa-aaaa", "s02": "bbbb-bbbb-bbbb", "=1+1": "cccc-cccc-cccc"}
LESSONS = ("22_tiers", "31_rfm")


def exercises(student: int) -> dict[str, Any]:
    """Return exercises whose answers are a student's own."""
    shift = 1 + student / 7
    slip = {"you took the median": 99.123 * shift}
    table = {"gold": 412.37 * shift, "lead": -51.94 * shift}
    worth = {"ann": 5.0 * shift, "bob": -1.0, "cid": 3.0}
    return {
        "share": Number("share", 0.88158 * shift, 0.002, misconceptions=slip),
        "by tier": Table("by tier", table),
        "drawn": Plot("drawn", {"1": 12.345 * shift, "2": 67.891 * shift}),
        "why": Choice("why", {"They stay.": "Look again.", "They go.": "Do they?"}, "They stay."),
        "whom": Policy("whom", 2, worth, {"rule": 3.0, "random": 1.0, "oracle": 8.0, "nobody": 0.0}),
        "your decision": Explanation("your decision", ["says what to do"]),
    }
