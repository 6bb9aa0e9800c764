"""What the benchmark runs in processes of their own: make orders; take them through an engine's stages."""

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

HORIZON_WEEKS, RATE, MARGIN = 52, 0.10, 0.30
CHUNK = 500_000  # customers simulated at a time
found: dict[str, float] = {}


def make(file: str, size: str) -> None:
    """Write orders (customer_id, date, amount) of CDNOW, or of so many simulated customers, as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    import crmlab as crm

    if not size.isdigit():
        orders = crm.datasets.cdnow(sample="sample" in size).select("customer_id", "date", "amount")
        # A spend model takes no customer whose purchases were all free.
        pq.write_table(orders.filter(orders["amount"] > 0).to_pyarrow(), file)
        return
    schema = pa.schema([("customer_id", pa.int64()), ("date", pa.date32()), ("amount", pa.float64())])
    with pq.ParquetWriter(file, schema) as writer:
        for start in range(0, int(size), CHUNK):
            shop = crm.simulate.business(customers=min(CHUNK, int(size) - start), seed=start)
            orders = shop.transactions[["customer_id", "date", "amount"]]
            ids = orders["customer_id"].str.slice(1).astype("int64") + start
            writer.write_table(
                pa.Table.from_pandas(orders.assign(customer_id=ids), schema, preserve_index=False)
            )


def timed(stage: str, work: Callable[[], Any]) -> Any:
    """Run a stage, again while it is short, and keep the median of its seconds."""
    seconds: list[float] = []
    result = None
    while not seconds or (sum(seconds) < 1 and len(seconds) < 9):
        begin = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - begin)
    found[stage] = statistics.median(seconds)
    return result


def crmlab(file: str) -> None:
    """Measure crmlab."""

    import crmlab as crm
    from crmlab import clv

    def customers() -> Any:
        summary = crm.summarise(crm.read(file), unit="W")
        assert len(summary.frame) >= len(summary.patterns())
        return summary

    base = timed("customers", customers)
    model = timed("fit", lambda: clv.BGNBD().fit(base))
    timed("Pareto/NBD fit", lambda: clv.ParetoNBD().fit(base))
    timed("score", lambda: (model.p_alive(base), model.expected_purchases(base, HORIZON_WEEKS)))
    spend = timed("spend fit", lambda: clv.GammaGamma().fit(base))
    timed(
        "CLV",
        lambda: clv.lifetime_value(
            model, spend, base, horizon=HORIZON_WEEKS, discount_rate=RATE, margin=MARGIN
        ),
    )


def lifetimes(file: str) -> None:
    """Measure lifetimes: the same stages, fitted on customers and, with weights, on patterns."""
    import pandas as pd
    from lifetimes import BetaGeoFitter, GammaGammaFitter, ParetoNBDFitter
    from lifetimes.utils import summary_data_from_transaction_data

    def customers() -> Any:
        orders = pd.read_parquet(file)
        orders["date"] = pd.to_datetime(orders["date"])
        return summary_data_from_transaction_data(
            orders, "customer_id", "date", "amount", freq="D", freq_multiplier=7
        )

    base = timed("customers", customers)
    columns = [base["frequency"], base["recency"], base["T"]]
    model = timed("fit", lambda: BetaGeoFitter().fit(*columns))

    def on_patterns() -> Any:
        counts = base.groupby(["frequency", "recency", "T"]).size().reset_index(name="weights")
        return BetaGeoFitter().fit(counts["frequency"], counts["recency"], counts["T"], counts["weights"])

    timed("fit on patterns", on_patterns)
    if len(base) <= 100_000:
        timed("Pareto/NBD fit", lambda: ParetoNBDFitter().fit(*columns))
    timed(
        "score",
        lambda: (
            model.conditional_probability_alive(*columns),
            model.conditional_expected_number_of_purchases_up_to_time(HORIZON_WEEKS, *columns),
        ),
    )
    repeat = base[(base["frequency"] > 0) & (base["monetary_value"] > 0)]
    spend = timed("spend fit", lambda: GammaGammaFitter().fit(repeat["frequency"], repeat["monetary_value"]))
    monthly = (1 + RATE) ** (1 / 12) - 1
    timed(
        "CLV",
        lambda: spend.customer_lifetime_value(
            model, *columns, base["monetary_value"], time=12, discount_rate=monthly, freq="W"
        ),
    )


if __name__ == "__main__":
    task, *words = sys.argv[1:]
    {"make": make, "crmlab": crmlab, "lifetimes": lifetimes}[task](*words)
    if task == "make":
        raise SystemExit
    found["whole"] = sum(found[stage] for stage in ("customers", "fit", "score", "spend fit", "CLV"))
    found["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))
