"""A simulated operator of contracts whose causes of leaving are known."""

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import number
from crmlab.errors import InputError
from crmlab.simulate.draws import (
    Array,
    Codes,
    between,
    dates,
    draw,
    labels,
    numbered,
    ordered,
    period,
    poisson,
    stream,
)
from crmlab.simulate.world import World

PLANS = {"basic": (15.0, 0.45), "plus": (25.0, 0.35), "premium": (40.0, 0.20)}  # price a month, share
TERMS = (0, 12, 24)  # months
ARMS = ("none", "service", "discount")
CAUSES = ("firm", "competitor", "customer")
REASONS = ("service", "better offer", "moved", "not stated")
SAID = ((0.35, 0.30, 0.0, 0.35), (0.05, 0.60, 0.0, 0.35), (0.0, 0.05, 0.70, 0.25))  # reason given, by cause
REGIONS = {"north": 0.25, "east": 0.25, "south": 0.25, "west": 0.25}
COSTS = {"question": 4.0, "billing": 6.0, "complaint": 15.0, "cancellation": 8.0}

LOCKED, LOCK = 0.35, 60.0  # share with a bundle, and what leaving it costs them, in the currency
WEIGHTS = np.array([0.8, 0.4])  # what a unit of satisfaction takes off the log hazard: firm, competitor
FADE = 65.0  # mean days for which a failure rankles
COMPLAIN = 0.3  # share of failures that the customer complains about; the others are silent
DISCOUNT, SERVICE_COST = 0.10, 2.0  # of the bill; the currency a month
MONTH = 365.25 / 12
MOST_DAYS = 600_000_000  # customers times days: more take many minutes and fill the memory

LIMITS: dict[str, tuple[float, float]] = dict.fromkeys(
    ["sensitivity", "firm", "competitor", "customer", "failures_per_year"], (0, inf)
)
LIMITS |= dict.fromkeys(["service_effect", "discount_effect", "caution"], (-inf, inf))
LIMITS |= dict.fromkeys(["arrivals", "programme"], (0, 1))


