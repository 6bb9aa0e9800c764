"""One template for all models: a model supplies its mathematics, the template all the rest."""

import inspect
import json
from collections.abc import Iterator
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from crmlab.arguments import number
from crmlab.clv import saved
from crmlab.clv.newton import Optimum, minimise
from crmlab.clv.patterns import Patterns
from crmlab.clv.special import Array, inner
from crmlab.customers import DAYS, Customers
from crmlab.errors import FitError, InputError, unknown

_Z = 1.959963984540054  # the normal distribution's 97.5 % point
_RIDGE = 5.0  # a standard error of a log-parameter beyond this: its interval spans nine orders of magnitude
_VAGUE = 1.0  # beyond this there may be a second, higher peak elsewhere, so other starts are tried too
_MANY = 20_000  # patterns beyond which a part of them finds the start


class Model:
    r"""What every model shares: options, fit, summary, JSON.

    A subclass names its parameters and supplies `_read`, `_starts`, `_derivatives` and `_advice`.

    Parameters
    ----------
    penalty : float
        Weight of an L2 penalty on the log-parameters: the fit maximises
        :math:`LL - \tfrac12 \text{penalty} \sum_j (\ln \theta_j)^2`, with time measured in the
        customers' mean age. It is a normal prior around 1 with variance 1/penalty. 0 is maximum likelihood.

    Attributes
    ----------
    params_ : Series
        The estimates.
    covariance_ : DataFrame
        Of the estimates, from the curvature of the log-likelihood at its maximum.
    loglik_ : float
        The log-likelihood there, without the penalty.
    n_customers_ : int
        Customers fitted on.
    unit_ : str or None
        Time unit of the parameters.
    """

    _names: ClassVar[tuple[str, ...]]
    _in_time: ClassVar[tuple[str, ...]] = ()  # parameters that are measured in time
    _in_money: ClassVar[tuple[str, ...]] = ()

    params_: "pd.Series[float]"
    covariance_: pd.DataFrame
    loglik_: float
    n_customers_: int
    unit_: str | None
    _events: float  # whose density is per unit of time, so that the log-likelihood depends on the unit

    def __init__(self, *, penalty: float = 0.0) -> None:
        self.penalty = penalty

    # The model's mathematics

    def _read(self, data: Any, unit: str | None) -> tuple[Patterns, str | None]:
        raise NotImplementedError

    def _starts(self, data: Patterns) -> Iterator[dict[str, float]]:
        raise NotImplementedError

    def _derivatives(self, params: dict[str, float], data: Patterns) -> tuple[float, Array, Array]:
        """Return the log-likelihood with its gradient and Hessian in the parameters."""
        raise NotImplementedError

    def _advice(self, data: Patterns) -> str:
        raise NotImplementedError

    def _typical(self, data: Patterns) -> float:
        """Return the data's own scale of time or money, by which parameters are judged."""
        raise NotImplementedError

    # Options, as scikit-learn has them; its own base class costs half a second to import

    @classmethod
    def _options(cls) -> list[str]:
        return list(inspect.signature(cls).parameters)

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 - scikit-learn's signature
        """Return the constructor's options; ``sklearn.base.clone`` works with them."""
        return {name: getattr(self, name) for name in self._options()}

    def set_params(self, **options: Any) -> Self:
        """Set constructor options."""
        for name, value in options.items():
            if name not in self._options():
                raise unknown("option", name, self._options(), where=type(self).__name__)
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self)).parameters
        shown = [f"{k}={v!r}" for k, v in self.get_params().items() if v != defaults[k].default]
        return f"{type(self).__name__}({', '.join(shown)})"

    # Fit

    def fit(self, customers: Any, unit: str | None = None) -> Self:
        """Estimate the parameters by maximum likelihood.

        Parameters
        ----------
        customers : Customers or DataFrame
            The class's description names the columns. A column ``customers`` counts the customers of a row.
        unit : {"D", "W", "M", "Y"}, optional
            Time unit of a DataFrame.

        Returns
        -------
        The model itself, with the fitted attributes.

        Raises
        ------
        InputError
            A column or the unit is missing, or an option is out of its range.
        DataError
            Rows break a rule; the message names customers.
        FitError
            There is no estimate to rely on; the message says why and what to try.
        """
        number(self.penalty, "penalty", least=0)
        data, unit = self._read(customers, unit)
        best = self._maximise(data)
        self._adopt(best, data, unit)
        return self

    def _maximise(self, data: Patterns, start: Array | None = None) -> Optimum:
        """Return the optimum in log-parameters, or raise FitError."""
        if start is None and len(data) > _MANY:
            part = data.every(len(data) // _MANY + 1)
            try:
                start = self._maximise(part).point
            except FitError:
                start = None
        starts = [] if start is None else [start]
        starts += [np.log([given[name] for name in self._names]) for given in self._starts(data)]
        found: list[Optimum] = []
        for point in starts:
            found.append(minimise(lambda log: self._objective(log, data), point))
            if found[0].converged and np.linalg.eigvalsh(found[0].hessian)[0] > _VAGUE**-2:
                break
        best = min(found, key=lambda optimum: (not optimum.converged, optimum.value))
        self._judge(best, data)
        return best

    def _log_scale(self, data: Patterns) -> Array:
        scaled = self._in_time + self._in_money
        typical = self._typical(data) if scaled else 1.0
        return np.log([typical if name in scaled else 1.0 for name in self._names])

    def _objective(self, log: Array, data: Patterns) -> tuple[float, Array, Array]:
        """Return minus the penalised log-likelihood with its derivatives in the log-parameters."""
        with np.errstate(all="ignore"):
            theta = np.exp(log)
            value, gradient, hessian = self._derivatives(dict(zip(self._names, theta, strict=True)), data)
        gradient = theta * gradient
        hessian = theta[:, None] * hessian * theta + np.diag(gradient)
        # Time and money are penalised relative to their own scale, so that the unit does not matter.
        away = log - self._log_scale(data)
        value -= 0.5 * self.penalty * float(away @ away)
        return -value, self.penalty * away - gradient, self.penalty * np.eye(len(log)) - hessian

    def _judge(self, found: Optimum, data: Patterns) -> None:
        """Raise FitError unless the optimum is one to rely on."""
        name, finite = type(self).__name__, np.isfinite(found.hessian).all()
        if finite:
            eigenvalues, vectors = np.linalg.eigh(found.hessian)
            if eigenvalues[0] < _RIDGE**-2:
                scale = self._log_scale(data)
                which = np.flatnonzero(np.abs(vectors[:, 0]) > 0.3)
                where = ", ".join(
                    f"{self._names[i]} -> {'infinity' if found.point[i] > scale[i] else '0'}" for i in which
                )
                raise FitError(
                    f"{name}: the likelihood has a ridge, along which {where} fit the data equally well. "
                    f"{self._advice(data)} To get one point of the ridge, fit with a penalty, for example "
                    f"{name}(penalty=0.1)."
                )
        if not found.converged:
            size = float(np.abs(found.gradient).max())
            raise FitError(
                f"{name}: the search did not converge in {found.steps} steps (largest gradient {size:.2g}). "
                f"{self._advice(data)} A penalty steadies the fit: {name}(penalty=0.1)."
            )

    def _adopt(self, best: Optimum, data: Patterns, unit: str | None) -> None:
        theta = np.exp(best.point)
        inverse = np.linalg.inv(best.hessian)
        values = dict(zip(self._names, theta.tolist(), strict=True))
        self.params_ = pd.Series(values, name="estimate")
        self.covariance_ = pd.DataFrame(
            theta[:, None] * inverse * theta, index=list(self._names), columns=list(self._names)
        )
        with np.errstate(all="ignore"):
            self.loglik_ = float(self._derivatives(values, data)[0] if self.penalty else -best.value)
        self.n_customers_ = round(data.customers)
        self.unit_ = unit
        self._events = float(inner(data["frequency"], data.weights)) if self._in_time else 0.0

    # What a fit is

    @property
    def _p(self) -> dict[str, float]:
        """The parameters as plain numbers, or InputError where there are none yet."""
        if not hasattr(self, "params_"):
            name = type(self).__name__
            raise InputError(f"This {name} has no parameters yet. Call fit, or use {name}.from_params.")
        return {str(name): float(value) for name, value in self.params_.items()}

    @property
    def aic(self) -> float:
        """Akaike's information criterion, 2k − 2LL: lower is better."""
        return 2 * len(self._p) - 2 * self.loglik_

    @property
    def bic(self) -> float:
        """Schwarz's information criterion, k ln(customers) − 2LL: lower is better."""
        return len(self._p) * float(np.log(self.n_customers_)) - 2 * self.loglik_

    def summary(self) -> pd.DataFrame:
        """Return each parameter's estimate, standard error, and 95 % interval.

        The interval is built on the log scale, so it stays positive.

        Examples
        --------
        >>> from crmlab.clv import SBG
        >>> SBG().fit([1000, 631, 468, 382, 326, 289, 262, 241]).summary().round(2)
               estimate    SE  lower  upper
        alpha      0.70  0.07   0.59   0.85
        beta       1.18  0.15   0.92   1.52
        """
        estimate = np.array(list(self._p.values()))
        error = np.sqrt(np.diag(self.covariance_.to_numpy()))
        with np.errstate(over="ignore"):  # what the data do not bound has an interval from 0 to infinity
            factor = np.exp(_Z * error / estimate)
        rows = {"estimate": estimate, "SE": error, "lower": estimate / factor, "upper": estimate * factor}
        return pd.DataFrame(rows, index=list(self._names))

    @classmethod
    def from_params(cls, *, unit: str | None = None, **params: float) -> Self:
        """Return a model with given parameters, as if fitted; it has no standard errors.

        Parameters
        ----------
        unit : {"D", "W", "M", "Y"}
            Time unit of the parameters, for a model in continuous time.
        **params : float
            Each parameter, by the name in the class's description.

        Raises
        ------
        InputError
            A parameter is missing, unknown or not positive, or the unit is missing.

        Examples
        --------
        >>> from crmlab.clv import GammaGamma
        >>> round(GammaGamma.from_params(p=6.25, q=3.74, v=15.44).mean_spend, 2)
        35.22
        """
        for name in params:
            if name not in cls._names:
                raise unknown("parameter", name, cls._names, where=cls.__name__)
        for name in cls._names:
            number(params.get(name), f"{cls.__name__}: parameter {name}", above=0)
        if cls._in_time:
            _known_unit(unit)
        model = cls()
        model.params_ = pd.Series({n: float(params[n]) for n in cls._names}, name="estimate")
        blank = np.full((len(cls._names),) * 2, np.nan)
        model.covariance_ = pd.DataFrame(blank, index=list(cls._names), columns=list(cls._names))
        model.loglik_, model.n_customers_, model.unit_, model._events = float("nan"), 0, unit, 0.0
        return model

    def in_unit(self, unit: str) -> Self:
        """Return the same model with time measured in another unit.

        Examples
        --------
        >>> from crmlab.clv import BGNBD
        >>> weekly = BGNBD.from_params(r=0.24, alpha=4.4, a=0.8, b=2.4, unit="W")
        >>> round(float(weekly.in_unit("D").params_["alpha"]), 6)
        30.8
        """
        params = self._p
        if not self._in_time or self.unit_ is None:
            raise InputError(f"{type(self).__name__} does not measure time in days or weeks.")
        ratio = DAYS[self.unit_] / DAYS[_known_unit(unit)]
        factor = np.array([ratio if name in self._in_time else 1.0 for name in self._names])
        other = self.from_params(
            unit=unit, **{n: v * f for (n, v), f in zip(params.items(), factor, strict=True)}
        )
        other.set_params(**self.get_params())
        other.covariance_ = self.covariance_ * np.outer(factor, factor)
        other.loglik_ = self.loglik_ - self._events * float(np.log(ratio))
        other.n_customers_, other._events = self.n_customers_, self._events
        return other

    def to_json(self) -> str:
        """Return the fitted model as JSON text: parameters, covariance, unit, log-likelihood, version.

        Write it to a file of your choice; `from_json` reads the text.

        Examples
        --------
        >>> import json
        >>> from crmlab.clv import SBG
        >>> json.loads(SBG.from_params(alpha=0.7, beta=1.2).to_json())["params"]
        {'alpha': 0.7, 'beta': 1.2}
        """
        from crmlab import __version__

        blank = bool(self.covariance_.isna().any(axis=None)) if self._p else True
        fields = {
            "model": type(self).__name__,
            "version": __version__,
            "options": self.get_params(),
            "params": self._p,
            "unit": self.unit_,
            "covariance": None if blank else self.covariance_.to_numpy().tolist(),
            "loglik": None if np.isnan(self.loglik_) else self.loglik_,
            "n_customers": self.n_customers_,
            "events": self._events,
        }
        return json.dumps(fields, indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model that `to_json` wrote.

        Raises
        ------
        InputError
            The text is no JSON, holds another model, or has a field that no fitted model has.

        Examples
        --------
        >>> from crmlab.clv import BGNBD
        >>> model = BGNBD.from_params(r=0.24, alpha=4.4, a=0.8, b=2.4, unit="W")
        >>> BGNBD.from_json(model.to_json()).params_.equals(model.params_)
        True
        """
        fields = saved.read(text, cls.__name__, cls._names, cls._options())
        model = cls.from_params(unit=fields["unit"], **fields["params"]).set_params(**fields["options"])
        if fields["covariance"] is not None:
            model.covariance_.iloc[:, :] = fields["covariance"]
        model.loglik_ = float("nan") if fields["loglik"] is None else float(fields["loglik"])
        model.n_customers_, model._events = fields["n_customers"], float(fields["events"])
        return model


def _known_unit(unit: str | None) -> str:
    if unit is None:
        raise InputError(f"Say which time unit is meant: unit= one of {', '.join(DAYS)}.")
    if not isinstance(unit, str) or unit not in DAYS:
        raise unknown("time unit", unit, DAYS)
    return unit


def known_unit(customers: Any) -> str | None:
    """Return the time unit of Customers, or of a DataFrame that was theirs; None where nothing tells it."""
    if isinstance(customers, Customers):
        return customers.unit
    return getattr(customers, "attrs", {}).get("unit")


def unit_of(customers: Any, unit: str | None) -> str:
    """Return the time unit of Customers; of a DataFrame the one that was given, or else the one it keeps."""
    if isinstance(customers, Customers) and unit not in (None, customers.unit):
        raise InputError(f"unit is '{unit}', but these customers count time in {customers.unit}.")
    return _known_unit(unit or known_unit(customers))
