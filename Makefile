# Two commands: `make repro` runs the pipeline, `make test` its tests. Each target first sets up .venv if necessary.
PYTHON ?= python3
VENV := .venv
CONSTRAINTS := constraints.txt
OUTSIDE := $(PATH)
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# With the first, `python -m stages.NAME` would not find the stages in the current folder; with the second, each
# program would compile all that it imports again, since the installation compiles nothing.
unexport PYTHONSAFEPATH PYTHONDONTWRITEBYTECODE

# Use mirrors of the files of MNIST and Fashion-MNIST beside the repository if they exist.
ifneq ($(wildcard ../shared/mnist),)
export MNIST_MIRROR ?= $(CURDIR)/../shared/mnist
endif
ifneq ($(wildcard ../shared/fashion-mnist),)
export FASHION_MNIST_MIRROR ?= $(CURDIR)/../shared/fashion-mnist
endif

INSTALLED := repro test lint bench page notebook documents check-lock check-reproduction audit
.PHONY: $(INSTALLED) check-notebook test-floors test-newest clean
$(INSTALLED): $(VENV)/.installed

repro notebook:
	@python -m tools.$@

page:
	@python -m tools page

# SLOW=1 includes the tests marked `slow`; TESTS names some of them.
test:
	python -m pytest --numprocesses logical --maxprocesses 4 --dist worksteal $(if $(SLOW),-m "") $(TESTS)

# The quick tests with the oldest allowed versions of all libraries, and with the newest; both use the pinned torch.
test-floors test-newest: export TESTS ?= tests/unit tests/property tests/parity
test-floors:
	$(MAKE) test VENV=.venv-floors CONSTRAINTS=constraints-floors.txt
test-newest:
	mkdir -p .venv-newest && grep '^torch==' constraints.txt > .venv-newest/constraints.txt
	$(MAKE) test VENV=.venv-newest CONSTRAINTS=.venv-newest/constraints.txt

lint:
	ruff check .
	ruff format --check .
	mypy
	lint-imports
	python -m cogapp --check -I . README.md docs/*.md

# Compute the figures in the documents again, after results have changed.
documents:
	python -m cogapp -r -I . README.md docs/*.md

check-lock check-reproduction:
	@python -m tools.preflight
	@tools/$(subst -,_,$@)

check-notebook: notebook
	@git diff --exit-code --stat notebooks || { echo "error: expected notebooks/ as committed, got changes" >&2; exit 1; }

bench:
	@python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	python -m benchmarks

# --strict: else pip-audit reports "no known vulnerabilities" for versions that its index does not know.
audit:
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
	@$(if $(BROKEN),echo "note: making $(VENV) again: $$(tools/check_environment $(VENV))" >&2)
	@$(PYTHON) -I tools/install.py $(VENV) $(CONSTRAINTS) $(if $(BROKEN),--clear)
	@touch $@
