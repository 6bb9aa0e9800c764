"""Pictures of decisions: words, tables and findings that follow from what the theory returned."""

from functools import cache, partial
from inspect import getmembers, isfunction

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from crmlab import decisions as theory
from crmlab.errors import DataError, InputError
from crmlab.plots import alt_text, table
from crmlab.plots.decisions import (
    campaigns,
    deals,
    loyalty,
    pricing,
    privacy,
    programmes,
    satisfaction,
    watch,
)

MODULES = {
    "campaigns": campaigns, "deals": deals, "loyalty": loyalty, "pricing": pricing, "privacy": privacy,
    "programmes": programmes, "satisfaction": satisfaction, "watch": watch,
}  # fmt: skip
LAYERS = ["core", "support", "emotion"]
KANO = {"core": ("expect", "dislike"), "support": ("like", "dislike"), "emotion": ("like", "neutral")}


def survey() -> dict[str, object]:
    rng = np.random.default_rng(2)
    marks = pd.DataFrame(rng.integers(1, 11, (400, 3)), columns=LAYERS)
    overall = marks @ [0.2, 0.2, 0.6] + rng.normal(size=400)
    answers = [(layer, *KANO[layer]) for layer in LAYERS for _ in range(30)]
    market = pd.Series(np.where(np.arange(400) % 2, "mixed", "monopoly"))
    chance = np.where(market == "mixed", 0.2 + 0.7 * (marks["core"] > 5), 0.9)
    return {
        "importance": theory.layer_importance(marks, overall, draws=20),
        "kano": theory.kano_kinds(pd.DataFrame(answers, columns=["layer", "present", "absent"])),
        "curves": theory.loyalty_curves(marks["core"], pd.Series(rng.random(400) < chance), market, draws=10),
    }


def card() -> dict[str, object]:
    rng = np.random.default_rng(3)
    shop = pd.Series(np.repeat([f"S{place}" for place in range(12)], 30))
    card = shop.str.slice(1).astype(int) < 6
    keen = rng.gamma(2, 2, 360)
    member = card & (keen > 4)
    panel = pd.DataFrame({"shop": shop, "card": card, "member": member})
    for name in ("orders", "amount", "margin", "redeemed", "profit"):
        panel[f"{name}_before"] = keen + rng.normal(0, 0.3, 360)
        panel[f"{name}_after"] = keen + 2.0 * member + rng.normal(0, 0.3, 360)
    did = theory.difference_in_differences(
        panel["orders_before"], panel["orders_after"], panel["card"], cluster=panel["shop"]
    )
    kind = pd.Series(np.where(keen > 4, "trust", "inertia"))
    rival = theory.difference_in_differences(
        panel["orders_after"], panel["orders_before"], panel["card"], by=kind, cluster=panel["shop"]
    )
    return {"panel": panel, "did": did, "effect": theory.programme_effect(panel), "rival": rival}


def tenders() -> dict[str, object]:
    rng = np.random.default_rng(5)
    size, names = 240, ["offer", "trial", "order"]
    at = rng.choice([0, 1, 2], size, p=[0.3, 0.3, 0.4])
    outcome = np.where(at == 2, "won", rng.choice(["lost", "open"], size, p=[0.8, 0.2]))
    deals_ = pd.DataFrame(
        {
            "deal_id": [f"D{place}" for place in range(size)], "outcome": outcome,
            "value": rng.gamma(2, 5e4, size),
            "closed": pd.Timestamp("2024-06-01"), "seller": rng.choice(["Ann", "Ben"], size), "forecast": 0.1,
        }
    )  # fmt: skip
    rows = [(deal, names[step], "2024-01-01") for deal, last in zip(deals_["deal_id"], at, strict=True)
            for step in range(last + 1)]  # fmt: skip
    steps = pd.DataFrame(rows, columns=["deal_id", "step", "date"])
    terms = {"order": names}
    return {
        "funnel": theory.funnel(deals_, steps, **terms),
        "won": theory.pipeline_draws(deals_, steps, draws=300, **terms),
        "bias": theory.forecast_bias(deals_, steps, **terms),
    }


