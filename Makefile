# Seven verbs. Each makes what it needs first: a machine with Python 3.11 or newer, make
# and Git is enough, and nothing is installed outside .venv.
.PHONY: demo test check fix bench docs pictures

BIN := .venv/bin
# Newer than the lock file: .venv holds exactly what the lock file says.
READY := .venv/.ready
# What the benches are measured against, apart from what Weir needs.
PEERS := .venv/peers
SCREENS := .venv/screens
# Loading a file's tests in one process keeps what they share in one place.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile
# Stories have real processes on machines that others are at work on: what failed has
# a second hearing, alone. It stands above, and is a fault of the story's or of ours.
AGAIN := { echo 'Some have failed; do they fail again by themselves?'; \
    $(BIN)/python -m pytest --last-failed --last-failed-no-failures none; }

demo: $(READY)
	@$(BIN)/weir demo demo

test: $(READY)
	@$(PYTEST)

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(PYTEST) || $(AGAIN)

fix: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) $(PEERS)/.ready $(SCREENS)/posting/.ready $(SCREENS)/harlequin/.ready
	@for bench in chain single wide decision restart save startup prompts messages large \
	    customers idle terminal resident; do \
	    $(BIN)/python bench/$$bench.py || exit 1; done

pictures: $(READY)
	@$(BIN)/python docs/pictures/record.py

docs: $(READY)
	@for page in docs/draw_*.py; do $(BIN)/python "$$page" || exit 1; done

$(PEERS)/.ready: bench/peers.txt $(READY)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check \
	    --target $(PEERS) --upgrade -r bench/peers.txt
	@touch $@

$(SCREENS)/%/.ready: bench/%.txt $(READY)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check \
	    --target $(@D) --upgrade -r $<
	@touch $@

$(READY): requirements.lock pyproject.toml
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	    then chosen=$$python; break; fi; \
	done; \
	if [ -z "$$chosen" ]; then \
	    echo 'Weir needs Python 3.11 or newer; install it, or name it: make PYTHON=…' >&2; \
	    exit 1; \
	fi; \
	echo "Setting up .venv with $$($$chosen --version) (once; a minute or two) …"; \
	$$chosen -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check \
	    --no-deps --no-build-isolation -e .
	@touch $(READY)
