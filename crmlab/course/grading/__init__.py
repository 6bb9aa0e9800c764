"""Grading: answers are read from the outputs of notebooks, which are never executed."""
