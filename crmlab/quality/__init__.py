"""The audit of orders (数据审计): what is in a file, what was done about it, and what it still allows."""

from crmlab.quality.auditing import Audit, audit
from crmlab.quality.choices import CHOICES
from crmlab.quality.damage import answers, harm, largest_checked, read_as_is, readings
from crmlab.quality.ledger import Finding, Ledger
from crmlab.quality.verdicts import VERDICTS

__all__ = [
    "CHOICES",
    "VERDICTS",
    "Audit",
    "Finding",
    "Ledger",
    "answers",
    "audit",
    "harm",
    "largest_checked",
    "read_as_is",
    "readings",
]
