"""Make cdnow.parquet and its checksum from the text files inside the lifetimes package.

Run from the top of the project: ``.venv/bin/python data/cdnow/make.py``.
"""

import importlib.util
from pathlib import Path

import pandas as pd

from crmlab.resources import sha256

HERE = Path(__file__).parent
# The package is located without importing its datasets module, which needs the retired pkg_resources.
SOURCE = Path(next(iter(importlib.util.find_spec("lifetimes").submodule_search_locations))) / "datasets"


def read(file: str, names: list[str], skip: int) -> pd.DataFrame:
    """Read one of the two whitespace-separated files."""
    return pd.read_csv(SOURCE / file, sep=r"\s+", names=names, skiprows=skip, dtype={"customer_id": str})


def main() -> None:
    """Write the orders in file order, with the marker of the 1/10 sample."""
    master = read("CDNOW_master.txt", ["customer_id", "date", "quantity", "amount"], skip=1)
    sample = read("CDNOW_sample.txt", ["customer_id", "sample_id", "date", "quantity", "amount"], skip=0)
    orders = master.assign(
        date=pd.to_datetime(master["date"].astype(str), format="%Y%m%d").dt.date,
        quantity=master["quantity"].astype("int16"),
        in_sample=master["customer_id"].isin(sample["customer_id"]),
    )
    target = HERE / "cdnow.parquet"
    orders.to_parquet(target, index=False, compression="zstd", compression_level=19)
    (HERE / "SHA256SUMS").write_text(f"{sha256(target)}  cdnow.parquet\n", encoding="utf-8")


if __name__ == "__main__":
    main()
