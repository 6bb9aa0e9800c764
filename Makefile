# Everything a newcomer needs. Works with Python 3.11+ and make; Windows: see README.md.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
DEV := .venv/.dev
SPARK := .venv/.spark
EXTRAS := --extra course --extra excel --extra fetch --extra build
COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-strip-extras --quiet
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
EXTRA := import sys, tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"][sys.argv[1]], sep="\n")

.PHONY: help run quick test test-whole test-spark test-browser lab bench words lock clean distclean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "crmlab needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is another. Try: make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-build-isolation --no-deps -e .
	@touch $(READY)

$(DEV): $(READY) requirements-dev.lock
	$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $(DEV)

run: $(READY) ## Run every lesson on every bundled case and build the site in build/site
	@$(BIN)/crmlab run

quick: $(DEV) ## Lint, type-check and run the fast tests: for the daily round
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder -m "not slow"

test: $(DEV) ## Lint, type-check and run all tests; prove the lessons' results
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder -o addopts= -o filterwarnings=default --nbval-lax notebooks

test-whole: $(DEV) ## Try all lessons in all ways, of which `make test` takes a sample
	CRMLAB_WHOLE=1 $(BIN)/pytest -n auto --dist loadgroup -m whole

$(SPARK): $(DEV) requirements-spark.lock
	$(INSTALL) --require-hashes -r requirements-spark.lock
	@touch $(SPARK)

test-spark: $(SPARK) ## Prove that Spark gives the same results as DuckDB (needs Java 17 or 21)
	CRMLAB_TEST_SPARK=1 $(BIN)/pytest tests/spark

test-browser: $(DEV) ## Work a lesson in JupyterLab as a student does (needs chromium and chromium-driver)
	CRMLAB_BROWSER=1 $(BIN)/pytest tests/browser

lab: $(READY) ## Open JupyterLab on the lessons
	$(BIN)/jupyter lab --notebook-dir=notebooks

bench: $(DEV) ## Measure the CLV engine against lifetimes, up to 5 million customers (takes minutes)
	@$(BIN)/python tests/bench/run.py

words: $(DEV) ## Collect what the package says to readers in crmlab/locale/crmlab.pot, for translators
	$(BIN)/pybabel --quiet extract -F pyproject.toml --no-default-keywords --ignore-dirs=__pycache__ -k tr -k mark -k ntr:1,2 -k nmark:1,2 -k count:2,3 --no-location --sort-output \
	  --omit-header -o crmlab/locale/crmlab.pot crmlab

lock: $(DEV) ## Renew the locks (hashed, for Python 3.11-3.13 on Linux, macOS and Windows)
	$(COMPILE) --upgrade $(EXTRAS) pyproject.toml -o requirements.lock
	$(BIN)/python -c '$(EXTRA)' dev | $(COMPILE) --upgrade - --constraint requirements.lock -o requirements-dev.lock
	$(BIN)/python -c '$(EXTRA)' spark | $(COMPILE) --upgrade - --constraint requirements.lock -o requirements-spark.lock

clean: ## Remove what was built (keeps .venv)
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean ## Remove .venv too
	rm -rf .venv
