"""What lessons, the runner and the site share. It knows cases and notebooks, not the theory."""

from crmlab.course.lesson import Lesson

__all__ = ["Lesson"]
