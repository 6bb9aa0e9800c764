"""A business that tries things out on its customers, at random: who changes because of it is known."""

from typing import Any

from crmlab.arguments import number, whole
from crmlab.errors import InputError
from crmlab.simulate.draws import between
from crmlab.simulate.trials import WHEN, Trials
from crmlab.simulate.world import World
from crmlab.simulate.worlds.business import business

LIMITS = {
    "tested": (0, 1),
    "persuadable": (0, 0.5),
    "failures": (0, 1),
    "card_lift": (0, 1),
    "reward": (0, 1),
}
COSTS = ("contact_cost", "voucher", "win_back_voucher", "gesture_cost")


def campaign(
    customers: int = 6000,
    start: Any = "2023-01-01",
    end: Any = "2024-12-31",
    *,
    seed: int,
    tested: float = 0.6,
    response: int = 90,
    silent: int = 120,
    persuadable: float = 0.25,
    failures: float = 0.08,
    card_lift: float = 0.4,
    reward: float = 0.10,
    contact_cost: float = 0.8,
    voucher: float = 5.0,
    win_back_voucher: float = 10.0,
    gesture_cost: float = 8.0,
) -> World:
    r"""Simulate a business that tries offers at random, so that their effect is known customer by customer.

    Whom does an offer change? Nobody is seen both with it and without it. Here both are on file. On the
    orders of `business`, which are those without any offer, four things happen:

    1. An order in twelve goes wrong. Half of those customers, at random, get a **gesture** (补偿). After a
       failure a customer leaves for ever with a chance that hangs on its severity and on the gesture.
    2. From 40 % of the window a **card** (积分卡) is rolled out in 12 of 24 shops, drawn at random. Those who
       buy often join. Each order of a member brings another within four weeks with chance `card_lift`.
    3. At 60 % those silent for `silent` days are listed; half of a random `tested` share get a **win-back**
       offer. It brings back some who had left, for a second life with its own dropout.
    4. At 75 % half of a random `tested` share of all customers get a **mailing** with a voucher. A catalogue
       sent *by hand* to the three tenths with most orders, at 62 %, does nothing at all.

    With :math:`Y_0` and :math:`Y_1` for an order in the `response` days without and with the offer, customers
    are persuadable (0, 1), sure (1, 1), lost (0, 0) or put off (1, 0), and the uplift is

    .. math:: \tau = E(Y_1 - Y_0) = P(\text{persuadable}) - P(\text{put off}).

    Parameters
    ----------
    customers : int
        How many customers arrive.
    start, end : str or date
        First and last day observed.
    seed : int
        Same seed and options, same world. The orders without offers are those of ``business(seed=seed)``.
    tested : float
        Share of the customers in question who are in a test; half of them get the offer. The others are left
        for a policy, and their truth is known as well.
    response : int
        Days after a mailing or a win-back offer in which orders count for it; a gesture has twice as many.
    silent : int
        Days without an order after which a customer counts as silent.
    persuadable : float
        Share of those still there who would buy because of the mailing and not without, between 0 and 0.5.
        Times 0.4, 0.8, 1.2, 1.8 by age band.
    failures : float
        Chance that an order goes wrong. Only a customer's first failure counts.
    card_lift : float
        Further orders per order of a member.
    reward : float
        Share of a member's amounts credited as points. Three tenths of all points are never used.
    contact_cost, voucher, win_back_voucher, gesture_cost : float
        What an offer costs, in the currency: to send it, and if an order follows. Amounts in ``orders`` are
        before vouchers.

    Returns
    -------
    World
        Tables ``orders``, ``contacts``, ``attributes`` (with ``shop``), ``campaign``, ``failures``, ``shops``
        and ``members``.

    Raises
    ------
    InputError
        An option out of its range, or a window too short for the responses.

    Notes
    -----
    ====================  ====================================================================
    mailing, persuadable  rises with age; whoever has left is lost
    mailing, put off      35 % of the buyers with two or more contacts in the year before, else 2 %
    win-back              by cause of leaving: failure 35 %, rival 22 %, own life 5 %; else 10 %
    gesture               leaving falls from 30 to 14 % (minor) and from 60 to 22 % (major failures)
    complaining           a sign of wanting to stay: they leave 0.6 times as often, gesture or not
    joining the card      the hidden purchase rate: members bought more before they joined
    region, income band   nothing: decoys. So does the catalogue
    ====================  ====================================================================

    The truth has, a row a customer, the traits of `business` with ``alive_until`` and the ``cause`` of
    leaving (failure, rival, own life); ``mailing``, ``win_back`` and ``gesture``, the customer's kind, or
    missing where not in question; the profit with and without each offer, net of its cost, in
    ``mailing_with``, ``mailing_without`` and so on; and ``would_join``, whatever the shop.

    So the traps, with the defaults: about 26 points more of those who got the catalogue buy, because of whom
    they are; likely buyers are sure, and cost a voucher each; members have over three times the orders of
    others, and the roll-out adds a quarter to those of its shops; 12 % of the mailed are persuadable, and
    a mailing to everybody still loses money.

    References
    ----------
    Radcliffe, N. J. (2007). Using control groups to target on predicted lift. Direct Marketing Analytics
    Journal, 14-21.

    Ascarza, E. (2018). Retention futility: targeting high-risk customers might be ineffective. Journal of
    Marketing Research 55(1), 80-98.

    Examples
    --------
    >>> from crmlab.simulate import campaign
    >>> shop = campaign(customers=500, seed=7)
    >>> list(shop.table("campaign").columns)
    ['customer_id', 'date', 'offer', 'treated', 'chance', 'cost']
    >>> sorted(shop.truth["mailing"].dropna().unique())
    ['lost', 'persuadable', 'put off', 'sure']
    """
    options = dict(locals())
    _check(options)
    base = business(customers, start, end, seed=options["seed"])
    options |= {name: base.parameters[name] for name in ("customers", "start", "end")}
    trials = Trials(base, options)
    if trials.window * (1 - WHEN["mailing"]) <= response or trials.window * 0.15 <= response:
        raise InputError(
            f"response is {response} days, too many for a window of {trials.window}: give less than "
            f"{int(trials.window * 0.15)}, or a later end."
        )
    trials.gestures()
    trials.card()
    trials.win_back()
    trials.catalogue()
    trials.mailing()
    return World(tables=trials.tables(), truth=trials.truth(), parameters=options)


def _check(options: dict[str, Any]) -> None:
    """Raise InputError for an option out of its range, and bring whole numbers to plain ones."""
    for name, least in (("response", 1), ("silent", 1), ("seed", 0)):
        options[name] = whole(options[name], name, least=least)
    for name, (low, high) in LIMITS.items():
        between(name, options[name], low, high)
    for name in COSTS:
        options[name] = number(options[name], name, least=0)