@cache
def made() -> dict[str, object]:
    rng = np.random.default_rng(7)
    score = pd.Series(rng.random(600))
    treated = pd.Series(rng.random(600) < 0.5)
    answered = pd.Series(rng.random(600) < 0.1 + 0.5 * score * treated)
    money = 10.0 * answered - 3.0 * treated
    people = pd.DataFrame({name: rng.choice(list("abc"), 600) for name in ("age_band", "town", "kids")})
    months = pd.date_range("2024-01-31", periods=32, freq="ME")
    stream = pd.Series([*rng.normal(size=20), *rng.normal(2, 1, 12)], months)
    attitude, behaviour = (pd.Series(rng.integers(1, 11, 90)) for _ in range(2))
    worth = score + (people["town"] == "a")
    shifts = [0.0, 0.5, 1.0, 2.0]
    return {
        **survey(), **card(), **tenders(),
        "four": theory.attitude_behaviour(attitude, behaviour),
        "qini": theory.qini_curve(score, treated, answered),
        "area": theory.qini_interval(score, treated, answered, draws=40),
        "earned": theory.qini_curve(score, treated, money),
        "gain": theory.policy_gain(pd.DataFrame({"upper half": score > 0.5}), treated, money),
        "uniqueness": theory.uniqueness(people, ["age_band", "town", "kids"], least=30),
        "choices": theory.fields_worth(people, ["age_band", "town", "kids"], worth, least=30),
        "watched": theory.watched(stream, mean=0, sd=1),
        "lengths": pd.DataFrame(
            {"Shewhart": [theory.shewhart_run_length(each) for each in shifts],
             "CUSUM": [theory.cusum_run_length(each) for each in shifts]}, index=shifts
        ),
        "peeking": pd.Series({looks: theory.peeking(looks) for looks in (1, 2, 5, 10)}),
        "test": pd.DataFrame(
            {"share": [0.4, 0.2], "low": [0.35, 0.16], "high": [0.45, 0.24], "profit": [2.0, 4.0]},
            index=[10, 30],
        ),
    }  # fmt: skip


TIERS = pd.Series({"gold": 100.0, "iron": 60.0}), pd.Series({"gold": 1.0, "iron": 1.0})
PICTURES = {
    "satisfaction.importance": lambda m: partial(
        satisfaction.importance, m["importance"], pd.Series([9.0, 8, 5], LAYERS)
    ),
    "satisfaction.kano": lambda m: partial(satisfaction.kano, m["kano"]),
    "satisfaction.curves": lambda m: partial(satisfaction.curves, m["curves"]),
    "loyalty.four_loyalties": lambda m: partial(loyalty.four_loyalties, m["four"]),
    "loyalty.rival": lambda m: partial(loyalty.rival, m["rival"], unit="ORDERS"),
    "programmes.differences": lambda m: partial(programmes.differences, m["did"], unit="ORDERS"),
    "programmes.members": lambda m: partial(programmes.members, m["effect"], measure="profit", unit="EUR"),
    "privacy.uniqueness": lambda m: partial(privacy.uniqueness, m["uniqueness"], least=30),
    "privacy.choices": lambda m: partial(privacy.choices, m["choices"], least=30),
    "deals.funnel": lambda m: partial(deals.funnel, m["funnel"]),
    "deals.pipeline": lambda m: partial(deals.pipeline, m["won"], currency="EUR", plain=5e6),
    "deals.sellers": lambda m: partial(deals.sellers, m["bias"]),
    "campaigns.qini": lambda m: partial(campaigns.qini, m["qini"], m["area"], unit="ORDERS"),
    "campaigns.profit": lambda m: partial(campaigns.profit, m["earned"], currency="EUR"),
    "campaigns.policies": lambda m: partial(campaigns.policies, m["gain"], currency="EUR"),
    "pricing.tiers": lambda _: partial(pricing.tiers, *TIERS, cost=10, currency="EUR"),
    "pricing.protection": lambda _: partial(pricing.protection, 225, 159, mean=27.3, currency="EUR"),
    "pricing.demand": lambda m: partial(pricing.demand, m["test"], currency="EUR"),
    "watch.chart": lambda m: partial(watch.chart, m["watched"], kind="ewma", limit=2.814),
    "watch.run_lengths": lambda m: partial(watch.run_lengths, m["lengths"]),
    "watch.peeking": lambda m: partial(watch.peeking, m["peeking"]),
}
WORDS = """core support emotion Core Support Emotion mixed monopoly EUR ORDERS age_band age band town kids
offer trial order Ann Ben gold iron upper half everybody nobody Everybody Upper Shewhart CUSUM EWMA"""
DATA = WORDS.split()


