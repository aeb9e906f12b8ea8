# Two commands matter: `make demo` to try it in a browser, `make test` to run all tests.
PYTHON ?= python3.11
PORT ?= 8765
BIN := .venv/bin

N ?= 5000

# What Python compiled is kept: a run of the tests begins more than a hundred processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test drills bench check setup chromium

demo: setup
	@PORT=$(PORT) $(BIN)/python -m playground

test: setup chromium
	@$(BIN)/python -m pytest -n 4 --maxschedchunk 1

# Kills, bad luck and bad intent at length: `N=200 make drills` is shorter, `SEED=7` the same again.
drills: setup
	@$(BIN)/python -m tests.faults --n $(N) $(if $(SEED),--seed $(SEED)) $(DRILLS)

# Ratios in one run, in minutes; `make bench PARTS="reply relay"` gives some of them.
bench: setup
	@$(BIN)/python -m bench $(PARTS)

check: setup
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && { contracts=$$($(BIN)/lint-imports --no-cache) || { echo "$$contracts"; exit 1; }; } && echo "check: fine"

setup: .venv/ready

.venv/ready: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: set PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

# The tests look at the page in a real browser; on Debian and Ubuntu it is installed when absent.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	  { SUDO=$$(test "$$(id -u)" = 0 || echo sudo); $$SUDO apt-get update -qq >/dev/null && $$SUDO apt-get install -y -qq chromium >/dev/null 2>&1; } || \
	  { echo "Chromium is needed for the browser tests: install the package 'chromium'."; exit 1; }
