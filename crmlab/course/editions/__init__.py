"""Editions: what students, instructors and readers get from the one source of a lesson."""

from crmlab.course.editions.leak_test import leaks
from crmlab.course.editions.notebooks import instructor, reader, student

__all__ = ["instructor", "leaks", "reader", "student"]
