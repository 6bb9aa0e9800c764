"""From a file of orders to a report, every customer's standing, and the lessons on the analyst's own data."""

from crmlab.analysis.work import Analysis, analyse

__all__ = ["Analysis", "analyse"]
