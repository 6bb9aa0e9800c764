"""Measure crmlab.clv against lifetimes on the same data, in one run, each engine in a process of its own.

Run by ``make bench``; ``--quick`` leaves out the millions. Prints a Markdown table: seconds are medians of
stages repeated while they are short, memory is the peak of the whole process.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

WORKER = Path(__file__).with_name("worker.py")
SIZES = {
    "CDNOW sample": 0,
    "CDNOW master": 0,
    "100 thousand": 100_000,
    "1 million": 1_000_000,
    "5 million": 5_000_000,
}
STAGES = [
    "customers",
    "fit",
    "fit on patterns",
    "Pareto/NBD fit",
    "score",
    "spend fit",
    "CLV",
    "whole",
    "peak MB",
]


def main() -> None:
    """Make the data, run the workers, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave out 1 and 5 million customers")
    parser.add_argument("--only", help="one size, such as '1 million'")
    options = parser.parse_args()
    sizes = [size for size in SIZES if not options.only or size == options.only]
    if options.quick:
        sizes = [size for size in sizes if SIZES[size] <= 100_000]
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for size in sizes:
            file = Path(folder) / "orders.parquet"
            work("make", file, str(SIZES[size] or size))
            engines = ["crmlab"] if SIZES[size] > 1_000_000 else ["crmlab", "lifetimes"]
            rows += [(size, engine, json.loads(work(engine, file).splitlines()[-1])) for engine in engines]
            file.unlink()
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}\n")
    print("\n".join(table(rows)))


def work(task: str, file: Path, *more: str) -> str:
    """Run a task in a process of its own, started from this small one so that its peak memory is its own."""
    print(f"{task} {' '.join(more)} …", file=sys.stderr, flush=True)
    command = [sys.executable, "-W", "ignore", str(WORKER), task, str(file), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


def table(rows: list[tuple[str, str, dict[str, Any]]]) -> list[str]:
    """Lay the measurements out as a Markdown table, with crmlab's advantage where both ran."""
    lines = ["| data | engine | " + " | ".join(STAGES) + " |", "|---" * (len(STAGES) + 2) + "|"]
    for size, engine, found in rows:
        lines.append(
            f"| {size} | {engine} | " + " | ".join(_cell(found.get(stage)) for stage in STAGES) + " |"
        )
    both = {(size, engine): found for size, engine, found in rows}
    for size in dict.fromkeys(size for size, _, _ in rows):
        if (size, "lifetimes") in both:
            ours, theirs = both[size, "crmlab"], both[size, "lifetimes"]
            shares = [f"{theirs[s] / ours[s]:.0f}×" if s in ours and s in theirs else "" for s in STAGES]
            lines.append(f"| {size} | *advantage* | " + " | ".join(shares) + " |")
    return lines


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    main()
