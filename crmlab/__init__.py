"""crmlab: lessons on customer relationship management, and the small package that they share.

>>> import crmlab as crm
>>> transactions = crm.datasets.cdnow(sample=True)
>>> customers = crm.summarise(transactions, end="1997-09-30", unit="W")
>>> customers
Customers(2,357 customers up to 1997-09-30, unit W)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmlab.customers import Customers, summarise
    from crmlab.errors import CrmlabError, DataError, FitError, InputError, NotForThisCase
    from crmlab.transactions import read

__version__ = "0.1.0"

_ERRORS = ("CrmlabError", "DataError", "FitError", "InputError", "NotForThisCase")
_FROM = {
    "Customers": "customers",
    "summarise": "customers",
    "read": "transactions",
    **dict.fromkeys(_ERRORS, "errors"),
}
_MODULES = [
    "analysis",
    "clv",
    "course",
    "datasets",
    "decisions",
    "engines",
    "errors",
    "groups",
    "lifecycle",
    "plots",
    "pyramid",
    "quality",
    "ranks",
    "segments",
    "simulate",
    "transactions",
]

__all__ = [
    "CrmlabError",
    "Customers",
    "DataError",
    "FitError",
    "InputError",
    "NotForThisCase",
    "analysis",
    "clv",
    "course",
    "datasets",
    "decisions",
    "engines",
    "errors",
    "groups",
    "lifecycle",
    "plots",
    "pyramid",
    "quality",
    "ranks",
    "read",
    "segments",
    "simulate",
    "summarise",
    "transactions",
]


def __getattr__(name: str) -> Any:
    """Load a part of the package when it is first used, so that ``import crmlab`` stays quick."""
    if name in _FROM:
        return getattr(import_module(f"crmlab.{_FROM[name]}"), name)
    if name in _MODULES:
        return import_module(f"crmlab.{name}")
    raise AttributeError(f"module 'crmlab' has no attribute '{name}'")


def __dir__() -> list[str]:
    """List the parts that are loaded on demand too."""
    return sorted({*globals(), *__all__})
