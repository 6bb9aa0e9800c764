"""Customer lifetime value: models of purchasing, drop-out and spend, and what they say of each customer."""

from crmlab.clv.bdw import BdW
from crmlab.clv.bgbb import BGBB
from crmlab.clv.bgnbd import BGNBD, MBGNBD
from crmlab.clv.comparison import compare
from crmlab.clv.equity import (
    acquisition_share_for,
    equity_test,
    margin_multiple,
    promoted_value,
    prospect_equity,
    retention_uplift,
    switching_value,
    value_elasticities,
)
from crmlab.clv.gammagamma import GammaGamma
from crmlab.clv.index import entropy_weights, judged_weights, worst_judgement
from crmlab.clv.latent import alive_by_day, futures, posterior
from crmlab.clv.letters import letter_cut, letter_sensitivity, letter_worth
from crmlab.clv.newcomers import levers, newcomer_value
from crmlab.clv.paretonbd import ParetoNBD
from crmlab.clv.predictions import with_predictions
from crmlab.clv.race import fit_each, fit_small, on_list, redraw, score, verdicts
from crmlab.clv.recency_rule import silence_by_money, silence_by_past, silence_earned, silence_errors
from crmlab.clv.renewals import (
    contract_models,
    left_after,
    newcomer_by_size,
    preferred,
    subscriber_worth,
)
from crmlab.clv.resampling import bootstrap
from crmlab.clv.sbg import SBG
from crmlab.clv.spendcheck import spend_check, spend_links, split_miss
from crmlab.clv.toplist import index_values, top_list_chances, top_list_kept
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
    "acquisition_share_for",
    "alive_by_day",
    "bootstrap",
    "compare",
    "contract_models",
    "entropy_weights",
    "equity_test",
    "fit_each",
    "fit_small",
    "futures",
    "index_values",
    "judged_weights",
    "left_after",
    "letter_cut",
    "letter_sensitivity",
    "letter_worth",
    "levers",
    "lifetime_value",
    "margin_multiple",
    "newcomer_by_size",
    "newcomer_value",
    "on_list",
    "posterior",
    "preferred",
    "promoted_value",
    "prospect_equity",
    "redraw",
    "retention_uplift",
    "score",
    "silence_by_money",
    "silence_by_past",
    "silence_earned",
    "silence_errors",
    "spend_check",
    "spend_links",
    "split_miss",
    "subscriber_worth",
    "switching_value",
    "top_list_chances",
    "top_list_kept",
    "value_elasticities",
    "verdicts",
    "with_lifetime_value",
    "with_predictions",
    "worst_judgement",
]
