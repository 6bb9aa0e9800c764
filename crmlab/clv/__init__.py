"""Customer lifetime value: models of purchasing, drop-out and spend, and what they say of each customer."""

from crmlab.clv.bdw import BdW
from crmlab.clv.bgbb import BGBB
from crmlab.clv.bgnbd import BGNBD, MBGNBD
from crmlab.clv.comparison import compare
from crmlab.clv.gammagamma import GammaGamma
from crmlab.clv.newcomers import levers, newcomer_value
from crmlab.clv.paretonbd import ParetoNBD
from crmlab.clv.predictions import with_predictions
from crmlab.clv.resampling import bootstrap
from crmlab.clv.sbg import SBG
from crmlab.clv.spendcheck import spend_check, spend_links, split_miss
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
    "levers",
    "lifetime_value",
    "newcomer_value",
    "spend_check",
    "spend_links",
    "split_miss",
    "with_lifetime_value",
    "with_predictions",
]
