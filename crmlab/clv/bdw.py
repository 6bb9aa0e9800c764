"""BdW: how long customers under contract stay, where their own risk may change with time."""

from crmlab.clv.contractual import Contractual


class BdW(Contractual):
    r"""Beta-discrete-Weibull model of how long customers under contract stay, if habits change.

    As sBG, but a customer's own chance of leaving may rise (*c* > 1) or fall (*c* < 1) with each renewal:

    .. math::
        S(t \mid \theta) = (1-\theta)^{t^c}, \quad \theta \sim \mathrm{Beta}(\alpha, \beta), \qquad
        S(t) = \frac{B(\alpha, \beta + t^c)}{B(\alpha, \beta)}

    The paper writes *γ*, *δ* for *α*, *β*. With *c* = 1 it is sBG.

    Parameters
    ----------
    penalty : float
        Weight of an L2 penalty on the log-parameters: the fit maximises LL − penalty/2 · Σ (ln θ)². 0 is
        maximum likelihood.

    Attributes
    ----------
    params_ : Series
        ``alpha``, ``beta`` and ``c``.
    covariance_ : DataFrame
    loglik_ : float
    n_customers_ : int
        Size of the cohort.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., Liu, Y., Davin, J. and Steenburgh, T. (2018). "How to project customer
    retention" revisited: the role of duration dependence. Journal of Interactive Marketing 43, 1-16.

    Examples
    --------
    >>> from crmlab.clv import BdW
    >>> model = BdW().fit([1000, 869, 743, 653, 593, 551, 517, 491])
    >>> model.params_.round(3).to_dict()
    {'alpha': 0.214, 'beta': 1.427, 'c': 1.724}
    """

    _names = ("alpha", "beta", "c")