def contracts(
    customers: int = 6000,
    start: Any = "2022-01-01",
    end: Any = "2024-12-31",
    *,
    seed: int,
    sensitivity: float = 0.012,
    firm: float = 0.20,
    competitor: float = 0.30,
    customer: float = 0.04,
    fees: Sequence[float] = (0.0, 80.0, 160.0, 240.0),
    caution: float = 0.003,
    abolished: float = 0.6,
    programme: float = 0.65,
    service_effect: float = 1.0,
    discount_effect: float = 0.4,
    failures_per_year: float = 0.8,
    arrivals: float = 0.5,
) -> World:
    r"""Simulate a telephone operator whose customers are held by fees, and leave for causes that are known.

    Do customers stay because they want to, or because leaving is dear? Each is at risk of three causes, with
    hazards a year of

    .. math::
        h_{firm} &= f\, u\, e^{-0.8\, q(t)}\, e^{-\theta s(t)}, \\
        h_{competitor} &= c\, u\, e^{-0.4\, q(t)}\, e^{-\theta s(t)}, \qquad h_{customer} = m,

    where *u* ~ Gamma(2, 2) is how restless the customer is, *q(t)* = *level* − *rankle* the satisfaction, its
    level normal(0, 1), and *s(t)* the switching cost in money: a personal part, 60 for a bundle (technical),
    and the exit fee (contractual) until the term ends or the fee is abolished for all on one day. A failure
    adds an exponential(1) rankle, which fades by *e* in 65 days. The first cause to strike is the cause.

    Parameters
    ----------
    customers : int
        How many sign. Their ids are in order of signing.
    start, end : str or date
        First and last day observed.
    seed : int
        Same seed and options, same world. Each customer's fate hangs on draws of their own: another fee or
        effect changes only the dates that it moves.
    sensitivity : float
        *θ*, what one unit of money in the switching cost takes off the log hazard.
    firm, competitor, customer : float
        *f*, *c*, *m*: hazards a year of a customer with *u* = 1, *q* = 0, *s* = 0.
    fees : sequence of float
        Exit fees, of which each quote for a term of 12 or 24 months names one at random.
    caution : float
        What one unit of money in the exit fee takes off the log odds to sign, even at no fee.
    abolished : float
        Share of the window after which the exit fee falls for all; 1 is never.
    programme : float
        Share of the window after which each customer gets an arm at random, for good: nothing, better
        service (2 a month) or a discount of 10 %.
    service_effect, discount_effect : float
        What service takes off the log hazard of the firm's own cause, and a discount off the competitor's.
    failures_per_year : float
        Mean failures per customer and year, the same for all.
    arrivals : float
        Share of the window, from its start, in which customers sign, at a steady rate.

    Returns
    -------
    World
        Tables ``orders`` (monthly bills; ``quantity`` is gigabytes), ``contracts``, ``quotes``, ``outages``,
        ``satisfaction``, ``contacts``, ``programme``, ``attributes``. The truth: ``restlessness`` *u*,
        ``satisfaction`` (its level), ``switching_cost`` (personal part), ``alive_until`` with its ``cause``,
        and ``until_none``, ``until_service``, ``until_discount``: the same customer's day under each arm.

    Raises
    ------
    InputError
        A date that does not exist, an option out of its range, or more customers and days than memory holds.

    Notes
    -----
    ====================  ====================================================================================
    term                  chosen: the settled (low *u*) take long ones, so that after the term, when nothing
                          holds them more than others, about 0.4, 0.3 and 0.2 a year leave (0, 12, 24 months)
    exit fee              random at the quote; the signed fear it less often than chance (``caution``)
    vip (attributes)      chosen by staff among the settled on dear plans; does nothing, and still VIPs leave
                          about a third less: a decoy
    reason (contracts)    what leavers say: 35 % nothing; of those lost to the firm's failures 30 % name a
                          better offer, 35 % the service
    usage (bills)         halves in the 60 days before a competitor takes the customer: a warning
    cancellation contact  up to 10 days before the firm's and the competitor's causes: comes too late to act
    retention_desk        attribute filled in as customers leave: a leak
    region                nothing: a decoy
    ====================  ====================================================================================

    References
    ----------
    Klemperer, P. (1987). Markets with consumer switching costs. Quarterly Journal of Economics 102(2),
    375-394.

    Examples
    --------
    >>> from crmlab.simulate import contracts
    >>> operator = contracts(customers=400, seed=7)
    >>> sorted(operator.truth["cause"].dropna().unique())
    ['competitor', 'customer', 'firm']
    >>> operator.table("programme")["arm"].nunique()
    3
    """
    options = dict(locals())
    begin, window = _check(options)
    who, sign, fate, fail, ask, call, use = (
        stream(seed, "contracts", name) for name in ("who", "sign", "fate", "fail", "ask", "call", "use")
    )
    signed = np.sort(sign.random(customers)) * arrivals * window
    restless, level = who.gamma(2, 1 / 2, customers), who.normal(0, 1, customers)
    personal, bundle = who.gamma(2, 20, customers), who.random(customers) < LOCKED
    plan = draw(who, [share for _, share in PLANS.values()], customers)
    settled = -np.log(restless) + who.normal(0, 1, customers)
    term = np.array(TERMS)[np.digitize(settled, np.quantile(settled, [0.25, 0.6]))]
    vip = settled + plan + who.normal(0, 1, customers) > 2.2
    amounts = np.array(options["fees"])
    accept = 1 / (1 + np.exp(caution * amounts))
    fee = np.where(term > 0, amounts[draw(sign, accept / accept.sum(), customers)], 0.0)
    fee_until = np.minimum(signed + term * MONTH, abolished * window)

    span = window - signed
    failed, failed_at = poisson(fail, signed, span, np.full(customers, failures_per_year / 365.25))
    severity = fail.exponential(1, len(failed))
    asked, asked_at = poisson(ask, signed, span, np.full(customers, 0.6 / 365.25))
    started = int(programme * window)
    arm = np.where(signed < started, draw(fate, [1 / 3] * 3, customers), 0)

    base = restless * np.exp(-sensitivity * (personal + LOCK * bundle)) / 365.25
    hazard = np.array([[firm], [competitor]]) * base * np.exp(-WEIGHTS[:, None] * level)
    limits = fate.exponential(1, (2, customers))
    moved = signed + fate.exponential(365.25 / customer, customers)
    relief = np.ones((3, 2, customers))
    relief[1, 0, signed < started] = np.exp(-service_effect)
    relief[2, 1, signed < started] = np.exp(-discount_effect)
    until, cause, rankle = _fates(
        hazard, limits, (signed, fee_until, np.exp(-sensitivity * fee)), (failed, failed_at, severity),
        (asked, asked_at), (relief, started), window,
    )  # fmt: skip
    first = moved < until
    until, cause = np.where(first, moved, until), np.where(first, 2, cause)
    until[until >= window] = inf
    every = np.arange(customers)
    left, why = until[arm, every], np.where(np.isinf(until[arm, every]), -1, cause[arm, every])

    def on(time: Array) -> Array:
        return dates(begin, window, time)

    ids = numbered("C", customers, 6)
    index = pd.Index(ids, name="customer_id")
    reason = (use.random((customers, 1)) > np.cumsum(SAID, axis=1)[why, :-1]).sum(axis=1)
    price = np.array([price for price, _ in PLANS.values()])[plan]
    here = (signed < started) & (left > started)
    deal = {
        "customer_id": ids,
        "date": on(signed),
        "plan": labels(PLANS, plan),
        "term": term,
        "price": price,
        "bundle": bundle,
        "exit_fee": fee,
        "fee_until": on(np.where(term > 0, np.where(fee_until < window, fee_until, inf), inf)),
        "left": on(left),
        "reason": labels(REASONS, reason).astype(object),
    }
    deals = pd.DataFrame(deal)
    deals["reason"] = deals["reason"].where(why >= 0).astype("str")
    buyer, bills = _bills(use, (signed, left, why), price, (arm, started), window)
    said = asked_at < left[asked]
    score = np.clip(np.rint(6.5 + 1.6 * (level[asked] - rankle) + ask.normal(0, 1, len(asked))), 1, 10)
    answers = {"customer_id": ids.take(asked), "date": on(asked_at), "score": score.astype(np.int64)}
    known = failed_at < left[failed]
    failures = {
        "customer_id": ids.take(failed),
        "date": on(failed_at),
        "severity": ordered(("minor", "major"), (severity > 1.5).astype(np.int64)),
    }
    tables = {
        "orders": bills.assign(customer_id=ids.take(buyer), date=on(bills["date"].to_numpy())),
        "contracts": deals,
        "quotes": _quotes(sign, deals, amounts, accept, on, arrivals * window),
        "outages": pd.DataFrame(failures)[known],
        "satisfaction": pd.DataFrame(answers)[said],
        "contacts": _contacts(call, ids, (signed, left, why), (failed[known], failed_at[known]), window, on),
        "programme": pd.DataFrame(
            {"customer_id": ids, "date": on(np.full(customers, float(started))), "arm": labels(ARMS, arm)}
        )[here],
        "attributes": pd.DataFrame(
            {
                "region": labels(REGIONS, draw(who, REGIONS.values(), customers)),
                "vip": vip,
                "retention_desk": use.random(customers) < np.where((why == 0) | (why == 1), 0.9, 0.01),
            },
            index=index,
        ),
    }
    for name in ("outages", "satisfaction"):
        tables[name] = tables[name].sort_values("date", kind="stable", ignore_index=True)
    tables["programme"] = tables["programme"].reset_index(drop=True)
    truth = {
        "restlessness": restless,
        "satisfaction": level,
        "switching_cost": personal,
        "alive_until": on(left),
        "cause": pd.Series(labels(CAUSES, why)).where(why >= 0).array,
        **{f"until_{name}": on(until[place]) for place, name in enumerate(ARMS)},
    }
    return World(tables=tables, truth=pd.DataFrame(truth, index=index), parameters=options)


