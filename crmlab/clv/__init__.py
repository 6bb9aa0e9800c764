"""Customer lifetime value: models of purchasing, drop-out and spend, and what they say of each customer."""

from crmlab.clv.bdw import BdW
from crmlab.clv.bgbb import BGBB
from crmlab.clv.bgnbd import BGNBD, MBGNBD
from crmlab.clv.comparison import compare
from crmlab.clv.gammagamma import GammaGamma
from crmlab.clv.paretonbd import ParetoNBD
from crmlab.clv.predictions import with_predictions
from crmlab.clv.renewals import (
    contract_models,
    left_after,
    newcomer_by_size,
    preferred,
    subscriber_worth,
)
from crmlab.clv.resampling import bootstrap
from crmlab.clv.sbg import SBG
from crmlab.clv.value import lifetime_value, with_lifetime_value
from crmlab.errors import FitError

__all__ = [
    "BGBB",
    "BGNBD",
    "MBGNBD",
    "SBG",
    "BdW",
    "FitError",
    "GammaGamma",
    "ParetoNBD",
    "bootstrap",
    "compare",
    "contract_models",
    "left_after",
    "lifetime_value",
    "newcomer_by_size",
    "preferred",
    "subscriber_worth",
    "with_lifetime_value",
    "with_predictions",
]
