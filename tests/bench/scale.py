"""Measure how far one machine goes: millions of orders in DuckDB, Spark, pandas and lifetimes.

For example ``python tests/bench/scale.py 1 10 100 --limit 4GB --folder /large/disk``. Every measurement runs
in a process of its own; its memory is the peak of that process (with Spark's Java in it). Prints a Markdown
table.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MILLION = 1_000_000
STAGES = ["read", "customers", "patterns", "fit", "spend fit", "table", "whole", "CPU s", "peak MB"]
found: dict[str, Any] = {}

# Customers differ in when they come, how often they buy, how long they stay and what they spend. Rows lie in
# the order of time, as orders do.
ORDERS = """
COPY (
    WITH customers AS (
        SELECT range AS customer_id, floor(730 * random()) AS first,
               -0.02 * ln(1 - random()) AS rate, -300 * ln(1 - random()) * random() AS life,
               exp(3 + 0.8 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())) AS spend,
               random() AS u
        FROM range({customers})
    ), lives AS (
        SELECT *, least(life, 729 - first) AS span FROM customers
    ), orders AS (
        SELECT customer_id, first, span, spend,
               unnest(range(CAST(floor(rate * span * 3.2 + u) AS BIGINT) + 1)) AS n
        FROM lives
    )
    SELECT customer_id,
           DATE '2023-01-01' + CAST(first + if(n = 0, 0, ceil(span * random())) AS INTEGER) AS date,
           round(spend * exp(0.5 * (random() + random() + random() - 1.5)), 2) AS amount
    FROM orders ORDER BY date
) TO '{file}' (FORMAT parquet)
"""
PER_CUSTOMER = 8  # orders, about


def main() -> None:
    """Make the orders, run every engine on them, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("millions", nargs="+", type=float, help="millions of orders")
    parser.add_argument("--engines", default="duckdb,spark,pandas,lifetimes")
    parser.add_argument("--limit", default="4GB", help="memory of DuckDB, and of Spark's Java")
    parser.add_argument("--most", type=float, default=12, help="GB at which pandas and lifetimes are stopped")
    parser.add_argument("--minutes", type=float, default=10, help="after which an engine is stopped")
    parser.add_argument("--spark-up-to", type=float, default=10, help="millions of orders for Spark")
    parser.add_argument("--folder", default=None, help="where orders and what does not fit into memory go")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="crmlab-") as folder:
        for millions in options.millions:
            file = Path(folder) / "orders.parquet"
            made = work("make", options.minutes, file, folder, str(int(millions * MILLION / PER_CUSTOMER)))
            for engine in options.engines.split(","):
                if engine != "spark" or millions <= options.spark_up_to:
                    limit = options.limit if engine in {"duckdb", "spark"} else str(options.most)
                    rows.append((made, engine, work(engine, options.minutes, file, folder, limit)))
                    print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
            file.unlink()
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, DuckDB limit {options.limit}\n")
    print("| orders | customers | engine | " + " | ".join(STAGES) + " |")
    print("|---" * (len(STAGES) + 3) + "|")
    for made, engine, seen in rows:
        cells = [seen.get("stopped", "")] + [""] * (len(STAGES) - 1) if "stopped" in seen else []
        cells = cells or [_cell(seen.get(stage)) for stage in STAGES]
        print(f"| {made['rows']:,} | {made['customers']:,} | {engine} | " + " | ".join(cells) + " |")


def work(task: str, minutes: float, *words: Any) -> dict[str, Any]:
    """Run a task in a process of its own and return what it measured, or why it did not end."""
    command = [sys.executable, "-W", "ignore", __file__, "--worker", task, *map(str, words)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60 * minutes, check=False)
    except subprocess.TimeoutExpired:
        return {"stopped": f"did not finish in {minutes:g} min"}
    if done.returncode:
        if task == "make":
            raise SystemExit(done.stderr)
        last = (done.stderr.strip().splitlines() or [""])[-1]
        no_room = done.returncode < 0 or "Memory" in last or "alloc" in last  # native code just dies of it
        return {"stopped": f"did not fit in memory ({words[-1]})" if no_room else last[:200]}
    return json.loads(done.stdout.splitlines()[-1])


def timed(stage: str, task: Callable[[], Any]) -> Any:
    """Run a stage and keep its seconds."""
    begin = time.perf_counter()
    result = task()
    found[stage] = time.perf_counter() - begin
    return result


def make(file: str, folder: str, customers: str) -> None:
    """Write the orders as Parquet."""
    import duckdb

    con = duckdb.connect()
    con.execute(f"SET temp_directory = '{folder}'; SET memory_limit = '4GB'; SELECT setseed(0.5)")
    con.execute(ORDERS.format(customers=customers, file=file))
    count = f"SELECT count(*), count(DISTINCT customer_id) FROM '{file}'"
    found["rows"], found["customers"] = con.execute(count).fetchone()


