"""A mark: what one exercise of one student earns, and why."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """One exercise of one student.

    Attributes
    ----------
    share : float or None
        What the answer earns of the points; None where only a person can tell.
    points : float or None
        Points; None where nobody gave any yet.
    of : float
        The most that the exercise can bring; 0 where it does not count.
    given : str
        The answer, shortened; empty where there is none.
    misconception : str
        What the answer seems to come from, where that is known.
    money : float or None
        What a policy brings.
    text : str
        An explanation, whole.
    """

    student: str
    lesson: str
    exercise: str
    kind: str
    share: float | None
    points: float | None
    of: float
    given: str = ""
    words: str = ""
    misconception: str = ""
    money: float | None = None
    attempts: int = 0
    text: str = ""
    prints: tuple[str, ...] = ()

    @property
    def looks_copied(self) -> bool:
        """Whether the answer is one that would not be right by itself: a wrong number, or a text."""
        return bool(self.given) and self.share != 1 and not self.misconception