def _check(options: dict[str, Any]) -> tuple[pd.Timestamp, int]:
    begin, window = period(options)
    for name, (low, high) in LIMITS.items():
        between(name, options[name], low, high)
    number(options["abolished"], "abolished", "a share of the window", above=0, most=1)
    if not isinstance(options["fees"], list | tuple) or not options["fees"]:
        raise InputError(f"fees is {options['fees']!r}. Give a list of amounts, such as [0, 80, 160].")
    options["fees"] = [number(fee, "A fee", "an amount", least=0) for fee in options["fees"]]
    if options["customers"] * window > MOST_DAYS:
        raise InputError(
            f"This makes {options['customers'] * window:,} days of customers; {MOST_DAYS:,} is the most. "
            "Take fewer customers or a shorter window."
        )
    events = options["customers"] * window * options["failures_per_year"] / 365.25
    if events > MOST_DAYS / 10:
        raise InputError(f"This makes about {events:,.0f} failures. Take fewer failures_per_year.")
    return begin, window


def _fates(
    hazard: Array,
    limits: Array,
    deal: tuple[Array, Array, Array],
    failures: tuple[Codes, Array, Array],
    asked: tuple[Codes, Array],
    relief: tuple[Array, int],
    window: int,
) -> tuple[Array, Codes, Array]:
    """Return when and why each customer leaves under each arm, and the rankle of those asked, when asked.

    A cause strikes when its hazard, added up day by day, passes a limit that is exponential(1).
    """
    signed, fee_until, held = deal
    size = len(signed)
    until, cause = np.full((1, size), float(window)), np.zeros((1, size), dtype=np.int64)
    risk, rankle, felt = np.zeros((1, 2, size)), np.zeros(size), np.zeros(len(asked[0]))
    # Those in order of time, and where each day begins among them.
    turns = [np.argsort(time, kind="stable") for time in (failures[1], asked[1])]
    first = [
        np.searchsorted(time[turn], np.arange(window + 1))
        for time, turn in zip((failures[1], asked[1]), turns, strict=True)
    ]
    signed_by = np.searchsorted(signed, np.arange(1, window + 1))  # they are in order of signing
    for day, here in enumerate(signed_by):
        hit, answer = (turn[each[day] : each[day + 1]] for turn, each in zip(turns, first, strict=True))
        np.add.at(rankle, failures[0][hit], failures[2][hit])
        felt[answer] = rankle[asked[0][answer]]
        if day == relief[1]:  # from here on, each arm has a life of its own
            risk, until, cause = (np.repeat(each, 3, axis=0) for each in (risk, until, cause))
        # The share of the day for which they were customers, and for which the fee held them.
        there = np.minimum(day + 1 - signed[:here], 1)
        under = np.minimum(np.clip(fee_until[:here] - day, 0, 1), there)
        sore = np.exp(WEIGHTS[1] * rankle[:here])
        calm = sore * (there - under * (1 - held[:here]))
        # Satisfaction weighs twice as much with the firm's own cause, whence the square.
        today = hazard[:, :here] * np.stack([calm * sore, calm])
        risk[:, :, :here] += today * relief[0][:, :, :here] if day >= relief[1] else today
        struck = risk[:, :, :here] > limits[:, :here]
        new = struck.any(axis=1) & (until[:, :here] == window)
        cause[:, :here][new] = np.where(struck[:, 0], 0, 1)[new]
        until[:, :here][new] = np.maximum(day + 0.5, signed + 0.25)[np.nonzero(new)[1]]
        rankle *= np.exp(-1 / FADE)
    return until, cause, felt


