# Two commands: `make app` opens the dashboard, `make test` checks everything.
# Both do their own set-up, once, in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
TOOLS := $(VENV)/tools
# Only what a lock file names, only with the digests it names, and nothing that runs code to build.
INSTALL := -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes
PORT ?= 8501
# One more than the cores of a small machine: tests that kill runners mostly wait.
WORKERS ?= 3

# Tests start hundreds of processes, so modules are compiled once. Their files lie in memory where
# there is room: they are small, and written to be on disk before the next step.
unexport PYTHONDONTWRITEBYTECODE
ROOM := $(shell df --output=avail /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 6000000')
export PYTEST_DEBUG_TEMPROOT ?= $(if $(ROOM),/dev/shm,)

.PHONY: app test lint bench guide lock audit clean chromium

app: $(RUNTIME)
	@$(BIN)/streamlit run app.py --server.port $(PORT)

test: $(DEV) chromium
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not browser and not slow"
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "browser and not slow" tests/browser

lint: $(DEV)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: $(DEV) chromium
	@$(BIN)/python -m pytest -m slow
	@$(BIN)/python benchmarks/run.py

# Takes the pictures of docs/guide anew, by the test that keeps the guide true.
guide: $(DEV) chromium
	@GUIDE=1 $(BIN)/python -m pytest -m browser tests/browser/test_guide.py

# Write locks/ anew after a change to a requirements file. Versions stay where they need not move:
# `make lock UPGRADE=1` takes the newest that the requirements files allow.
COMPILE = $(TOOLS)/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 \
  --generate-hashes --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)
lock: $(TOOLS)/.made
	@$(COMPILE) requirements.txt -o locks/app.txt
	@$(COMPILE) requirements-auth.txt -c locks/app.txt -o locks/auth.txt
	@$(COMPILE) requirements-inspect.txt -o locks/inspect.txt
	@$(COMPILE) requirements-dev.txt -c locks/app.txt -o locks/dev.txt
	@$(COMPILE) requirements-tools.txt -o locks/tools.txt

# Known vulnerabilities of everything that is installed. Asks the network, and fails where it is not told.
audit: $(TOOLS)/.made
	@for lock in auth inspect dev tools; do \
	  $(TOOLS)/bin/pip-audit --strict --disable-pip --require-hashes -r locks/$$lock.txt || exit 1; done

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Faultline needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 app"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "A virtual environment could not be made. On Debian: apt-get install python3-venv"; exit 1; }

$(RUNTIME): $(VENV)/bin/python locks/app.txt
	@echo "Setting up (once) …"
	@$(BIN)/python $(INSTALL) -r locks/app.txt
	@touch $@

$(DEV): $(VENV)/bin/python locks/dev.txt
	@echo "Setting up for the checks (once) …"
	@$(BIN)/python $(INSTALL) -r locks/dev.txt
	@touch $@ $(RUNTIME)

$(TOOLS)/.made: $(VENV)/bin/python locks/tools.txt
	@$(BIN)/python -m venv $(TOOLS)
	@$(TOOLS)/bin/python $(INSTALL) -r locks/tools.txt
	@touch $@

# The system's Chromium if there, else Debian's when root, else Playwright's own.
chromium: $(DEV)
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	  command -v google-chrome >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } || \
	  $(BIN)/playwright install chromium
