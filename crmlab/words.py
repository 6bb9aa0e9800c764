"""Numbers and lists as a sentence says them: nothing, one, many; shares of almost none or almost all."""

from collections.abc import Iterable
from datetime import date
from math import floor, isfinite, log10

from crmlab.errors import short
from crmlab.language import mark, ntr, tr

_MONTHS = [
    mark("January"), mark("February"), mark("March"), mark("April"), mark("May"), mark("June"), mark("July"),
    mark("August"), mark("September"), mark("October"), mark("November"), mark("December"),
]  # fmt: skip


def count(number: float, noun: str, nouns: str, *, none: str = "") -> str:
    """Return how many of a thing there are.

    Examples
    --------
    >>> count(0, "customer", "customers"), count(1, "customer", "customers")
    ('no customers', '1 customer')
    >>> count(2357, "person", "people"), count(0, "row", "rows", none="0")
    ('2,357 people', '0 rows')
    """
    whole = round(number)
    much = f"{whole:,}" if whole else none or tr("no")
    return tr("{number} {noun}", number=much, noun=ntr(noun, nouns, whole))


def percent(share: float, decimals: int = 0) -> str:
    """Return a share in percent that is 0 or 100 only where it is nothing or all.

    Examples
    --------
    >>> percent(0.0), percent(0.001), percent(0.1634), percent(0.999), percent(1.0)
    ('0%', 'under 1%', '16%', 'over 99%', '100%')
    >>> percent(0.2277, 1), percent(0.00004, 1), percent(0.9996, 1), percent(0.5, 1)
    ('22.8%', 'under 0.1%', 'over 99.9%', '50%')
    """
    if not isfinite(share):
        return tr("no share")
    least = 10.0 ** -(2 + decimals)
    if 0 < share < least:
        return tr("under {share}", share=f"{least:.{decimals}%}")
    if 1 - least < share < 1:
        return tr("over {share}", share=f"{1 - least:.{decimals}%}")
    return f"{share:.{decimals}%}".replace(f".{'0' * decimals}%", "%")


def money(amount: float, currency: str) -> str:
    """Return an amount of money; with cents where it is small.

    Examples
    --------
    >>> money(2500315.6, "USD"), money(9.5, "EUR"), money(0.0, "EUR"), money(-40.0, "EUR")
    ('2,500,316 USD', '9.50 EUR', '0 EUR', '-40.00 EUR')
    """
    if not isfinite(amount):
        return tr("an unknown sum")
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
    return tr("{low} to {high}", low=about(ends[0], "").strip(), high=about(ends[1], currency))


def day(when: date) -> str:
    """Return a day as a person writes it.

    Examples
    --------
    >>> day(date(1998, 6, 30))
    '30 June 1998'
    """
    month = tr(_MONTHS[when.month - 1])
    return tr("{day} {month} {year}", day=when.day, month=month, year=when.year)


def month(when: date) -> str:
    """Return a month as a person writes it.

    Examples
    --------
    >>> month(date(1998, 6, 30))
    'June 1998'
    """
    return tr("{month} {year}", month=tr(_MONTHS[when.month - 1]), year=when.year)


def time_unit(unit: str, number: float = 1) -> str:
    """Return the word for a number of time units, such as the values of `crmlab.customers.PERIODS`.

    Examples
    --------
    >>> time_unit("week"), time_unit("week", 2), time_unit("quarter", 2)
    ('week', 'weeks', 'quarters')
    """
    known = {
        "day": ntr("day", "days", number),
        "week": ntr("week", "weeks", number),
        "month": ntr("month", "months", number),
        "quarter": ntr("quarter", "quarters", number),
        "year": ntr("year", "years", number),
    }
    return known.get(unit) or ntr(unit, f"{unit}s", number)


def listed(items: Iterable[object], last: str = "") -> str:
    """Return items as a list in a sentence.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a", "b"], "or"), listed(["a"])
    ('a, b and c', 'a or b', 'a')
    """
    texts = [str(item) for item in items]
    if len(texts) < 2:
        return "".join(texts)
    last = last or tr("and")
    return f" {last} ".join([", ".join(texts[:-1]), texts[-1]])


def some(values: Iterable[object], most: int = 3) -> str:
    """Return the first few of what a reader gave or is asked for, each at a length that can be read.

    Examples
    --------
    >>> some([1, 2, 3]), some([1, 2, 3, 4, 5])
    ('1, 2, 3', '1, 2, 3 and 2 more')
    """
    items = [short(str(value)) for value in values]
    shown, left = ", ".join(items[:most]), len(items) - most
    return ntr("{shown} and {n:,} more", "{shown} and {n:,} more", left, shown=shown) if left > 0 else shown


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
    return ntr("is", "are", number)