def draw(name: str, **more: object) -> Axes:
    return PICTURES[name](made())(**more)


def test_no_picture_is_left_out():
    drawn = {
        f"{name}.{each}"
        for name, module in MODULES.items()
        for each, item in getmembers(module, isfunction)
        if item.__module__ == module.__name__ and not each.startswith("_")
    }
    assert drawn == set(PICTURES)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_has_words_a_table_and_a_finding(name):
    ax = draw(name)
    ax.figure.canvas.draw()
    assert len(alt_text(ax)) > 50
    assert "nan" not in alt_text(ax) + ax.get_title(loc="left")
    assert not table(ax).empty
    assert 10 < len(ax.get_title(loc="left")) < 82


@pytest.mark.parametrize("name", PICTURES)
def test_the_title_fits(name):
    ax = draw(name)
    ax.figure.canvas.draw()
    right = ax._left_title.get_window_extent().x1  # the text itself has no public name
    assert right <= ax.figure.bbox.x1 + 1


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_where_it_is_told_and_leaves_its_input_alone(name):
    _, ax = plt.subplots()
    call = PICTURES[name](made())
    before = [each.copy() if hasattr(each, "copy") else each for each in call.args]
    assert call(ax=ax) is ax
    for one, other in zip(before, call.args, strict=True):
        assert one.equals(other) if hasattr(one, "equals") else one == other


def title(ax: Axes) -> str:
    return ax.get_title(loc="left")


def test_findings_of_satisfaction_and_loyalty():
    assert (
        title(draw("satisfaction.importance")) == "Emotion moves satisfaction most; customers rank it 3 of 3"
    )
    assert title(draw("satisfaction.kano")) == "Core must be there, and Emotion delights"
    steps = made()["curves"]["step"]
    assert f"{100 * steps.max():.0f} more of 100 in mixed" in title(draw("satisfaction.curves"))
    counts = made()["four"].value_counts()
    share = counts["spurious"] / (counts["spurious"] + counts["true"])
    assert title(draw("loyalty.four_loyalties")) == f"Of those who come often, {share:.0%} do not like us"
    assert title(draw("loyalty.rival")).startswith("A rival takes most from “trust”: 2.")
    unsure = made()["rival"].assign(high=1.0)
    assert "cannot be told" in title(loyalty.rival(unsure, unit="x"))
    none = pd.Series(pd.Categorical(["latent"], categories=["true", "latent"]))
    assert title(loyalty.four_loyalties(none)) == "Nobody comes often"


def test_findings_of_programmes_privacy_and_deals():
    did = made()["did"].loc["all"]
    assert title(draw("programmes.differences")).startswith(f"The effect is {did['effect']:.2f} ORDERS")
    unsure = made()["did"].assign(low=-1.0)
    assert title(programmes.differences(unsure, unit="x")).startswith("No effect can be told")
    assert "the card did" in title(draw("programmes.members"))
    lost = made()["effect"].assign(member_low=-1.0)
    assert "what the card did cannot be told" in title(programmes.members(lost, measure="profit", unit="x"))
    assert title(draw("privacy.uniqueness")) == "With 3 fields, 0% of the people are alone in their cell"
    choices = made()["choices"]
    assert "Cells of at least 30" in title(draw("privacy.choices")) or "best choice" in title(
        draw("privacy.choices")
    )
    assert "No choice" in title(privacy.choices(choices.assign(allowed=False)))
    kept = choices.assign(allowed=choices["explained"] < choices["explained"].max())
    assert "leave" in title(privacy.choices(kept))
    funnel = made()["funnel"]
    assert title(draw("deals.funnel")).endswith(f"pass “{funnel['chance'].idxmin()}”")
    assert "million EUR, not 5.0" in title(draw("deals.pipeline"))
    small = deals.pipeline(made()["won"] / 1e6, currency="EUR")
    assert "bad twentieth" in title(small)
    assert title(draw("deals.sellers")) == "Of 2 sellers, 2 promise too little, and 0 too much"


