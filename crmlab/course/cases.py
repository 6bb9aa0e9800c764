"""A case: a business with its story, its data and its parameters for each lesson."""

import os
from functools import cached_property
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from crmlab import resources
from crmlab.course import documents
from crmlab.course.catalog import Lesson, lessons
from crmlab.course.documents import Day
from crmlab.course.documents import TextDates as TextDates
from crmlab.customers import DAYS, PERIODS
from crmlab.errors import InputError, NotForThisCase, short, unknown

if TYPE_CHECKING:
    from crmlab.simulate import World


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_SILENCE = 366  # days without an order at the end of the time, after which that end is taken for a mistake


class Bundled(_Strict):
    """Data that travel with the package."""

    kind: Literal["bundled"]
    name: Literal["cdnow", "complete-journey"]


class Simulated(_Strict):
    """Data of a simulated world; the options are those of its function in `crmlab.simulate`."""

    kind: Literal["simulated"]
    world: str = "business"
    customers: Annotated[int, Field(ge=1, le=10_000_000, strict=True)]
    start: Day
    end: Day
    seed: Annotated[int, Field(ge=0, strict=True)]
    options: dict[str, Any] = {}


class File(_Strict):
    """A file, folder or pattern of files of your own, seen from the case file, and tables beside it.

    The options are those of `crmlab.transactions.read`, the tables those of `crmlab.tables`.
    """

    kind: Literal["file"]
    path: Annotated[str, Field(min_length=1)]
    columns: dict[str, str | None] = {}
    dates: str | None = None
    decimal: str | None = None
    timezone: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | int | None = None
    table: str | None = None
    sha256: str | None = None
    tables: dict[str, str] = {}
    truth: str | None = None

    @property
    def options(self) -> dict[str, Any]:
        """How the file was written."""
        others = {"kind", "path", "columns", "sha256", "tables", "truth"}
        return self.model_dump(exclude=others)

    def files(self, folder: Path) -> list[Path]:
        """Return the files that the path names, seen from a folder; none where there is none."""
        from crmlab.reading.paths import files

        try:
            return files(folder / self.path)
        except InputError:
            return []


