# Two commands matter: `make demo` to try it in a browser, `make test` to run all tests.
SHELL := /bin/bash
.SHELLFLAGS := -eo pipefail -c

# The newest Python that works; a name may be there and not run, as with version managers.
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PORT ?= 8765
BIN := .venv/bin

N ?= 5000

# What Python compiled is kept: a run of the tests begins more than a hundred processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test drills bench screens tour check release setup chromium

demo: .venv/demo
	@PORT=$(PORT) $(BIN)/python -m playground

test: setup chromium
	@$(BIN)/python -m pytest -n 4 --maxschedchunk 1

# Kills, bad luck and bad intent at length: `N=200 make drills` is shorter, `SEED=7` the same again.
drills: setup
	@$(BIN)/python -m tests.faults --n $(N) $(if $(SEED),--seed $(SEED)) $(DRILLS)

# axe-core looks at twelve screens of the playground, in three sizes and every language.
screens: setup chromium
	@$(BIN)/python -m tests.playground.screens

# The pictures of the README, taken from the playground.
tour: setup chromium
	@$(BIN)/python -m tests.playground.tour

# Ratios in one run, in minutes; `make bench PARTS="reply relay"` gives some of them.
bench: setup
	@$(BIN)/python -m bench $(PARTS)

check: setup
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && { contracts=$$($(BIN)/lint-imports --no-cache) || { echo "$$contracts"; exit 1; }; } && echo "check: fine"

# The wheel, the source and a list of all that an installation of them holds, in dist/.
release: .venv/release
	@rm -rf dist
	@$(BIN)/python -m hatchling build -d dist
	@$(BIN)/python -m venv --clear dist/tried
	@dist/tried/bin/python -m pip install --quiet --disable-pip-version-check \
	  -r requirements/run.lock dist/*.whl
	@dist/tried/bin/intervisie --version
	@dist/tried/bin/python -m pip uninstall --quiet --yes pip setuptools
	@$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --mc-type application \
	  --output-reproducible -o dist/intervisie.cdx.json dist/tried/bin/python
	@rm -rf dist/tried
	@ls -l dist

setup: .venv/ready

# Shows how far an installation is: pip alone is silent for a minute, or prints hundreds of lines.
define install
@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off $(1) | \
  awk '/^Collecting/ { printf "\r  %d packages found ", ++n; fflush() } \
    /^Installing/ { printf "\r  installing %d packages …", n; fflush() } END { print "" }'
endef

.venv/demo: requirements/run.lock requirements/demo.lock pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed: install it, or name it with PYTHON=…"; exit 1; }
	@echo "Setting up the playground in .venv, with $(PYTHON). This happens once."
	@$(PYTHON) -m venv .venv
	$(call install,-r requirements/run.lock -r requirements/demo.lock)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/ready: .venv/demo requirements/dev.lock
	@echo "Adding what the tests and checks need."
	$(call install,-r requirements/dev.lock)
	@touch $@

.venv/release: .venv/ready requirements/release.lock
	$(call install,-r requirements/release.lock)
	@touch $@

# The tests look at the page in a real browser; on Debian and Ubuntu it is installed when absent.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	  { SUDO=$$(test "$$(id -u)" = 0 || echo sudo); echo "Installing Chromium for the tests: $$SUDO apt-get install chromium"; $$SUDO apt-get update -qq >/dev/null && $$SUDO apt-get install -y -qq chromium >/dev/null 2>&1; } || \
	  { echo "Chromium is needed for the browser tests: install the package 'chromium'."; exit 1; }
