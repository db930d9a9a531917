# Two commands: `make app` opens the dashboard, `make test` checks everything.
# Both do their own set-up, once, in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
PORT ?= 8501
WORKERS ?= auto

.PHONY: app test lint bench guide clean chromium

app: $(RUNTIME)
	@$(BIN)/streamlit run app.py --server.port $(PORT)

test: $(DEV) chromium
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not browser"
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m browser tests/browser

lint: $(DEV)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: $(DEV) chromium
	@$(BIN)/python benchmarks/run.py

# Takes the pictures of docs/guide anew, by the test that keeps the guide true.
guide: $(DEV) chromium
	@GUIDE=1 $(BIN)/python -m pytest -m browser tests/browser/test_guide.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Faultline needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 app"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "A virtual environment could not be made. On Debian: apt-get install python3-venv"; exit 1; }

$(RUNTIME): $(VENV)/bin/python requirements.txt
	@echo "Setting up (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEV): $(VENV)/bin/python requirements.txt requirements-dev.txt
	@echo "Setting up for the checks (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(RUNTIME)

# The system's Chromium if there, else Debian's when root, else Playwright's own.
chromium: $(DEV)
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	  command -v google-chrome >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } || \
	  $(BIN)/playwright install chromium
