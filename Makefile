# Everything a newcomer needs. Works with Python 3.11+ and make; Windows: see README.md.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help run test lab bench lock clean

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $(READY)

run: $(READY) ## Run every lesson on every bundled case and build the site in build/site
	@$(BIN)/crmlab run

test: $(READY) ## Lint, type-check and run all tests; prove the lessons' results
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n auto --dist loadfile
	$(BIN)/pytest -n auto --dist loadfile -o addopts= -o filterwarnings=default --nbval-lax notebooks

lab: $(READY) ## Open JupyterLab on the lessons
	$(BIN)/jupyter lab --notebook-dir=notebooks

bench: $(READY) ## Measure the CLV engine against lifetimes, up to 5 million customers (takes minutes)
	@$(BIN)/python tests/bench/run.py

lock: $(READY) ## Renew requirements.lock (hashed, for Python 3.11-3.13 on Linux, macOS and Windows)
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-emit-index-url --upgrade --quiet -o requirements.lock

clean: ## Remove what was built (keeps .venv)
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
