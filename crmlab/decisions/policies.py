"""What a rule of targeting would have earned, read off a campaign whose treatment was given by lot."""

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number
from crmlab.decisions.columns import Floats, flags, numbers
from crmlab.errors import DataError, InputError, some, unknown
from crmlab.groups import same_customers
from crmlab.intervals import normal_limit


@checked
def policy_value(
    policies: pd.DataFrame,
    treated: pd.Series,
    profit: pd.Series,
    *,
    chance: float | pd.Series = 0.5,
    level: float = 0.95,
) -> pd.DataFrame:
    r"""Return what each policy would have earned a customer, from a campaign by lot.

    Whom to write to? Each rule says yes or no to each customer; the lot had said yes or no before. Those whom
    both treat alike show what the rule earns, each weighed by how likely the lot was to do so:

    .. math:: V(\pi) = \sum_{a \in \{0, 1\}} s_a\,
        \frac{\sum_{i: \pi_i = a} 1\{t_i = a\}\, y_i / e_i(a)}{\sum_{i: \pi_i = a} 1\{t_i = a\} / e_i(a)}

    with the share :math:`s_a` of customers to whom it says *a*, profit *y*, treatment *t* and its chance
    :math:`e(1)`, :math:`e(0) = 1 - e(1)`.

    Parameters
    ----------
    policies : DataFrame of bool
        By customer in the test, one column a policy: True where it treats. A policy that was learned from
        these same customers flatters itself: learn it from others.
    treated : Series of bool
        What the lot decided.
    profit : Series
        By customer, net of what the treatment cost.
    chance : float or Series
        Of being treated, between 0 and 1, by customer where it differs.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame by policy, with ``nobody`` and ``everybody`` first
        ``share`` treated; ``value`` a customer, its standard ``error``, ``low`` and ``high``, missing where
        the lot followed the policy for one customer alone; and ``total``, the value of all in the test.

    Raises
    ------
    InputError
        A chance is not between 0 and 1, or a policy is called nobody or everybody.
    DataError
        Other customers, a missing value, or a policy whose word the lot followed for nobody, so that nothing
        is known of it.

    References
    ----------
    Horvitz, D. G. and Thompson, D. J. (1952). A generalization of sampling without replacement from a finite
    universe. Journal of the American Statistical Association 47(260), 663-685. Hitsch, G. J., Misra, S. and
    Zhang, W. W. (2024). Heterogeneous treatment effects and optimal targeting policy evaluation. Quantitative
    Marketing and Economics 22, 115-168.

    Examples
    --------
    >>> from crmlab.decisions import policy_value
    >>> import pandas as pd
    >>> treated = pd.Series([1, 0, 1, 0])
    >>> profit = pd.Series([9.0, 2.0, 3.0, 4.0])
    >>> first_two = pd.DataFrame({"first two": [True, True, False, False]})
    >>> policy_value(first_two, treated, profit)["value"].to_dict()
    {'nobody': 3.0, 'everybody': 6.0, 'first two': 6.5}
    """
    number(level, "level", "a share", above=0, below=1)
    rules, lot, y, e = _given(policies, treated, profit, chance)
    rows = {}
    for name, rule in rules.items():
        value, influence = _value(str(name), rule, lot, y, e)
        error = influence.std() / np.sqrt(len(y))
        half = normal_limit(level) * error
        row = {
            "share": rule.mean(),
            "value": value,
            "error": error,
            "low": value - half,
            "high": value + half,
        }
        rows[name] = row | {"total": value * len(y)}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("policy")


