"""The decisions about rows that are readable but doubtful: one table, with a default and the reason for it.

By default a row is set aside for what it says of itself (a date after today, a guest, postage, a return), and
kept where it only looks odd beside others (a copy, an extreme amount, a large account).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from crmlab.errors import InputError, unknown
from crmlab.language import mark

__all__ = ["CHOICES", "Choice", "chosen"]

MOST_COMMON = "most common"


@dataclass(frozen=True)
class Choice:
    """A decision: its options with what they do, the default, and why it is the default."""

    options: Mapping[str, str]
    default: str
    why: str
    is_open: bool = False  # any other text is an option too, to be checked against the data


def _choice(why: str, *, is_open: bool = False, **options: str) -> Choice:
    """Return a choice whose first option is the default."""
    named = {name.replace("_", " "): meaning for name, meaning in options.items()}
    return Choice(MappingProxyType(named), next(iter(named)), why, is_open)


CHOICES: Mapping[str, Choice] = MappingProxyType(
    {
        "ids": _choice(
            mark("one person typed in two ways would count as two customers who hardly ever came back"),
            merge=mark("ids that differ only by capitals or blanks are one customer"),
            as_given=mark("every spelling is a customer of its own"),
        ),
        "future": _choice(
            mark("what has not happened is no purchase; a date after today is a slip or a plan"),
            set_aside=mark("rows with a date after today are set aside"),
        ),
        "status": _choice(
            mark("an order that was cancelled, failed, was paid back or never paid brought no revenue"),
            set_aside=mark("rows whose status says that the order fell through are set aside"),
            keep=mark("they count as purchases"),
        ),
        "currency": _choice(
            mark("amounts in different currencies cannot be added up"),
            is_open=True,
            most_common=mark("rows in the most common currency are used, others are set aside"),
        ),
        "accounts": _choice(
            mark("such an account is nobody: many people, or none, seem to be one very busy customer"),
            set_aside=mark("rows of accounts called test, guest, 0 and the like are set aside"),
            keep=mark("each such account is a customer like any other"),
        ),
        "large": _choice(
            mark(
                "no row says whether it is a wholesaler, your best customer, or a till where all strangers "
                "pay"
            ),
            keep=mark("accounts with a very large share of the orders are customers like any other"),
            set_aside=mark("rows of accounts with a very large share of the orders are set aside"),
        ),
        "products": _choice(
            mark(
                "postage, charges and corrections are no purchase of goods, and many are booked on other days"
            ),
            set_aside=mark("rows of postage, fees, discounts, samples and corrections are set aside"),
            keep=mark("they count as purchases"),
        ),
        "duplicates": _choice(
            mark(
                "two equal lines can be two equal purchases, and no row says which they are; days of "
                "purchase "
                "are the same either way, only money differs"
            ),
            keep=mark("every copy counts"),
            set_aside=mark("of rows that are the same in every column, only the first is used"),
        ),
        "extremes": _choice(
            mark("a large order is more often real than wrong, and it is the one that matters most"),
            keep=mark("extreme amounts count in full"),
            set_aside=mark("rows with an extreme amount are set aside"),
        ),
        "returns": _choice(
            mark(
                "what came back was not sold, and a purchase that was undone does not show a customer's "
                "interest"
            ),
            net=mark(
                "a return is taken off the latest earlier purchase of its customer (and product, if known) "
                "that is large enough; a purchase of which nothing is left is set aside, and so are returns"
            ),
            net_to_zero=mark(
                "as net, but a purchase returned in full stays, as a purchase day without money"
            ),
            set_aside=mark("returns are set aside, and purchases count as if nothing came back"),
        ),
        "zeros": _choice(
            mark(
                "an order without money, such as a gift or a full discount, still shows a customer who came"
            ),
            keep=mark("an order of amount zero is a purchase day without money"),
            set_aside=mark("rows with an amount of zero are set aside"),
        ),
    }
)
"""By decision, in the order in which they are taken. The first option of each is the default."""


def chosen(choices: Mapping[str, str] | None) -> dict[str, str]:
    """Return all decisions with the option taken.

    Raises
    ------
    InputError
        There is no such decision, or no such option.

    Examples
    --------
    >>> chosen({"returns": "set aside"})["returns"], chosen(None)["returns"]
    ('set aside', 'net')
    """
    taken = {name: choice.default for name, choice in CHOICES.items()}
    for name, option in (choices or {}).items():
        if name not in CHOICES:
            raise unknown("decision", name, CHOICES)
        choice = CHOICES[name]
        if not isinstance(option, str) or not option.strip():
            raise InputError(f"The option of the decision '{name}' is {option!r}, but must be text.")
        option = option.strip() if choice.is_open else option.strip().replace("_", " ").lower()
        if option not in choice.options and not choice.is_open:
            raise unknown("option", option, choice.options, where=f"the decision '{name}'")
        taken[name] = option
    return taken