def _bills(
    rng: np.random.Generator,
    life: tuple[Array, Array, Codes],
    price: Array,
    arms: tuple[Codes, int],
    window: int,
) -> tuple[Codes, pd.DataFrame]:
    """Return who is billed, and the monthly bills, the first on the day of signing."""
    signed, left, why = life
    count = np.ceil((np.minimum(left, window) - signed) / MONTH).astype(np.int64)
    buyer = np.repeat(np.arange(len(signed)), count)
    time = signed[buyer] + MONTH * (np.arange(len(buyer)) - np.repeat(np.cumsum(count) - count, count))
    turn = np.argsort(time, kind="stable")
    buyer, time = buyer[turn], time[turn]
    fading = (why[buyer] == 1) & (left[buyer] - time < 60)
    level = price / 3 * rng.gamma(4, 1 / 4, len(signed))
    usage = rng.poisson(level[buyer] * np.where(fading, 0.5, 1.0))
    arm = np.where(time >= arms[1], arms[0][buyer], 0)
    amount = price[buyer] * np.where(arm == 2, 1 - DISCOUNT, 1.0)
    cost = 0.3 * price[buyer] + 0.2 * usage + SERVICE_COST * (arm == 1)
    bills = {"customer_id": buyer, "date": time, "order_id": numbered("B", len(buyer), 8)}
    return buyer, pd.DataFrame(bills | {"quantity": usage, "amount": amount.round(2), "cost": cost.round(2)})


