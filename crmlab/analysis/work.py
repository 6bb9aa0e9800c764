"""The analyst's journey: from a file of orders to a report, the customers, and lessons on these orders."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crmlab.analysis import saving
from crmlab.analysis.answer import answer
from crmlab.analysis.audited import Audited, Checked, orders
from crmlab.analysis.base import Base, base
from crmlab.analysis.forecast import Forecast, forecast
from crmlab.analysis.lessons import Done
from crmlab.analysis.outcome import Outcome
from crmlab.analysis.pseudonyms import key_of
from crmlab.analysis.saving import Progress
from crmlab.analysis.section import Section, guarded, refused
from crmlab.analysis.settings import settings
from crmlab.analysis.table import Standing, customer_table
from crmlab.arguments import named
from crmlab.errors import CrmlabError
from crmlab.language import mark, tr

THEORY = {
    "pyramid": "pyramid",
    "lifecycle": "life cycle",
    "rfm": "RFM",
    "clv": "buy till you die",
    "money": "lifetime value",
}
"""The theory whose verdict in the audit decides whether a part of the report is valid."""
LABELS = {
    "pyramid": mark("Pyramid"),
    "lifecycle": mark("Life cycle"),
    "rfm": mark("RFM segments"),
    "clv": mark("Lifetime value"),
}
"""The parts of the report that rest on a theory."""


@dataclass(frozen=True, eq=False)
class Analysis(Outcome):
    """What an analysis found.

    Attributes
    ----------
    standing : Standing
        Where every customer stands, in the engine: dates, counts, money, stage, tier, scores, segment,
        P(alive), CLV.
    answer : list of str
        Five sentences: worth, carriers, leavers, Monday, how sure.
    sections : dict of str to Section
        The parts of the report by name: ``audit``, ``pyramid``, ``lifecycle``, ``rfm``, ``clv``.
    audit : crmlab.quality.Audit or None
        Findings, rows used and rows set aside, verdicts; None where the orders are in another engine.
    base : Base
        The customers behind it, with the settings.
    forecast : Forecast or None
        The models, where they are valid here.
    pseudonymised : bool
        Whether customers carry pseudonyms.
    lessons : list of Done
        What became of each lesson; empty where none was to be run.
    swept : int
        How many folders of killed analyses were removed beside the results.
    """

    def save(
        self,
        out: str | Path,
        *,
        force: bool = False,
        lessons: bool = False,
        jobs: int = 1,
        progress: Progress = lambda _: None,
    ) -> list[Done]:
        """Write the results to a folder, whole or not at all.

        Parameters
        ----------
        out : path
            The folder. It must be new or empty.
        force : bool
            Replace the results of an earlier analysis, but nothing else.
        lessons : bool
            Run the lessons, too.
        jobs : int
            How many lessons to run at a time.
        progress : callable
            Is told what is being done.

        Returns
        -------
        list of Done
            What became of each lesson.

        Raises
        ------
        InputError
            The folder holds something that no analysis made.
        OSError
            The disk is full, or the folder cannot be written.
        """
        return saving.save(self, Path(out), force=force, lessons=lessons, jobs=jobs, progress=progress)


@named
def analyse(
    source: Any,
    columns: Mapping[str, str | None] | None = None,
    *,
    choices: Mapping[str, str] | None = None,
    out: str | Path | None = None,
    key: str | Path | None = None,
    force: bool = False,
    lessons: bool = False,
    jobs: int = 1,
    progress: Progress = lambda _: None,
    name: str = "shop",
    margin: float | None = None,
    horizon: float | str = "52W",
    discount_rate: float = 0.10,
    currency: str = "EUR",
    calibration: Any = None,
    today: Any = None,
    dates: str | None = None,
    decimal: str | None = None,
    timezone: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    sheet: str | int | None = None,
    table: str | None = None,
) -> Analysis:
    """Audit orders, judge every customer by each theory that is valid for them, and say what to do.

    What is this base worth, who carries it, who is leaving, what is to be done, and how sure is all that?

    Parameters
    ----------
    source, columns, dates, decimal, timezone, delimiter, encoding, sheet, table
        The orders, as for `crmlab.read`. Of a table in Spark (see `crmlab.engines.open_orders`), customers,
        fits and labels are computed there; its rows must meet the contract, for there is no audit there, and
        lessons are not run.
    choices : mapping, optional
        Decisions of the audit, as for `crmlab.quality.audit`.
    out : path, optional
        Folder to write the results to; see `Analysis.save`, also for ``force``, ``lessons`` and ``jobs``.
    key : path, optional
        Key file. With it, customers carry pseudonyms everywhere; it is made where there is none.
    progress : callable, optional
        Is told what is being done, a few words at a time.
    name : str
        What the business is called.
    margin : float, optional
        Profit as a share of revenue. By default from the cost of goods in the orders, else 0.30.
    horizon : number or duration
        How far to look ahead: weeks, or such as ``"12M"`` or ``"12 months"``.
    discount_rate : float
        Annual and effective: 0.10 is 10%.
    currency : str
        What amounts are counted in. It is only shown.
    calibration : date, optional
        Last day that the test of the forecast learns from; by default after two thirds of the time.
    today : date, optional
        The day after which a date lies in the future; by default the machine's.

    Returns
    -------
    Analysis

    Raises
    ------
    InputError
        A setting is out of its range, or a file or folder cannot be used.
    DataError
        The orders cannot be read, or none is left after the audit.

    Examples
    --------
    >>> import crmlab as crm
    >>> done = crm.analysis.analyse(crm.datasets.cdnow(sample=True), currency="USD", name="CDNOW")
    >>> len(done.customers), len(done.answer)
    (2357, 5)
    >>> done.sections["pyramid"].title
    'The best fifth of the customers bring 67% of the revenue'
    """
    chosen = settings(
        name=name,
        margin=margin,
        horizon=horizon,
        discount_rate=discount_rate,
        currency=currency,
        calibration=calibration,
    )
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    place, left = None if out is None else Path(out), 0
    if place is not None:
        from crmlab.analysis import folder

        folder.check(place, force=force, sources=_files(source, key))
        left = folder.sweep(place)
    progress("Orders")
    secret = None if key is None else key_of(Path(key), place)
    reading: dict[str, Any] = {
        "dates": dates,
        "decimal": decimal,
        "timezone": timezone,
        "delimiter": delimiter,
        "encoding": encoding,
        "sheet": sheet,
        "table": table,
    }
    data = orders(source, columns, choices, secret, today, **reading)
    progress("Customers")
    with threadpool_limits(1):  # so few numbers at a time are several times slower with threads
        found = _found(base(data.transactions, chosen), data, progress, pseudonymised=key is not None)
    if place is None:
        return found
    done = found.save(place, force=force, lessons=lessons, jobs=jobs, progress=progress)
    return replace(found, lessons=done, swept=left)


def _files(source: Any, key: str | Path | None) -> list[Path]:
    """Return the files that are read and must not be replaced by the results."""
    from crmlab.reading.sources import files

    return [*(files(source) if isinstance(source, str | Path) else []), *([Path(key)] if key else [])]


def _found(found: Base, data: Audited | Checked, progress: Progress, *, pseudonymised: bool) -> Analysis:
    """Judge the customers by every valid theory, and put the parts of the report together."""
    refusals = {part: why for part in THEORY if (why := data.refusal(THEORY[part]))}
    progress("Forecast")
    said, why = None, refusals.get("clv", "")
    if not why:
        try:
            said = forecast(found, refusals.get("money", ""))
        except CrmlabError as error:
            why = str(error)
    if why:
        refusals["clv"] = why
    progress("Stages, tiers and segments")
    standing = customer_table(found, said, set(LABELS) - set(refusals))
    progress("Report")
    made = _sections(found, data, standing, said, refusals)
    return Analysis(standing, answer(found, standing, made), made, data.audit, found, said, pseudonymised)


def _sections(
    found: Base,
    data: Audited | Checked,
    standing: Standing,
    said: Forecast | None,
    refusals: Mapping[str, str],
) -> dict[str, Section]:
    from crmlab.analysis.sections import audit, clv, lifecycle, pyramid, rfm

    makers: dict[str, Callable[[], Section]] = {
        "pyramid": lambda: pyramid.section(found, standing),
        "lifecycle": lambda: lifecycle.section(found, standing),
        "rfm": lambda: rfm.section(found, standing),
    }
    if said is not None:
        forecasted = said
        makers["clv"] = lambda: clv.section(found, standing, forecasted)
    made = {"audit": audit.section(found, standing, data)}
    for name, label in LABELS.items():
        if name in refusals:
            made[name] = refused(name, tr(label), refusals[name])
        else:
            made[name] = guarded(name, tr(label), makers[name])
        if caveat := data.caveat(THEORY[name]):
            made[name].caveats.append(caveat)
    return made
