"""Shared by the tests of the models: the CDNOW sample and the published results."""

import tomllib
from pathlib import Path

import pytest

import crmlab as crm

collect_ignore = ["make_reference.py"]  # a script that needs mpmath


@pytest.fixture(scope="session")
def published():
    return tomllib.loads(Path(__file__).with_name("published.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def cdnow():
    orders = crm.datasets.cdnow(sample=True)
    return crm.summarise(orders, calibration="1997-09-30", end="1998-06-30", unit="W")
