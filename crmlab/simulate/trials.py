"""What a business tries on its customers, one after the other, with what each would do otherwise."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.simulate.draws import Array, Codes, dates, draw, labels, purchases, stream
from crmlab.simulate.ledger import Ledger
from crmlab.simulate.worlds.business import Business

CAUSES = {"rival": 0.45, "own life": 0.55, "failure": 0.0}  # shares of those who leave without a failure
RETURN = (0.22, 0.05, 0.35)  # of those who left by cause, because of a win-back offer
DORMANT = 0.10  # of those who are silent and have not left, because of it
SEVERITY = {"minor": 0.7, "major": 0.3}
LEAVE = np.array([[0.30, 0.14], [0.60, 0.22]])  # by severity: without a gesture, and with one
COMPLAIN = np.array([0.25, 0.50])
LOUD = 0.6  # those who complain leave that many times as often: they want to stay
AGE_PULL = np.array([0.4, 0.8, 1.2, 1.8])  # on the persuadable share, from the youngest to the oldest
CALLS, PUT_OFF = 2, (0.02, 0.35)  # contacts in a year; the shares put off by a mailing below, and from there
SHOPS = 24
KEEN = 1.5  # orders a year at which one in two joins the card
UNUSED = 0.3  # share of points
WHEN = {"card": 0.40, "win-back": 0.60, "catalogue": 0.62, "mailing": 0.75}  # shares of the window


class Trials:
    """The business so far: its ledger, who has left and why, and what was found out about each customer."""

    def __init__(self, base: Business, options: dict[str, Any]) -> None:
        self.base, self.options = base, options
        self.ids, self.size = base.truth.index, len(base.truth)
        self.begin = pd.Timestamp(options["start"])
        self.window = (pd.Timestamp(options["end"]) - self.begin).days + 1
        self.day = {name: int(share * self.window) for name, share in WHEN.items()}
        self.ledger = Ledger.of(base.transactions, self.ids, self.begin)
        self.left = (base.truth["alive_until"] - self.begin).dt.days.fillna(np.inf).to_numpy(float)
        self.rate = base.truth["purchase_rate"].to_numpy()
        cause = draw(stream(options["seed"], "campaign", "cause"), CAUSES.values(), self.size)
        self.cause = np.where(np.isinf(self.left), -1, cause)
        self.known: dict[str, Any] = {}
        self.offers: list[pd.DataFrame] = []

    def _roll(self, *names: str) -> Array:
        return stream(self.options["seed"], "campaign", *names).random(self.size)

    def _note(
        self, name: str, asked: Array, bought: tuple[Array, Array], profit: tuple[Array, Array]
    ) -> None:
        """Keep what each customer would do, and bring in, without the offer and with it."""
        kinds = ("lost", "persuadable", "put off", "sure")
        kind = pd.Series(labels(kinds, 2 * bought[0] + bought[1]), self.ids).where(asked)
        without, with_it = (np.where(asked, each, np.nan) for each in profit)
        self.known |= {name: kind, f"{name}_with": with_it, f"{name}_without": without}

    def _test(self, offer: str, asked: Array) -> tuple[Array, Array]:
        """Return who is in the test, and who gets the offer: half of those."""
        tested = asked & (self._roll(offer, "tested") < self.options["tested"])
        treated = tested & (self._roll(offer, "treated") < 0.5)
        return tested, treated

    def _offer(self, offer: str, who: Array, treated: Array, chance: float, cost: Array) -> None:
        day = np.where(who, self.day[offer], np.inf)
        table = {
            "customer_id": self.ids.to_series(),
            "date": dates(self.begin, self.window, day),
            "offer": labels([offer], np.zeros(self.size, np.int64)),
            "treated": treated,
            "chance": chance,
            "cost": np.where(treated, cost, 0.0),
        }
        self.offers.append(pd.DataFrame(table, index=self.ids)[who])

    def gestures(self) -> None:
        """Let a customer's first order go wrong, with a gesture to half: those who leave order no more."""
        seed, ledger, size = self.options["seed"], self.ledger, self.size
        turn = np.lexsort((ledger.day, ledger.who))
        count = np.bincount(ledger.who, minlength=size)
        nth = stream(seed, "campaign", "failures").geometric(self.options["failures"], size)
        failed = nth <= count
        at = np.full(size, self.window)
        at[failed] = ledger.day[turn[(np.cumsum(count) - count + nth - 1)[failed]]]
        severity = draw(stream(seed, "campaign", "severity"), SEVERITY.values(), size)
        loud = self._roll("complaint") < COMPLAIN[severity]
        chance = LEAVE[severity] * np.where(loud, LOUD, 1.0)[:, None]
        stays = (self._roll("leaving")[:, None] >= chance).T
        treated = self._roll("gesture") < 0.5

        upto = at + 1 + 2 * self.options["response"]
        back = ledger.count(at + 1, upto, size) > 0
        margin = ledger.margin(at + 1, upto, size)
        cost = self.options["gesture_cost"]
        profit = (margin * stays[0], margin * stays[1] - cost)
        self._note("gesture", failed, (back & stays[0], back & stays[1]), profit)
        over = failed & ~np.where(treated, stays[1], stays[0]) & (at < self.left)
        self.left = np.where(over, at, self.left)
        self.cause = np.where(over, list(CAUSES).index("failure"), self.cause)
        self.ledger = ledger.kept(ledger.day <= self.left[ledger.who])
        table = {
            "customer_id": self.ids.to_series(),
            "date": dates(self.begin, self.window, np.where(failed, at, np.inf)),
            "severity": labels(SEVERITY, severity),
            "complained": loud,
            "treated": treated,
            "cost": np.where(treated, cost, 0.0),
        }
        self.failures = pd.DataFrame(table)[failed].sort_values("date", kind="stable", ignore_index=True)

    def card(self) -> None:
        """Give half of the shops a card from a day on; each later order of a member may bring another."""
        seed, ledger = self.options["seed"], self.ledger
        self.shop = (self._roll("shop") * SHOPS).astype(np.int64)
        self.with_card = stream(seed, "campaign", "shops").permutation(SHOPS) < SHOPS // 2
        would_join = self._roll("joining") < self.rate / (self.rate + KEEN / 365.25)
        self.joined = np.full(self.size, self.window)
        late = ledger.day >= self.day["card"]
        np.minimum.at(self.joined, ledger.who[late], ledger.day[late])
        self.joined[~(would_join & self.with_card[self.shop])] = self.window
        rng = stream(seed, "campaign", "card")
        more, soon = rng.random((2, len(ledger.who)))
        last = np.minimum(self.left, self.window - 1)[ledger.who]
        spare = np.minimum(last - ledger.day, 28)
        again = (more < self.options["card_lift"]) & (spare > 0) & (ledger.day > self.joined[ledger.who])
        day = ledger.day + 1 + (soon * spare).astype(np.int64)
        self.ledger = ledger.joined(Ledger(ledger.lines, ledger.who[again], day[again], ledger.like[again]))
        self.known["would_join"] = would_join

    def win_back(self) -> None:
        """Make an offer to the silent; those who had left and come back have a second life."""
        day, response, size = self.day["win-back"], self.options["response"], self.size
        last = self.ledger.last(day, size)
        asked = np.isfinite(last) & (day - last > self.options["silent"])
        gone = asked & (self.left < day)
        before = self.ledger.count(day, day + response, size) > 0
        chance = np.where(gone, np.array(RETURN)[np.maximum(self.cause, 0)], DORMANT)
        moved = asked & ~before & (self._roll("win-back", "moved") < chance)
        tested, treated = self._test("win-back", asked)

        back = day + (self._roll("win-back", "day") * response).astype(np.int64)
        rng = stream(self.options["seed"], "campaign", "second life")
        again = np.flatnonzero(moved & gone)
        who, when, until = self._second_life(rng, again, back[again])
        one = np.flatnonzero(moved & ~gone)
        extra = self.ledger.brought(rng, np.concatenate([who, one]), np.concatenate([when, back[one]]))
        margin = self.ledger.margin(day, day + response, size)
        brought = extra.margin(day, day + response, size)
        buys = before | moved
        cost = self.options["contact_cost"] + self.options["win_back_voucher"] * buys
        self._note("win_back", asked, (before, buys), (margin, margin + brought - cost))
        self._offer("win-back", tested, treated, 0.5, cost)
        self.ledger = self.ledger.joined(extra.kept(treated[extra.who]))
        returned = again[treated[again]]
        self.left[returned] = until[treated[again]]
        fresh = draw(rng, CAUSES.values(), size)[returned]
        self.cause[returned] = np.where(np.isinf(self.left[returned]), -1, fresh)

    def _second_life(self, rng: np.random.Generator, who: Codes, first: Codes) -> tuple[Codes, Codes, Array]:
        """Return buyers and days of the orders of those who come back, and the day when each leaves again."""
        p = self.base.truth["dropout_probability"].to_numpy()[who]
        buyer, time, left = purchases(rng, first + rng.random(len(who)), self.window, self.rate[who], p)
        day = np.minimum(time, self.window - 1).astype(np.int64)
        return who[buyer], day, np.floor(left)

    def catalogue(self) -> None:
        """Send a catalogue to the customers with most orders, chosen by hand: it does nothing."""
        day = self.day["catalogue"]
        orders = self.ledger.count(0, day, self.size)
        asked = orders > 0
        # Equal customers are treated alike, so a few more than three tenths may get it.
        treated = asked & (orders >= np.quantile(orders[asked], 0.7) if asked.any() else asked)
        self._offer("catalogue", asked, treated, np.nan, np.full(self.size, 2 * self.options["contact_cost"]))

    def mailing(self) -> None:
        """Send a voucher to half of those tested: some buy because of it, some are put off."""
        day, response, size = self.day["mailing"], self.options["response"], self.size
        asked = np.isfinite(self.ledger.last(day, size))
        before = self.ledger.count(day, day + response, size) > 0
        age = self.base.attributes["age_band"].cat.codes.to_numpy()
        chance = self.options["persuadable"] * AGE_PULL[age] * (self.left > day)
        moved = asked & ~before & (self._roll("mailing", "moved") < chance)
        calls = self.contacts()
        ago = day - (calls["date"] - self.begin).dt.days
        busy = self.ids.get_indexer(pd.Index(calls["customer_id"][(ago > 0) & (ago <= 365)]))
        often = np.bincount(busy, minlength=size) >= CALLS
        put_off = (
            asked & before & (self._roll("mailing", "put off") < np.where(often, PUT_OFF[1], PUT_OFF[0]))
        )
        tested, treated = self._test("mailing", asked)

        ledger = self.ledger
        rng = stream(self.options["seed"], "campaign", "mailing", "orders")
        one = np.flatnonzero(moved)
        last = np.minimum(self.left, day + response - 1)[one]
        when = day + (rng.random(len(one)) * (last - day + 1)).astype(np.int64)
        extra = ledger.brought(rng, one, when)
        margin = ledger.margin(day, day + response, size)
        buys = (before & ~put_off) | moved
        cost = self.options["contact_cost"] + self.options["voucher"] * buys
        brought = extra.margin(day, day + response, size)
        self._note("mailing", asked, (before, buys), (margin, margin * ~put_off + brought - cost))
        self._offer("mailing", tested, treated, 0.5, cost)
        sulks = (treated & put_off)[ledger.who] & (ledger.day >= day) & (ledger.day < day + response)
        self.ledger = ledger.kept(~sulks).joined(extra.kept(treated[extra.who]))

    def contacts(self) -> pd.DataFrame:
        """Return the contacts of those who are still there."""
        calls = self.base.contacts
        left = pd.Series(dates(self.begin, self.window, self.left), self.ids)
        there = ~(calls["date"] > calls["customer_id"].map(left))
        return calls[there].reset_index(drop=True)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return what the firm sees."""
        orders = self.ledger.table(self.ids, self.begin)
        names = [f"S{number:02}" for number in range(1, SHOPS + 1)]
        card_from = dates(self.begin, self.window, np.where(self.with_card, self.day["card"], np.inf))
        shops = pd.DataFrame({"card_from": card_from}, pd.Index(names, name="shop", dtype="str"))
        joined = np.where(self.joined < self.window, self.joined, np.inf)
        members = pd.DataFrame({"date": dates(self.begin, self.window, joined)}, self.ids).dropna()
        since = members["date"].reindex(orders["customer_id"]).to_numpy()
        points = orders["amount"][orders["date"] > since] * self.options["reward"]
        earned = points.groupby(orders["customer_id"]).sum().reindex(members.index, fill_value=0.0)
        used = stream(self.options["seed"], "campaign", "points").beta(7, 3, self.size)
        used = used[self.ids.get_indexer(members.index)]
        members = members.assign(redeemed=(earned * used).round(2), unredeemed=(earned * (1 - used)).round(2))
        return {
            "orders": orders,
            "contacts": self.contacts(),
            "attributes": self.base.attributes.assign(shop=labels(names, self.shop)),
            "campaign": pd.concat(self.offers, ignore_index=True).sort_values(
                ["date", "customer_id"], kind="stable", ignore_index=True
            ),
            "failures": self.failures,
            "shops": shops,
            "members": members,
        }

    def truth(self) -> pd.DataFrame:
        """Return what only the maker knows of each customer."""
        traits = self.base.truth.assign(alive_until=dates(self.begin, self.window, self.left))
        cause = pd.Series(labels(CAUSES, np.maximum(self.cause, 0)), self.ids).where(self.cause >= 0)
        return traits.assign(cause=cause, **self.known)
