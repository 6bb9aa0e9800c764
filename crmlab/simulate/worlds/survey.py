"""Customers who say how satisfied they are, and what they do when a rival opens: by town and kind."""

from math import inf
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import number
from crmlab.errors import InputError
from crmlab.simulate.answers import LAYERS, MARKETS, items, kano, satisfaction, staying
from crmlab.simulate.draws import (
    Array,
    arriving,
    between,
    dates,
    draw,
    falling,
    labels,
    lines,
    numbered,
    period,
    poisson,
    stream,
)
from crmlab.simulate.world import World
from crmlab.simulate.worlds.business import MOST_EVENTS

HALO = 0.35  # correlation of the layers
TOWNS = 24
TIED, PRICE = 0.05, 0.20  # shares with family or friends working here, and of those who come for the price
TIED_STAY, PRICE_STAY = 0.98, 0.4
SEVERITY = {"minor": 0.7, "major": 0.3}
HURT = np.array([[2.0, 1.5], [3.5, 2.5]])  # by severity: what a failure takes from interaction, emotion
HEAL = np.array([[2.5, 2.0], [2.2, 1.5]])  # and what a gesture gives
SERVICE = 0.8  # what personal service adds to satisfaction
MARGIN = 0.40
CHANNELS = ("desk", "web", "phone")
WHEN = {"survey": 0.45, "offer": 0.52, "rival": 0.60}  # shares of the window

LIMITS = {"answer": (0, 1), "failures": (0, 1), "orders_per_year": (0, inf), "discount": (0, 1)}


