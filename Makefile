# Headway's commands. `make` alone lists them; each installs what it needs, once.

PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run test journeys faults references check bench format lock python

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: python ## Start Headway on http://127.0.0.1:8000 (PORT, DATA_DIR and SAMPLE=0 change it)
	@"$(PYTHON)" -I portfolio/run/install.py requirements.txt
	@exec $(BIN)/python -m portfolio.run --stop-with-parent

pdf: python ## Install what makes PDF of steering packs (Pango comes from the system: docs/steering-pack.md)
	@"$(PYTHON)" -I portfolio/run/install.py requirements-pdf.txt
	@$(BIN)/python -c 'import weasyprint' 2>/dev/null || { echo "WeasyPrint is installed, but not the Pango it needs. On Debian and Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core" >&2; exit 1; }

# Neither .env nor PORT nor the product's own data may change what a test sees. Bytecode is kept: without it
# each worker of each run rewrites the asserts of all test files, which is half of the time before the first test.
test: python ## Run the test suite (DATABASE_URL and REDIS_URL move it to PostgreSQL and Redis)
	@"$(PYTHON)" -I portfolio/run/install.py requirements-dev.txt
	@unset PORT PYTHONDONTWRITEBYTECODE; ENV_FILE=/dev/null DATA_DIR="$${DATA_DIR:-var}/test" $(BIN)/python -m pytest -n auto -m "not journey and not faults and not pdf" $(ARGS)

journeys: python ## Run the browser journeys; needs Chromium
	@"$(PYTHON)" -I portfolio/run/install.py requirements-dev.txt
	@unset PORT PYTHONDONTWRITEBYTECODE; ENV_FILE=/dev/null DATA_DIR="$${DATA_DIR:-var}/test" $(BIN)/python -m pytest -n 2 -m journey $(ARGS)

# AGAIN=1 leaves out what no database has a part in, for the second engine.
faults: python ## Make faults: kills, bad servers, doubled workers, all time zones (at full length; SHORT=1 is what CI runs)
	@"$(PYTHON)" -I portfolio/run/install.py requirements-dev.txt
	@unset PORT PYTHONDONTWRITEBYTECODE; HEADWAY_LONG="$(if $(SHORT),,1)" ENV_FILE=/dev/null DATA_DIR="$${DATA_DIR:-var}/test" $(BIN)/python -m pytest -m "$(if $(SHORT),faults$(if $(AGAIN), and not once),faults or long)" -n $(if $(SHORT),auto,0) -rP --no-header $(ARGS)

# The product and its tests never see these libraries; the comparison never sees Django.
references: python ## Hold the statistics against lifelines and scipy (ARGS=--write stores their values anew)
	@"$(PYTHON)" -I portfolio/run/install.py requirements-references.txt .venv-references
	@cd tests/references && ../../.venv-references/bin/python -m pytest . $(ARGS)

check: python ## Lint, types, import contracts, templates, migrations
	@"$(PYTHON)" -I portfolio/run/install.py requirements-dev.txt
	@PATH="$(CURDIR)/$(BIN):$$PATH" ENV_FILE=/dev/null DATA_DIR="$${DATA_DIR:-var}/test" .ci/check

bench: python ## Measure Headway on made-up pilots, in a database of its own (ARGS="--pilots 100000 --rows 6")
	@"$(PYTHON)" -I portfolio/run/install.py requirements.txt
	@$(BIN)/python manage.py bench $(ARGS)

format: ## Rewrite code and templates in the house format
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet . ; $(BIN)/djlint --reformat --quiet templates ; true

# The lock files name versions and hashes, never the address of an index: uv reads both lists from pyproject.toml.
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
lock: python ## Write the requirements*.txt anew from pyproject.toml (ARGS=--upgrade takes newer versions)
	@"$(PYTHON)" -I portfolio/run/install.py requirements-dev.txt
	@$(LOCK) pyproject.toml $(ARGS) --output-file requirements.txt
	@$(LOCK) pyproject.toml $(ARGS) --group dev --constraint requirements.txt --output-file requirements-dev.txt
	@$(LOCK) pyproject.toml $(ARGS) --extra pdf --constraint requirements.txt --output-file requirements-pdf.txt
	@$(LOCK) $(ARGS) --group pyproject.toml:references --output-file requirements-references.txt

python:
	@command -v "$(PYTHON)" >/dev/null || { echo "Headway needs Python 3.11, 3.12 or 3.13, and there is no $(PYTHON) here. Name one: make $(firstword $(MAKECMDGOALS)) PYTHON=/path/to/python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 13) or sys.exit("Headway needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is Python %d.%d. Name another: make $(firstword $(MAKECMDGOALS)) PYTHON=/path/to/python3.12" % v)'
