# Two commands: `make repro` runs the pipeline, `make test` its tests. Each target first sets up .venv if necessary.
PYTHON ?= python3
VENV := .venv
CONSTRAINTS := constraints.txt
OUTSIDE := $(PATH)
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# With it, `python -m stages.NAME` would not find the stages in the current folder.
unexport PYTHONSAFEPATH
# With it, each program would compile all that it imports again: the installation compiles nothing.
unexport PYTHONDONTWRITEBYTECODE

# make itself runs $(shell ...) in a variable when it expands it. In these, such as the name of a branch, it is text.
TEXTS := BASE A B SEEDS MODEL VARY ON EFFECT SPACE TRIALS IMAGE
$(foreach name,$(TEXTS),$(if $(filter undefined,$(origin $(name))),,$(eval override $(name) := $$(value $(name)))))

# Use mirrors of the files of MNIST and Fashion-MNIST beside the repository if they exist.
ifneq ($(wildcard ../shared/mnist),)
export MNIST_MIRROR ?= $(CURDIR)/../shared/mnist
endif
ifneq ($(wildcard ../shared/fashion-mnist),)
export FASHION_MNIST_MIRROR ?= $(CURDIR)/../shared/fashion-mnist
endif

.PHONY: repro experiments notebook documents test test-floors test-newest lint check-lock check-reproduction check-notebook base-outputs verify bench report compare tune page predict fuzz audit clean

repro: $(VENV)/.installed
	@python -m tools.repro

# A table of experiments; for its options: make experiments ARGS=--help
experiments: $(VENV)/.installed
	@python -m tools.experiments $(ARGS)

# SLOW=1 includes the tests marked `slow`.
test: $(VENV)/.installed
	python -m pytest --numprocesses logical --maxprocesses 4 --dist worksteal $(if $(SLOW),-m "") $(TESTS)

# The quick tests with the oldest allowed versions of all libraries, and with the newest; both use the pinned torch.
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
	@python -m tools.preflight
	@tools/check_lock

check-reproduction: $(VENV)/.installed
	@python -m tools.preflight
	@tools/check_reproduction

check-notebook: notebook
	@git diff --exit-code --stat notebooks || { \
	  echo "error: expected notebooks/ as committed, got the changes above; commit them, or undo the edit that caused them" >&2; exit 1; }

# BASE, the revision, goes through the environment: the shell would interpret some characters in a branch's name.
base-outputs: export BASE ?=
base-outputs: $(VENV)/.installed
	@python -m tools.preflight
	@tools/base_outputs "$$BASE"

# Hash DVC's cache again and remove damaged files; `make repro` then makes them again.
verify: $(VENV)/.installed
	@python -m tools.verify

bench: ROUNDS ?= 5
bench: EPOCHS ?= 6
bench: $(VENV)/.installed
	@python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	python -m benchmarks --rounds $(ROUNDS) --epochs $(EPOCHS)
	python -m benchmarks.parallel_runs

# With SEEDS=6, both sides are trained with six pairs of seeds if their parameters differ.
report: export BASE ?= main
report: export SEEDS ?=
report: $(VENV)/.installed
	@python -m tools.report --base="$$BASE" --seeds="$$SEEDS"

# Is B better than A? All variables but A can be left out; for their meaning: python -m tools.compare --help
compare: export A ?=
compare: export B ?= workspace
compare: export SEEDS ?= 20
compare: export MODEL ?=
compare: export VARY ?=
compare: export ON ?= val
compare: export EFFECT ?= 0.1
compare: $(VENV)/.installed
	@python -m tools.compare --a="$$A" --b="$$B" --seeds="$$SEEDS" --model="$$MODEL" --vary="$$VARY" --on="$$ON" --effect="$$EFFECT"

# Search the values of SPACE for better parameters of MODEL; for its form: python -m tools.tune --help
tune: export MODEL ?=
tune: export SPACE ?=
tune: export TRIALS ?= 40
tune: $(VENV)/.installed
	@python -m tools.tune --model="$$MODEL" --space="$$SPACE" --trials="$$TRIALS"

notebook: $(VENV)/.installed
	@python -m tools.notebook

# Fill the figures into the documents again, after results have changed.
documents: $(VENV)/.installed
	@python -m tools.documents
	@python -m tools.hashes

page: $(VENV)/.installed
	@python -m tools.page

# IMAGE, a name of a file, goes through the environment, as BASE does.
predict: export IMAGE ?=
predict: $(VENV)/.installed
	@python -m tools.predict $${IMAGE:+"$$IMAGE"}

fuzz: COUNT ?= 100000
fuzz: $(VENV)/.installed
	python -m tests.fuzz --count $(COUNT)

# --strict: else pip-audit reports "no known vulnerabilities" for versions that its index does not know.
audit: $(VENV)/.installed
	@python -m pip install --quiet --constraint constraints.txt --editable '.[audit]'
	python -m pip_audit --requirement constraints.txt --no-deps --disable-pip --strict

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis dvc_plots report compare
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment that no longer works is made again from nothing, with a Python from outside of it.
BROKEN := $(shell tools/check_environment $(VENV))
ifneq ($(BROKEN),)
.PHONY: $(VENV)/.installed
endif

$(VENV)/.installed: export PATH := $(OUTSIDE)
$(VENV)/.installed: pyproject.toml $(CONSTRAINTS)
	@why="$$(tools/check_environment $(VENV))"; [ -z "$$why" ] || echo "note: making $(VENV) again: $$why" >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "error: expected Python 3.11 or newer, got: $$($(PYTHON) --version 2>&1); choose one with make PYTHON=python3.12" >&2; \
	  exit 1; }
	@$(PYTHON) -I tools/install.py $(if $(BROKEN),--clear) $(VENV) $(CONSTRAINTS)
	@touch $@
