"""The map of the course is complete: each lesson stands in exactly one link of the chain."""

from collections import Counter

from crmlab.course import chain
from crmlab.course.catalog import lessons
from crmlab.decisions import LINKS
from crmlab.segments import partition


def test_each_lesson_stands_in_exactly_one_link():
    placed = Counter(name for row in chain.CHAIN.values() for name in row)
    assert [name for name, times in placed.items() if times > 1] == []
    found = partition(chain.course_map()["link"])
    assert found.attrs["none"] == [], "give these lessons a link in crmlab/course/chain.py"
    assert found["in one"] == found["customers"] == len(lessons())


def test_links_are_those_that_are_measured_and_those_that_support():
    assert list(chain.CHAIN) == [*LINKS, *chain.SUPPORTING]
    assert all(figure for row in chain.CHAIN.values() for figure in row.values())