@checked
def policy_gain(
    policies: pd.DataFrame,
    treated: pd.Series,
    profit: pd.Series,
    *,
    against: str = "nobody",
    chance: float | pd.Series = 0.5,
    level: float = 0.95,
) -> pd.DataFrame:
    r"""Return by how much each policy would have earned more than another one.

    Is the model better than the rule of thumb, or is it luck? Two policies differ only where one treats and
    the other does not: there, the effect of the treatment decides, and all other customers add no noise. So
    the interval is narrower than those of the two values would let one think.

    Parameters
    ----------
    policies, treated, profit, chance, level
        As for `policy_value`.
    against : str
        One of the policies, or nobody, or everybody.

    Returns
    -------
    DataFrame by policy
        ``differs``, the share of customers whom the two treat differently; the ``gain`` a customer, its
        standard ``error``, ``low`` and ``high``; and ``total``, the gain of all customers in the test. The
        row of the policy itself is left out.

    Raises
    ------
    InputError
        There is no such policy, or as for `policy_value`.
    DataError
        As for `policy_value`.

    Examples
    --------
    >>> from crmlab.decisions import policy_gain
    >>> import pandas as pd
    >>> treated = pd.Series([1, 0, 1, 0])
    >>> profit = pd.Series([9.0, 2.0, 3.0, 4.0])
    >>> first_two = pd.DataFrame({"first two": [True, True, False, False]})
    >>> policy_gain(first_two, treated, profit)["gain"].to_dict()
    {'everybody': 3.0, 'first two': 3.5}
    """
    number(level, "level", "a share", above=0, below=1)
    rules, lot, y, e = _given(policies, treated, profit, chance)
    if against not in rules:
        raise unknown("policy", against, rules)
    rows = {}
    for name, rule in rules.items():
        if name == against:
            continue
        gain, influence = 0.0, np.zeros(len(y))
        for sign, where in ((1, rule & ~rules[against]), (-1, ~rule & rules[against])):
            if where.any():
                part, spread = _effect(f"{name} and {against}", where, lot, y, e)
                gain, influence = gain + sign * part, influence + sign * spread
        error = influence.std() / np.sqrt(len(y))
        half = normal_limit(level) * error
        row = {"differs": (rule != rules[against]).mean(), "gain": gain, "error": error}
        rows[name] = row | {"low": gain - half, "high": gain + half, "total": gain * len(y)}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("policy")


def _given(
    policies: pd.DataFrame, treated: pd.Series, profit: pd.Series, chance: float | pd.Series
) -> tuple[dict[str, np.ndarray], np.ndarray, Floats, Floats]:
    """Return the rules, the lot, the profit and the chance, in the order of the policies' customers."""
    for each in (treated, profit, *([chance] if isinstance(chance, pd.Series) else [])):
        same_customers(policies, each)
    lot = flags(treated.reindex(policies.index), "treated")
    y = numbers(profit.reindex(policies.index), "profit")
    if isinstance(chance, pd.Series):
        e = numbers(chance.reindex(policies.index), "chance", 0, 1)
        if not ((e > 0) & (e < 1)).all():
            raise InputError(
                f"{int((~((e > 0) & (e < 1))).sum()):,} customers have a chance of 0 or 1: no lot was drawn "
                "for them. Leave them out."
            )
    else:
        e = np.full(len(y), number(chance, "chance", "a chance", above=0, below=1))
    rules = {"nobody": np.zeros(len(y), dtype=bool), "everybody": np.ones(len(y), dtype=bool)}
    if taken := [str(name) for name in policies.columns if name in rules]:
        raise InputError(f"The policies {some(taken)} are there already. Give yours other names.")
    rules |= {str(name): flags(policies[name], str(name)) for name in policies.columns}
    return rules, lot, y, e


def _mean(where: np.ndarray, side: np.ndarray, y: Floats, e: Floats, said: str) -> tuple[float, Floats]:
    """Return the mean profit of some had the lot treated all of them so, and what each adds to its error."""
    weight = np.where(where & side, 1 / e, 0.0)
    if weight.sum() == 0:
        raise DataError(f"The lot followed {said} for nobody, so nothing is known of it.")
    mean = float(weight @ y / weight.sum())
    many = int((weight > 0).sum())  # of one customer alone nobody knows how far off it is
    scale = np.sqrt(many / (many - 1)) if many > 1 else np.nan
    return mean, np.where(weight > 0, weight * (y - mean) * scale / weight.mean(), 0.0)


def _value(name: str, rule: np.ndarray, lot: np.ndarray, y: Floats, e: Floats) -> tuple[float, Floats]:
    value, influence = 0.0, np.zeros(len(y))
    for where, side, likely in ((rule, lot, e), (~rule, ~lot, 1 - e)):
        if where.any():
            mean, off = _mean(where, side, y, likely, f"the policy '{name}'")
            value += where.mean() * mean
            influence += where.mean() * off + where * mean
    return value, influence - value


def _effect(name: str, where: np.ndarray, lot: np.ndarray, y: Floats, e: Floats) -> tuple[float, Floats]:
    one, off_one = _mean(where, lot, y, e, f"one of the policies {name}")
    two, off_two = _mean(where, ~lot, y, 1 - e, f"one of the policies {name}")
    share = where.mean()
    return float(share * (one - two)), share * (off_one - off_two) + (where - share) * (one - two)
