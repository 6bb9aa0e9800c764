"""Segments: customers who are alike in what they do, each with a name and an action."""

from crmlab.segments import mailing, rfm

__all__ = ["mailing", "rfm"]
