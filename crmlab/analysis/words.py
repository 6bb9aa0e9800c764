"""Numbers as a sentence says them: nothing, one, many; shares that are almost none or almost all."""

from collections.abc import Iterable
from math import floor, isfinite, log10

import pandas as pd

from crmlab.customers import PERIODS


def count(number: float, noun: str, nouns: str = "") -> str:
    """Return how many of a thing there are.

    Examples
    --------
    >>> count(0, "customer"), count(1, "customer"), count(2357, "customer")
    ('no customers', '1 customer', '2,357 customers')
    >>> count(2, "person", "people")
    '2 people'
    """
    if round(number) == 1:
        return f"1 {noun}"
    return f"{round(number):,} {nouns or noun + 's'}" if round(number) else f"no {nouns or noun + 's'}"


def share(part: float) -> str:
    """Return a share in percent that is 0 or 100 only where it is all or nothing.

    Examples
    --------
    >>> share(0.0), share(0.001), share(0.1634), share(0.999), share(1.0)
    ('0%', 'under 1%', '16%', 'over 99%', '100%')
    """
    if not isfinite(part):
        return "no share"
    if 0 < part < 0.01:
        return "under 1%"
    return "over 99%" if 0.99 < part < 1 else f"{part:.0%}"


def money(amount: float, currency: str) -> str:
    """Return an amount of money; with cents where it is small.

    Examples
    --------
    >>> money(2500315.6, "USD"), money(9.5, "EUR"), money(0.0, "EUR"), money(-40.0, "EUR")
    ('2,500,316 USD', '9.50 EUR', '0 EUR', '-40.00 EUR')
    """
    if not isfinite(amount):
        return "an unknown sum"
    whole = abs(amount) >= 1000 or amount == 0
    return f"{amount:,.0f} {currency}" if whole else f"{amount:,.2f} {currency}"


def about(amount: float, currency: str) -> str:
    """Return an estimate with no more digits than it deserves: three.

    Examples
    --------
    >>> about(237220.03, "USD"), about(342.8, "USD"), about(12.347, "EUR"), about(0.0, "EUR")
    ('237,000 USD', '343 USD', '12.30 EUR', '0 EUR')
    """
    if amount == 0 or not isfinite(amount):
        return money(amount, currency)
    rounded = round(amount, 2 - floor(log10(abs(amount))))
    return f"{rounded:,.0f} {currency}" if abs(rounded) >= 100 else money(rounded, currency)


def span(ends: tuple[float, float], currency: str) -> str:
    """Return two estimates as a span.

    Examples
    --------
    >>> span((227218.0, 233441.0), "USD")
    '227,000 to 233,000 USD'
    """
    return f"{about(ends[0], '').strip()} to {about(ends[1], currency)}"


def day(when: pd.Timestamp) -> str:
    """Return a day as a person writes it.

    Examples
    --------
    >>> day(pd.Timestamp("1998-06-30"))
    '30 June 1998'
    """
    return f"{when.day} {when:%B %Y}"


def ahead(length: float, unit: str) -> str:
    """Return the time to come.

    Examples
    --------
    >>> ahead(52, "W"), ahead(1, "Y")
    ('the next 52 weeks', 'the next year')
    """
    return f"the next {PERIODS[unit]}" if length == 1 else f"the next {length:g} {PERIODS[unit]}s"


def listed(items: Iterable[str]) -> str:
    """Return texts as a list in a sentence.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    texts = [*items]
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)


def capital(text: str) -> str:
    """Return a text whose first letter is a capital; the others stay as they are.

    Examples
    --------
    >>> capital("the CLV")
    'The CLV'
    """
    return text[:1].upper() + text[1:]


def are(number: float) -> str:
    """Return the verb that goes with a number.

    Examples
    --------
    >>> are(1), are(2)
    ('is', 'are')
    """
    return "is" if round(number) == 1 else "are"
