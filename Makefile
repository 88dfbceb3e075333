# The same few verbs at home and in CI. Each works as the first command after the clone:
# Python 3.11 or newer with pip and venv, and make, are all it takes.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: setup demo test test-all test-slow-part test-browser model chaos chaos-short chaos-replicas bench walks check fix docs pictures lock clean

setup: $(VENV)/.dev              ## everything for working on didtalk

demo: $(VENV)/.demo              ## a first video, no key needed
	$(BIN)/didtalk demo

PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

test: $(VENV)/.dev               ## every test that is fast, warnings are errors
	$(PYTEST) -m "not slow"

test-all: $(VENV)/.dev           ## those that take seconds as well: kills, real renders, hostile files, pictures
	$(PYTEST)

test-slow-part: $(VENV)/.dev     ## the part of them that CI runs
	$(PYTEST) -m slow tests/end_to_end tests/adapters/chats tests/contracts tests/storage tests/browser/test_first_use.py tests/browser/test_accessibility.py

test-browser: $(VENV)/.dev       ## the console in Chromium; fails where there is none, installs nothing
	DIDTALK_NEEDS_BROWSER=1 $(BIN)/python -m pytest tests/browser

model: $(VENV)/.dev              ## the job's life under every order of events, for longer than `make test` does
	DIDTALK_MODEL=deep $(BIN)/python -m pytest tests/model

chaos: $(VENV)/.dev              ## kill it in every way there is; writes docs/promises.md (about half an hour)
	$(BIN)/python -m tests.kill_tests all

chaos-short: $(VENV)/.dev        ## a little of that, three minutes at most
	$(BIN)/python -m tests.kill_tests short

chaos-replicas: $(VENV)/.dev     ## three processes on one PostgreSQL, any of which may die
	$(BIN)/python -m tests.kill_tests replicas --jobs 2000

check: $(VENV)/.dev              ## format, lint, types, import contracts, fresh docs, known vulnerabilities, leaked keys, names
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.tools.docs --check
	$(BIN)/python -m tests.tools

fix: $(VENV)/.dev                ## fix what ruff can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev              ## how fast things are, compared with what they are built on
	$(BIN)/python -m bench.slack
	$(BIN)/python -m bench.discord

walks: $(VENV)/.dev              ## how many project files four walks enter; fails above the targets
	$(BIN)/python -m bench.walks

docs: $(VENV)/.dev               ## write the generated tables again
	$(BIN)/python -m tests.tools.docs

pictures: $(VENV)/.dev           ## take the README's pictures of the console again (needs Chromium)
	DIDTALK_NEEDS_BROWSER=1 DIDTALK_PICTURES=1 $(BIN)/python -m pytest tests/browser/test_pictures.py

# Hashes only, no addresses: the lock must work against any package index.
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet --extra build
lock:                            ## pin the dependencies again (needs uv)
	$(LOCK) -o requirements.txt
	$(LOCK) --extra demo -o requirements-demo.txt
	$(LOCK) --extra postgres -o requirements-postgres.txt
	$(LOCK) --extra demo --extra postgres --extra dev -o requirements-dev.txt

clean:
	rm -rf $(VENV) build *.egg-info

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# A stamp is written last, so an interrupted install starts again instead of passing for done.
$(VENV)/.demo: requirements-demo.txt pyproject.toml | $(BIN)/python
	@echo "Installing what the demo needs into $(VENV) …"
	@$(PIP) install --no-compile --require-hashes -r requirements-demo.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "Installing what development needs into $(VENV) …"
	@$(PIP) install --no-compile --require-hashes -r requirements-dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.demo