def test_findings_of_campaigns_prices_and_charts():
    assert title(draw("campaigns.qini")).startswith("The best ")
    luck = pd.Series({"area": 1.0, "error": 2.0, "low": -3.0, "high": 5.0})
    assert "cannot be told" in title(campaigns.qini(made()["qini"], luck, unit="x"))
    worse = pd.Series({"area": -4.0, "error": 1.0, "low": -6.0, "high": -2.0})
    assert "fewer" in title(campaigns.qini(made()["qini"], worse, unit="x"))
    loss = made()["earned"].assign(gain=lambda each: -each["share"])
    assert "leave the campaign" in title(campaigns.profit(loss, currency="x"))
    rise = made()["earned"].assign(gain=lambda each: each["share"])
    assert "everybody" in title(campaigns.profit(rise, currency="x"))
    unsure = made()["gain"].assign(low=-1.0)
    assert "cannot be told" in title(campaigns.policies(unsure, currency="x"))
    assert title(draw("pricing.tiers")) == "A price for each tier earns 8.2% more than one price for all"
    same = pd.Series({"a": 100.0, "b": 100.0}), pd.Series({"a": 1.0, "b": 1.0})
    assert "no more than" in title(pricing.tiers(*same, cost=10, currency="x"))
    assert title(draw("pricing.protection")) == "Keep 24 places for those who pay 225.00"
    assert "At 30.00 EUR, 20% buy" in title(draw("pricing.demand"))
    assert "10.4" in title(draw("watch.run_lengths")) or "8.4" in title(draw("watch.run_lengths"))
    assert "in 19% of tests, not 5%" in title(draw("watch.peeking"))


def test_a_chart_says_when_it_alarms():
    watched, days = made()["watched"], made()["watched"].index
    for kind, limit in (("shewhart", 3.0), ("ewma", 2.814), ("cusum", 4.0)):
        ax = watch.chart(watched, kind=kind, limit=limit)
        first = table(ax).index[table(ax)["alarm"]][0]
        assert title(ax).endswith(f"the first alarm is at {first:%Y-%m}")
        late = watch.chart(watched, kind=kind, limit=limit, changed=days[20])
        assert "points after the change" in title(late)
    assert title(watch.chart(watched, kind="shewhart", limit=8)) == "Shewhart: no alarm"
    quiet = watch.chart(watched, kind="shewhart", limit=8, changed=days[20])
    assert "although something changed" in title(quiet)
    early = watch.chart(watched, kind="shewhart", limit=0.1, changed=days[20])
    assert "a false alarm" in title(early)
    with pytest.raises(InputError, match=r"no chart 'ewmaa'.*'ewma'"):
        watch.chart(watched, kind="ewmaa", limit=3)


def test_what_is_no_result_of_the_theory_is_refused():
    with pytest.raises(DataError, match="nothing to draw"):
        satisfaction.kano(pd.DataFrame())
    with pytest.raises(InputError, match="lacks 'chance'"):
        deals.funnel(pd.DataFrame({"x": [1]}))
    with pytest.raises(InputError, match="no loyalty 'odd'"):
        loyalty.four_loyalties(pd.Series(["odd"]))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_speaks_the_readers_language(name, bypassing):
    assert bypassing(partial(draw, name), data=DATA) == []
