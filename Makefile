# Two commands: `make repro` runs the pipeline, `make test` its tests. Each target sets up .venv by itself.
PYTHON ?= python3
VENV := .venv
CONSTRAINTS := constraints.txt
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

# A mirror of the four MNIST files beside the repository is used where there is one.
ifneq ($(wildcard ../shared/mnist),)
export MNIST_MIRROR ?= $(CURDIR)/../shared/mnist
endif

.PHONY: repro experiments notebook test test-floors test-newest lint check-lock check-reproduction check-notebook base-outputs verify bench report fuzz audit clean

repro: $(VENV)/.installed
	@python -m tools.repro

# a table of experiments; make experiments ARGS=--help for more
experiments: $(VENV)/.installed
	@python -m tools.experiments $(ARGS)

# SLOW=1 adds the tests marked `slow`
test: $(VENV)/.installed
	python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal $(if $(SLOW),-m "") $(TESTS)

# The quick tests with the oldest allowed versions of all libraries, and with the newest; torch is the pinned one.
test-floors test-newest: export TESTS ?= tests/unit tests/property tests/parity
test-floors:
	$(MAKE) test VENV=.venv-floors CONSTRAINTS=constraints-floors.txt

test-newest:
	@mkdir -p .venv-newest
	grep '^torch==' constraints.txt > .venv-newest/constraints.txt
	$(MAKE) test VENV=.venv-newest CONSTRAINTS=.venv-newest/constraints.txt

lint: $(VENV)/.installed
	ruff check .
	ruff format --check .
	mypy

check-lock: $(VENV)/.installed
	@tools/check_lock

check-reproduction: $(VENV)/.installed
	@tools/check_reproduction

check-notebook: notebook
	@git diff --exit-code --stat notebooks || { \
	  echo "error: expected notebooks/ as committed, got the changes above; commit what \`make notebook\` makes" >&2; exit 1; }

# BASE, the revision, in the environment: a branch's name may hold characters that a shell takes for its own
base-outputs: export BASE ?=
base-outputs: $(VENV)/.installed
	@tools/base_outputs "$$BASE"

# Hash DVC's cache anew and remove what is damaged; `make repro` then makes it again.
verify: $(VENV)/.installed
	@python -m tools.verify

bench: ROUNDS ?= 5
bench: EPOCHS ?= 6
bench: $(VENV)/.installed
	@python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	python -m benchmarks --rounds $(ROUNDS) --epochs $(EPOCHS)
	python -m benchmarks.parallel_runs

report: export BASE ?= main
report: $(VENV)/.installed
	@python -m tools.report --base "$$BASE"

notebook: $(VENV)/.installed
	@python -m tools.notebook

fuzz: COUNT ?= 100000
fuzz: $(VENV)/.installed
	python -m tests.fuzz --count $(COUNT)

# --strict: pip-audit calls versions that an index tells nothing about "no known vulnerabilities"
audit: $(VENV)/.installed
	@python -m pip install --quiet --constraint constraints.txt --editable '.[audit]'
	python -m pip_audit --requirement constraints.txt --no-deps --disable-pip --strict

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis dvc_plots report
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: pyproject.toml $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "error: Python 3.11 or newer is needed, got: $$($(PYTHON) --version 2>&1); name one: make PYTHON=python3.12" >&2; \
	  exit 1; }
	@$(PYTHON) -I tools/install.py $(VENV) $(CONSTRAINTS)
	@touch $@