def duckdb(file: str, folder: str, limit: str) -> None:
    """Take the orders from the file to the written table of customers in DuckDB."""
    import crmlab as crm

    crm.engines.limit_memory(limit, folder=folder)
    _whole(lambda: crm.read(file), Path(folder) / "customers.parquet")


def spark(file: str, folder: str, limit: str) -> None:
    """Do the same in Spark on this machine."""
    import crmlab as crm

    options = {"spark_local_dir": folder}
    backend = timed("session", lambda: crm.engines.spark(memory=limit.lower().removesuffix("b"), **options))
    _whole(lambda: crm.read(backend.read_parquet(file)), Path(folder) / f"customers-{os.getpid()}")


def _whole(read: Callable[[], Any], target: Path) -> None:
    from pyarrow.dataset import dataset

    import crmlab as crm
    from crmlab import clv

    orders = timed("read", read)
    customers = timed("customers", lambda: _counted(crm.summarise(orders, unit="W").kept()))
    found["patterns found"] = len(timed("patterns", customers.patterns))
    model = timed("fit", lambda: clv.BGNBD().fit(customers))
    spend = timed("spend fit", lambda: clv.GammaGamma().fit(customers.spend_patterns()))
    options = {"horizon": 52, "discount_rate": 0.10, "margin": 0.30}
    table = crm.decisions.customer_table
    timed("table", lambda: table(customers, model, spend, **options).to_parquet(target))
    assert dataset(target).count_rows() == len(customers)
    found["written MB"] = sum(part.stat().st_size for part in [target, *target.glob("*")]) / 1e6


def _counted(customers: Any) -> Any:
    """Have a lazy engine compute the customers now, so that their time is theirs."""
    assert len(customers)
    return customers


def pandas(file: str, folder: str, limit: str) -> None:
    """Summarise the orders the plain way, and fit on its result."""
    import pandas as pd

    from crmlab import clv

    _cap(limit)
    orders = timed(
        "read", lambda: pd.read_parquet(file).assign(date=lambda rows: pd.to_datetime(rows["date"]))
    )
    customers = timed("customers", lambda: _grouped(orders))
    timed("fit", lambda: clv.BGNBD().fit(customers, unit="W"))


def _grouped(orders: Any) -> Any:
    days = orders.groupby(["customer_id", "date"], as_index=False)["amount"].sum()
    by = days.groupby("customer_id")
    seen = by.agg(
        first=("date", "min"), last=("date", "max"), orders=("date", "size"), total=("amount", "sum")
    )
    seen["first_amount"] = days.sort_values("date").groupby("customer_id")["amount"].first()
    end = orders["date"].max()
    seen["frequency"] = seen["orders"] - 1
    seen["recency"] = (seen["last"] - seen["first"]).dt.days / 7
    seen["T"] = (end - seen["first"]).dt.days / 7
    seen["monetary_value"] = (seen["total"] - seen["first_amount"]) / seen["frequency"].where(
        seen["orders"] > 1
    )
    return seen


def lifetimes(file: str, folder: str, limit: str) -> None:
    """Summarise the orders with lifetimes, and fit."""
    import pandas as pd
    from lifetimes import BetaGeoFitter
    from lifetimes.utils import summary_data_from_transaction_data

    _cap(limit)
    orders = timed(
        "read", lambda: pd.read_parquet(file).assign(date=lambda rows: pd.to_datetime(rows["date"]))
    )
    customers = timed(
        "customers",
        lambda: summary_data_from_transaction_data(
            orders, "customer_id", "date", "amount", freq="D", freq_multiplier=7
        ),
    )
    columns = [customers[name] for name in ("frequency", "recency", "T")]
    timed("fit", lambda: BetaGeoFitter().fit(*columns))


def _cap(limit: str) -> None:
    """Stop this process rather than the machine."""
    import resource

    size = int(float(limit) * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _used() -> tuple[float, float]:
    """Return the processor seconds and the peak MB of this process and of those that it started."""
    import psutil

    me = psutil.Process()
    seconds, kilobytes = 0.0, 0
    for process in [me, *me.children(recursive=True)]:
        times = process.cpu_times()
        seconds += times.user + times.system
        status = Path(f"/proc/{process.pid}/status").read_text()
        kilobytes += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return seconds, kilobytes / 1024


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


if __name__ == "__main__":
    if sys.argv[1:2] != ["--worker"]:
        main()
        raise SystemExit
    task, *words = sys.argv[2:]
    tasks = {"make": make, "duckdb": duckdb, "spark": spark, "pandas": pandas, "lifetimes": lifetimes}
    tasks[task](*words)
    if task != "make":
        found["whole"] = sum(found.get(stage, 0) for stage in STAGES[:-3])
        found["CPU s"], found["peak MB"] = _used()
    print(json.dumps(found))