class Case(_Strict):
    """A business that lessons run on.

    Which shop are we in, what do we know about it, and what must be decided?
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    title: str
    story: str
    data: Annotated[Bundled | Simulated | File, Field(discriminator="kind")]
    currency: str
    unit: str
    calibration: Day
    end: Day
    serves: list[str] | None = None
    lessons: dict[str, dict[str, Any]] = {}

    _folder: Path = PrivateAttr(default=Path())

    @property
    def period(self) -> str:
        """What the time unit is called: day, week, month or year."""
        return PERIODS[self.unit]

    def transactions(self, sample: bool = False) -> Any:
        """Return the orders; with ``sample`` only those of about a tenth of the customers.

        CDNOW's sample is the literature's. Elsewhere it is every tenth customer in the order of ids.
        """
        from crmlab import datasets, transactions

        if sample and isinstance(self.data, Bundled) and self.data.name == "cdnow":
            return datasets.cdnow(sample=True)
        if isinstance(self.data, Bundled):
            table = datasets.bundled(self.data.name)
        elif isinstance(self.data, Simulated):
            table = transactions.read(self.table("orders"))
        else:
            table = transactions.read(self._file(self.data), self.data.columns, **self.data.options)
        return _every_tenth(table) if sample else table

    def check_dates(self) -> None:
        """Hold the case's days against its orders, before anything is made of them.

        Raises
        ------
        InputError
            No order falls on one side of the calibration, or none for very long before the end.
        """
        table = self.transactions()
        days = table.aggregate(first=table["date"].min(), last=table["date"].max()).to_pyarrow()
        first, last = days["first"][0].as_py(), days["last"][0].as_py()
        if not first <= self.calibration < last:
            raise InputError(
                f"Case '{self.name}': the calibration ({self.calibration}) must lie inside the orders, which "
                f"run from {first} to {last}: lessons look at what was bought after it. Choose a day well "
                "before the last one."
            )
        silent = (self.end - last).days
        if silent > _SILENCE:
            raise InputError(
                f"Case '{self.name}': the end ({self.end}) lies {silent:,} days after the last order "
                f"({last}), so everybody would look lost. Set it to the last day that the orders cover."
            )

    @property
    def tables(self) -> list[str]:
        """Names of the tables that the case has: orders, contacts, attributes and so on."""
        from crmlab import datasets, simulate

        if isinstance(self.data, Simulated):
            return list(simulate.WORLDS[self.data.world].tables)
        if isinstance(self.data, Bundled):
            return list(datasets.BUNDLED[self.data.name])
        return ["orders", *self.data.tables]

    def suits(self, lesson: Lesson) -> bool:
        """Whether the case has the tables that a lesson needs, and is meant for it."""
        meant = self.serves is None or lesson.name in self.serves
        return meant and set(lesson.tables) <= set(self.tables)

    def table(self, name: str) -> pd.DataFrame:
        """Return a table that the case has beside its orders, checked; `crmlab.tables` says what it holds.

        Raises
        ------
        NotForThisCase
            The case has no such table.
        InputError, DataError
            There is no table of that name, or a file of the reader's own breaks what it must hold.
        """
        from crmlab import datasets, tables

        if name != "orders" and name not in tables.TABLES:
            raise unknown("table", name, ["orders", *tables.TABLES])
        if name not in self.tables:
            raise NotForThisCase(
                f"The case '{self.name}' has no table '{name}'; it has {', '.join(self.tables)}."
            )
        if isinstance(self.data, Simulated):
            return self._world.table(name)
        if name == "orders":
            return self.transactions().to_pandas()
        if isinstance(self.data, Bundled):
            return datasets.bundled(self.data.name, name)
        return tables.read(name, self._folder / self.data.tables[name])

    def contacts(self) -> pd.DataFrame | None:
        """Return the service contacts (``customer_id, date, reason, cost``), where they are known."""
        return self.table("contacts") if "contacts" in self.tables else None

    def attributes(self) -> pd.DataFrame | None:
        """Return what is known about each customer beside the orders, where anything is."""
        return self.table("attributes") if "attributes" in self.tables else None

    def truth(self) -> pd.DataFrame | None:
        """Return the truth behind a simulated world. Open it only at the end of a lesson."""
        from crmlab import tables

        if isinstance(self.data, File) and self.data.truth:
            return tables.read("truth", self._folder / self.data.truth)
        return self._world.truth.copy() if isinstance(self.data, Simulated) else None

    @cached_property
    def _world(self) -> "World":
        """The simulated world, whole. Its tables are handed out as copies, for readers change theirs."""
        from crmlab import simulate

        assert isinstance(self.data, Simulated)
        return simulate.WORLDS[self.data.world].make(
            customers=self.data.customers,
            start=self.data.start,
            end=self.data.end,
            seed=self.data.seed,
            **self.data.options,
        )

    def _file(self, data: File) -> Path:
        path = self._folder / data.path
        found = data.files(self._folder)
        if not found:
            raise InputError(f"Case '{self.name}' names the data file {path}, which does not exist.")
        if data.sha256:
            if found != [path]:
                raise InputError(f"Case '{self.name}': 'data.sha256' is of one file, and {path} is several.")
            resources.verify(path, data.sha256)
        return path


def _every_tenth(table: Any) -> Any:
    import ibis

    ids = table.select("customer_id").distinct().mutate(place=ibis.row_number().over(order_by="customer_id"))
    return table.semi_join(ids.filter(ids["place"] % 10 == 0), "customer_id")


def bundled() -> dict[str, Path]:
    """Return the files of the bundled cases by name.

    Examples
    --------
    >>> "cdnow" in bundled()
    True
    """
    return {path.stem: path for path in sorted((resources.data() / "cases").glob("*.yaml"))}


def load(name: str) -> Case:
    """Return a case by the name of a bundled one or the path of a file, fully checked.

    Raises
    ------
    InputError
        No such case; the file is no YAML; a key, type, date, lesson or parameter is wrong. The message names
        the key and, for a misspelt name, the nearest one that exists.

    Examples
    --------
    >>> load("cdnow").currency
    'USD'
    """
    path = _find(name)
    content = documents.content(path)
    if not isinstance(content, dict):
        raise InputError(f"{path.name} is no case: it holds no keys. Start from {bundled()['cdnow'].name}.")
    case = _validated(content, path.name)
    case._folder = path.parent
    _check(case, path.name)
    return case


def _find(name: str) -> Path:
    known = bundled()
    if name in known:
        return known[name]
    path = Path(name)
    if path.suffix not in {".yaml", ".yml"}:
        raise unknown("case", name, known)
    if not os.path.isfile(path):  # which takes any name; Path.is_file raises for one that is too long
        raise InputError(f"There is no case file {path}. Check the path and the working folder.")
    return path


def _validated(content: dict[str, Any], where: str) -> Case:
    try:
        return Case(**content)
    except ValidationError as error:
        said = dict.fromkeys(_sentence(item, where) for item in error.errors())
        raise InputError(" ".join([*said][:3])) from error
    except TypeError as error:
        raise InputError(f"{where} has a key that is no text: {error}.") from error


def _sentence(item: Any, where: str) -> str:
    """Turn one of pydantic's findings into a sentence."""
    models: dict[str, type[BaseModel]] = {"bundled": Bundled, "simulated": Simulated, "file": File}
    key = ".".join(str(part) for part in item["loc"] if part not in {*models, "str", "int"})
    if item["type"] == "extra_forbidden":
        model = next((models[part] for part in item["loc"] if part in models), Case)
        return str(unknown("key", item["loc"][-1], model.model_fields, where=where))
    if item["type"] == "missing":
        return f"{where} lacks the key '{key}'."
    if item["type"] == "union_tag_not_found":
        return f"{where} lacks the key '{key}.kind': one of {', '.join(models)}."
    if item["type"] == "union_tag_invalid":
        return str(unknown("kind of data", item["ctx"]["tag"], models, where=where))
    given = short(repr(item["input"]))
    if item["type"].startswith("date"):
        return f"{where}: '{key}' is {given}, which is no date. Write it as YYYY-MM-DD."
    if item["loc"][-2:-1] == ("sheet",):
        return f"{where}: '{key}' is {given}. Give a name, or a number from 1."
    return f"{where}: '{key}' is {given}. {documents.wanted(item)}"