def survey(
    customers: int = 6000,
    start: Any = "2023-01-01",
    end: Any = "2024-12-31",
    *,
    seed: int,
    answer: float = 0.5,
    failures: float = 0.35,
    orders_per_year: float = 6.0,
    gesture_cost: float = 8.0,
    service_cost: float = 12.0,
    discount: float = 0.10,
) -> World:
    r"""Simulate customers who answer a survey, and of whom some leave when a rival opens.

    Which layer of satisfaction (满意度) is worth repairing, and who stays only because there is nobody else?
    A chain has houses in 24 towns: eight where it is alone, eight with some rivals, eight with many. A
    customer has a true mark :math:`l` on five layers (mean 7, sd 1.5, and correlated, for who likes one
    thing likes others), and of these satisfaction is

    .. math::
        s = 6.4 - 0.8\,(6.5 - l_{core})^+ + 0.25\,\tilde l_{support} + 0.3\,\tilde l_{technical}
            + 0.35\,\tilde l_{interaction} + 0.7\,(l_{emotion} - 7)^+ + \varepsilon,
        \quad \tilde l = l - 7.

    At 60 % of the window a rival opens in half of the towns of each kind, drawn at random. Then each customer
    decides once, and stays with the probability of the market, which a new rival makes competitive:

    .. math:: L + (U - L) / (1 + e^{-k (s - s_0)}).

    Before it, three things happen. Something went wrong for some, and half of these, at random, got a
    **gesture**. All were asked in a **survey** at 45 %. At 52 % the fifth with most orders, the VIPs, were
    put by lot into two tests, of personal **service** and of a **discount**, in which half get it.

    Parameters
    ----------
    customers : int
        How many customers come, in the first fifth of the window.
    start, end : str or date
        First and last day observed.
    seed : int
        Same seed and options, same world.
    answer : float
        Chance that somebody of the mean satisfaction, 7, answers the survey.
    failures : float
        Share of the customers for whom something went wrong before the survey.
    orders_per_year : float
        Mean orders a customer and year; the customers' rates are Gamma(2).
    gesture_cost, service_cost : float
        What one costs, in the currency.
    discount : float
        Share of the amounts from the rival's day on which those with a discount do not pay. ``orders`` has
        amounts before it.

    Returns
    -------
    World
        Tables ``orders``, ``attributes`` (town and market), ``survey``, ``kano``, ``towns``, ``failures`` and
        ``campaign``.

    Raises
    ------
    InputError
        A date that does not exist, an option out of its range, or more events than memory holds.

    Notes
    -----
    ====================  ====================================================================
    stated importance     what people think that they want: the same for all, and no driver.
                          Core and technical come first; emotion, which moves most at the top, last
    core, emotion         must-be, which matters below 6.5 alone, and attractive, which matters above 7
                          alone: a straight line through either is wrong at both ends
    staying               the curves: monopoly (.88, .97, .8, 5), mixed (.45, .95, 1.2, 6) and
                          competitive (.30, .97, 1.6, 7.8) for *L*, *U*, *k* and *s₀*
    ties                  5 % have family or friends working here: 98 % of them stay, whatever happens
    price                 20 % come for the price: a new rival leaves 0.4 of those who would have stayed,
                          unless they have the discount
    orders                frequent customers are a little more satisfied: VIPs stay anyway
    answering             those far from the middle answer more, up or down
    failures              take 2 from interaction and 1.5 from emotion (minor), or 3.5 and 2.5 (major);
                          a gesture gives back 2.5 and 2, or 2.2 and 1.5: only minor ones overshoot
    service               0.8 on satisfaction
    age band              nothing: a decoy
    ====================  ====================================================================

    So the traps: of those in towns without rivals about 94 % stay, and 43 % once one opens; VIPs stay 5
    points more often than others whatever is done, and the discount loses about 40 on each of them, while
    service gains a little; those who answer are less satisfied than all.

    Items are rounded and noisy. The truth has, a row a customer, the five layers and ``satisfaction`` as on
    the day of the decision, ``attitude``, ``tied``, ``price``, ``purchase_rate``, ``spend_level``; ``kind``
    of loyalty, by the first that holds of kinship, monopoly (no alternative), then for frequent buyers
    trust (attitude of 7 or more), benefit (price) or inertia, and for the others latent or none;
    ``stays_with_rival`` and ``stays_without_rival``; the margin after that day less costs, with and without
    each measure, in ``gesture_with``, ``gesture_without`` and so on (gesture: where something went wrong);
    ``alive_until`` and ``cause`` (rival, own life).

    References
    ----------
    Jones, T. O. and Sasser, W. E. (1995). Why satisfied customers defect. Harvard Business Review 73(6),
    88-99. The curves are drawn there without numbers; those here are ours.

    Dick, A. S. and Basu, K. (1994). Customer loyalty: toward an integrated conceptual framework. Journal of
    the Academy of Marketing Science 22(2), 99-113.

    Examples
    --------
    >>> from crmlab.simulate import survey
    >>> chain = survey(customers=500, seed=7)
    >>> sorted(chain.truth["kind"].unique())
    ['benefit', 'inertia', 'kinship', 'latent', 'monopoly', 'none', 'trust']
    """
    options = dict(locals())
    begin, window = _check(options)
    size = options["customers"]
    day = {name: int(share * window) for name, share in WHEN.items()}

    def rng(*names: str) -> np.random.Generator:
        return stream(options["seed"], "survey", *names)

    # Who they are.
    first = np.floor(arriving(rng("arrival"), size, 0.2 * window, 0.0))
    town = draw(rng("town"), np.full(TOWNS, 1 / TOWNS), size)
    market = town * len(MARKETS) // TOWNS
    opened = np.concatenate([rng("rivals", name).permutation(8) < 4 for name in MARKETS])
    z = rng("rate").gamma(2, 1 / 2, size)
    rate = orders_per_year / 365.25 * z
    tied, price = rng("tied").random(size) < TIED, rng("price").random(size) < PRICE
    level = 6 / rng("level").gamma(4, 1 / 40, size)

    # How satisfied: the layers, what went wrong, and what was done about it.
    own = rng("layers").normal(size=(5, size)) * np.sqrt(1 - HALO)
    layers = 7 + 1.5 * (own + np.sqrt(HALO) * rng("halo").normal(size=size)) + 0.25 * np.log(z)
    severity = draw(rng("severity"), SEVERITY.values(), size)
    failed, treated = rng("failures").random(size) < failures, rng("gesture").random(size) < 0.5
    spread = rng("satisfaction").normal(0, 0.6, size)
    hurt = layers.copy()
    hurt[3:] -= HURT[severity].T * failed
    healed = hurt.copy()
    healed[3:] += HEAL[severity].T * failed
    layers = np.where(treated, healed, hurt)
    asked = satisfaction(layers, spread)
    attitude = 7 + 0.8 * (asked - 7) + rng("attitude").normal(0, 1, size) - 1.0 * price
    rivals = np.where(market == 1, rng("mixed").poisson(1.0, size), 2 + rng("many").poisson(1.5, size))
    rivals[market == 0] = 0

    # Orders as they would be if nobody left, and the tests among the VIPs.
    buyer, time = poisson(rng("orders"), first, window - first, rate)
    buyer, time = np.concatenate([np.arange(size), buyer]), np.concatenate([first, time])
    amount = np.round(level[buyer] * rng("amount").gamma(6, 1 / 6, len(buyer)), 2)
    past = np.bincount(buyer[time < day["offer"]], minlength=size)
    vip = past >= np.quantile(past, 0.8)
    arm = draw(rng("arm"), np.full(4, 1 / 4), size)  # service, its control, discount, its control
    served, cheaper = vip & (arm == 0), vip & (arm == 2)

    # The decision, as it was and as it would have been.
    luck, gone = rng("staying").random(size), day["rival"] + np.floor(60 * rng("leaving").random(size))
    content = np.clip(asked + SERVICE * served, 1, 10)
    facing = opened[town]

    def stays(s: Array, rival: Array, cheap: Array) -> Array:
        chance = staying(s, np.where(rival, 2, market))
        chance = np.where(price & rival & ~cheap, PRICE_STAY * chance, chance)
        return luck < np.where(tied, TIED_STAY, chance)

    def after(stay: Array, share: float = MARGIN) -> Array:
        there = (time >= day["rival"]) & (time < np.where(stay, inf, gone + 1)[buyer])
        return share * np.bincount(buyer[there], amount[there], minlength=size)

    stayed = stays(content, facing, cheaper)
    left = np.where(stayed, inf, np.minimum(gone, window - 1))
    made = {}
    for name, cost, one, other in (
        (
            "gesture",
            gesture_cost,
            *(satisfaction(each, spread) + SERVICE * served for each in (healed, hurt)),
        ),
        ("service", service_cost, asked + SERVICE, asked),
    ):
        made[f"{name}_with"] = after(stays(np.clip(one, 1, 10), facing, cheaper)) - cost
        made[f"{name}_without"] = after(stays(np.clip(other, 1, 10), facing, cheaper))
    held = stays(content, facing, np.full(size, True))
    made["discount_with"] = after(held) - after(held, discount)
    made["discount_without"] = after(stays(content, facing, np.full(size, False)))
    for name in ("gesture_with", "gesture_without"):
        made[name] = np.where(failed, made[name], np.nan)

    ids = numbered("C", size, 6)
    index = pd.Index(ids, name="customer_id")
    towns = [f"T{number:02}" for number in range(1, TOWNS + 1)]
    kept = time < (left + 1)[buyer]
    channel = draw(rng("channel"), falling(CHANNELS), len(buyer))
    attributes = {
        "town": labels(towns, town),
        "market": labels(MARKETS, market),
        "age_band": labels(("18-39", "40-59", "60+"), draw(rng("age"), (0.35, 0.40, 0.25), size)),
    }
    wrong = np.floor((0.25 + 0.2 * rng("failures", "day").random(size)) * window)
    trouble = {
        "date": dates(begin, window, wrong),
        "severity": labels(SEVERITY, severity),
        "complained": rng("complaint").random(size) < np.array([0.25, 0.5])[severity],
        "treated": treated,
        "cost": np.where(treated, gesture_cost, 0.0),
    }
    offered = {
        "date": dates(begin, window, np.full(size, day["offer"])),
        "offer": labels(("service", "discount"), arm // 2),
        "treated": served | cheaper,
        "chance": 0.5,
        "cost": np.round(np.where(cheaper, after(stayed, discount), served * service_cost), 2),
    }
    heads = {"market": labels(MARKETS, np.arange(TOWNS) * len(MARKETS) // TOWNS)}
    heads["rival_from"] = dates(begin, window, np.where(opened, day["rival"], inf))
    frequent, fond = rate >= np.median(rate), attitude >= 7
    kinds = ("kinship", "monopoly", "trust", "benefit", "inertia", "latent", "none")
    rules = (tied, rivals == 0, frequent & fond, frequent & price, frequent, fond)
    cause = np.where(facing | (rivals > 0), "rival", "own life")
    truth = {
        **dict(zip(LAYERS, layers, strict=True)),
        "satisfaction": content,
        "attitude": attitude,
        "tied": tied,
        "price": price,
        "purchase_rate": rate,
        "spend_level": level,
        "kind": labels(kinds, np.select(rules, range(len(rules)), len(rules))),
        "stays_with_rival": stays(content, np.full(size, True), cheaper),
        "stays_without_rival": stays(content, np.full(size, False), cheaper),
        **made,
        "alive_until": dates(begin, window, left),
        "cause": pd.Series(cause, index, dtype="str").where(~stayed),
    }
    frame = pd.DataFrame({"tied": tied, "alternatives": rivals, "price": price}, index)
    lag = rng("survey", "day").integers(0, 30, size)
    frame.insert(0, "date", dates(begin, window, np.minimum(day["survey"] + lag, day["offer"]).astype(float)))
    marks = items(rng("items"), layers, asked, attitude)
    mood = np.log(answer / (1 - answer)) + 0.35 * np.abs(asked - 7)
    said = rng("answer").random(size) < 1 / (1 + np.exp(-mood))
    tables = {
        "orders": lines(
            ids,
            buyer[kept],
            dates(begin, window, time[kept]),
            amount[kept],
            MARGIN,
            channel=labels(CHANNELS, channel[kept]),
        ),
        "attributes": pd.DataFrame(attributes, index),
        "survey": _events(frame.join(marks.set_index(index))[said]),
        "kano": kano(rng("kano"), index[said]),
        "towns": pd.DataFrame(heads, pd.Index(towns, name="town", dtype="str")),
        "failures": _events(pd.DataFrame(trouble, index)[failed]),
        "campaign": _events(pd.DataFrame(offered, index)[vip]),
    }
    return World(tables=tables, truth=pd.DataFrame(truth, index=index), parameters=options)


def _check(options: dict[str, Any]) -> tuple[pd.Timestamp, int]:
    begin, window = period(options)
    for name, (low, high) in LIMITS.items():
        between(name, options[name], low, high)
    for name in ("gesture_cost", "service_cost"):
        options[name] = number(options[name], name, least=0)
    events = options["customers"] * (1 + window * options["orders_per_year"] / 365.25)
    if events > MOST_EVENTS:
        raise InputError(
            f"This makes about {events:,.0f} orders; {MOST_EVENTS:,} is the most. Take fewer customers, a "
            "shorter window or fewer orders_per_year."
        )
    return begin, window


def _events(table: pd.DataFrame) -> pd.DataFrame:
    """Return rows in order of time, with the customer in a column."""
    return table.reset_index().sort_values(["date", "customer_id"], kind="stable", ignore_index=True)