def _quotes(
    rng: np.random.Generator, deals: pd.DataFrame, fees: Array, accept: Array, on: Any, span: float
) -> pd.DataFrame:
    """Return all quotes for a term: those signed, and as many refused as the odds of their fee ask."""
    signed = deals.loc[deals["term"] > 0, ["date", "exit_fee", "customer_id"]]
    count = np.array([(signed["exit_fee"] == fee).sum() for fee in fees])
    refused = np.where(count > 0, rng.negative_binomial(np.maximum(count, 1), accept), 0)
    lost = {"date": on(rng.random(refused.sum()) * span), "exit_fee": np.repeat(fees, refused)}
    both = pd.concat([signed.assign(signed=True), pd.DataFrame(lost).assign(signed=False)])
    return both.sort_values("date", kind="stable", ignore_index=True)[
        ["date", "exit_fee", "signed", "customer_id"]
    ]


def _contacts(
    rng: np.random.Generator,
    ids: Any,
    life: tuple[Array, Array, Codes],
    failures: tuple[Codes, Array],
    window: int,
    on: Any,
) -> pd.DataFrame:
    """Return questions at a steady rate, complaints after failures, and cancellations before leaving."""
    signed, left, why = life
    stay = np.minimum(left, window) - signed
    caller, called = poisson(rng, signed, stay, np.full(len(signed), 1.2 / 365.25))
    reason = draw(rng, [0.6, 0.4], len(caller))
    loud = rng.random(len(failures[0])) < COMPLAIN
    going = np.flatnonzero((why == 0) | (why == 1))
    notice = np.maximum(left[going] - rng.uniform(0, 10, len(going)), signed[going])
    caller = np.concatenate([caller, failures[0][loud], going])
    called = np.concatenate([called, failures[1][loud], notice])
    reason = np.concatenate([reason, np.full(loud.sum(), 2), np.full(len(going), 3)])
    cost = np.array(list(COSTS.values()))[reason] * rng.gamma(4, 1 / 4, len(reason))
    contacts = {
        "customer_id": ids.take(caller),
        "date": on(called),
        "reason": labels(COSTS, reason),
        "cost": cost.round(2),
    }
    return pd.DataFrame(contacts).sort_values("date", kind="stable", ignore_index=True)