def _check(case: Case, where: str) -> None:
    """Check what a type alone cannot: dates in order, the unit, lessons and their parameters."""
    if case.unit not in DAYS:
        raise unknown("time unit", case.unit, DAYS, where=where)
    if not case.calibration < case.end:
        raise InputError(
            f"{where}: the calibration ({case.calibration}) must lie before the end ({case.end})."
        )
    if isinstance(case.data, Simulated):
        _check_simulated(case, case.data, where)
    if isinstance(case.data, File):
        _check_file(case.data, where)
    known = lessons()
    for name in [*case.lessons, *(case.serves or [])]:
        if name not in known:
            raise unknown("lesson", name, known, where=where)
    for name, values in case.lessons.items():
        if "case" in values:
            raise InputError(f"{where}, lesson {name}: the case is this file. Delete the parameter 'case'.")
        known[name].check(values, where=f"{where}, lesson {name}")


def _check_simulated(case: Case, data: Simulated, where: str) -> None:
    if not data.start < case.calibration < case.end <= data.end:
        raise InputError(
            f"{where}: the calibration ({case.calibration}) and the end ({case.end}) must lie inside the "
            f"simulated time, {data.start} to {data.end}."
        )
    from crmlab import simulate

    if data.world not in simulate.WORLDS:
        raise unknown("world", data.world, simulate.WORLDS, where=where)
    own_key = Simulated.model_fields
    options = [name for name in signature(simulate.WORLDS[data.world].make).parameters if name not in own_key]
    for name in data.options:
        if name not in options:
            raise unknown(f"option of the world '{data.world}'", name, options, where=where)


def _check_file(data: File, where: str) -> None:
    from crmlab.reading.names import OPTIONAL, REQUIRED
    from crmlab.reading.options import Options
    from crmlab.tables import TABLES

    for name in data.tables:
        if name not in TABLES:
            raise unknown("table", name, TABLES, where=f"{where}, 'data.tables'")
    for part in data.columns:
        if part not in REQUIRED + OPTIONAL:
            raise unknown("part of a transaction", part, REQUIRED + OPTIONAL, where=where)
    try:
        Options.of(data.options)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
