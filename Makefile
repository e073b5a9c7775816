# Logatlas. `make run` and `make test` are all a newcomer needs; both set up what is missing first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test setup setup-dev format lint type ui screenshots bench gate lock clean help

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

run: setup ## Set up and serve on 127.0.0.1:8000
	@$(BIN)/logatlas serve

test: setup-dev ## Set up and run all tests
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadscope --no-loadscope-reorder $(ARGS)

setup: ## Make .venv with pinned packages, build llama.cpp and the UI, prepare weights, embed the catalog
	@$(PYTHON) scripts/setup.py

setup-dev: ## The same, with the tools for tests and checks
	@$(PYTHON) scripts/setup.py --dev

format: setup-dev ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix-only --quiet .

lint: setup-dev ## Check style and layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports

type: setup-dev ## Check types
	@$(BIN)/mypy

ui: setup-dev ## Check the UI: types, style, component tests, size
	@npm --prefix ui run check

screenshots: setup-dev ## Take the pictures of docs/workbench.md from the running product
	@$(BIN)/python scripts/screenshots.py $(ARGS)

bench: setup-dev ## Measure the hot paths against peers on the same input
	@$(BIN)/python -m evals bench

gate: setup-dev ## Fail when the classifier is worse than the committed baselines
	@$(BIN)/python -m evals gate --baseline evals/baseline.json --suite own
	@$(BIN)/python -m evals gate --baseline evals/baseline-usual.json --suite usual

lock: setup-dev ## Renew the lock files from pyproject.toml
	@$(BIN)/python scripts/lock.py

clean: ## Remove what was built (keeps data/)
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache models/weights ui/dist ui/node_modules *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
