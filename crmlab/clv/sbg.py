"""sBG: how long customers under contract stay."""

from crmlab.clv.contractual import Contractual


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
