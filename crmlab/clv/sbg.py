"""sBG: how long customers under contract stay."""

from crmlab.clv.contractual import Contractual
from crmlab.clv.special import Array, hyp2f1_negative


class SBG(Contractual):
    r"""Shifted-beta-geometric model of how long customers under contract stay.

    At each renewal a customer leaves with probability :math:`\theta \sim \mathrm{Beta}(\alpha, \beta)`, the
    same for life but different between customers. With *t* in renewals (eqs. 5 and 6):

    .. math::
        P(T = t) = \frac{B(\alpha+1, \beta+t-1)}{B(\alpha, \beta)}, \qquad
        S(t) = \frac{B(\alpha, \beta+t)}{B(\alpha, \beta)}, \qquad
        r_t = \frac{\beta+t-1}{\alpha+\beta+t-1}

    Parameters
    ----------
    penalty : float
        Weight of an L2 penalty on the log-parameters: the fit maximises LL − penalty/2 · Σ (ln θ)². 0 is
        maximum likelihood.

    Attributes
    ----------
    params_ : Series
        ``alpha`` and ``beta``.
    covariance_ : DataFrame
    loglik_ : float
    n_customers_ : int
        Size of the cohort.

    Notes
    -----
    Somebody whose chance to leave is :math:`\theta` stays for :math:`(1+d)/(d+\theta)` discounted periods.
    After *n* renewals the mean over :math:`\mathrm{Beta}(\alpha, \beta+n)` has a closed form, which
    `discounted_lifetime` returns:

    .. math::
        {}_2F_1\!\left(1, \beta+n; \alpha+\beta+n; \tfrac{1}{1+d}\right)
        = \tfrac{1+d}{d} \, {}_2F_1\!\left(1, \alpha; \alpha+\beta+n; -\tfrac1d\right)

    It counts the period that is paid already. Without that one, and dated forward to the next renewal by
    :math:`1+d`, it is the discounted expected residual lifetime (DERL) of Fader and Hardie (2010).

    References
    ----------
    Fader, P. S. and Hardie, B. G. S. (2007). How to project customer retention. Journal of Interactive
    Marketing 21(1), 76-90.

    Examples
    --------
    >>> from crmlab.clv import SBG
    >>> model = SBG().fit([1000, 631, 468, 382, 326, 289, 262, 241])
    >>> model.params_.round(3).to_dict()
    {'alpha': 0.704, 'beta': 1.182}
    >>> model.retention([1, 12]).round(3).tolist()
    [0.627, 0.945]
    """

    _names = ("alpha", "beta")

    def _lifetimes(self, n: Array, discount_rate: float, *, saved: bool) -> Array:
        a, b = self._p["alpha"] + saved, self._p["beta"] + n
        return (1 + discount_rate) / discount_rate * hyp2f1_negative(1.0, a, b, 1 / discount_rate)
