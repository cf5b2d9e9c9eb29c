# Every target sets up what it needs; `make help` lists them.
.DEFAULT_GOAL := help
unexport PYTHONPATH PYTHONHOME

BIN := .venv/bin
DEMO := .kbis-demo
# The kernels kbis builds run a make of their own: this one's flags and variables are not for them.
RUN := env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u MAKEOVERRIDES -u SEED

.PHONY: help setup demo test test-linux lint format bench bench-accuracy bench-linux clean distclean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS='	' read -r name what; do \
		printf '  make %-14s %s\n' "$$name" "$$what"; done

setup: ## Install what is missing and make .venv (all targets below do this by themselves)
	@.ci/setup

demo: setup ## Bisect a toy kernel in QEMU and check the answer; SEED=N for another history
	@rm -rf $(DEMO)
	@$(RUN) $(BIN)/kbis demo $(DEMO) --check $(if $(SEED),--seed $(SEED))

test: setup ## Run the whole test suite; ARGS='-k name' to choose
	@$(RUN) $(BIN)/python -m pytest -n 2 --dist loadfile --durations=15 $(ARGS)

test-linux: setup ## Bisect real Linux: thousands of commits, builds, boots; about ten minutes
	@.ci/setup linux
	@.ci/fetch-kernel
	@$(RUN) $(BIN)/python -m pytest -m linux tests/linux $(ARGS)

lint: setup ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/lint-imports

format: setup ## Rewrite the code in the project's style
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: setup ## Run the benchmarks, tests/bench/bench_*.py
	@set -e; for file in tests/bench/bench_*.py; do \
		[ -e "$$file" ] || { echo 'There is no benchmark in tests/bench/ yet.'; exit 0; }; \
		echo "== $$file"; $(RUN) $(BIN)/python -m tests.bench.$$(basename "$$file" .py); done

bench-accuracy: setup ## Compare the policies; GRAPH= RANGE= TRIALS= CELLS= POLICIES= SEED=, docs/accuracy.md
	@$(RUN) $(BIN)/python -m tests.bench.accuracy $(if $(GRAPH),--graph '$(GRAPH)') $(if $(RANGE),--range '$(RANGE)') \
		$(if $(TRIALS),--trials '$(TRIALS)') $(if $(CELLS),--cells '$(CELLS)') \
		$(if $(POLICIES),--policies '$(POLICIES)') $(if $(SEED),--seed '$(SEED)') $(ARGS)

bench-linux: setup ## Compare with git bisect run on real Linux; about an hour, docs/linux.md
	@.ci/setup linux
	@$(RUN) $(BIN)/python -m tests.bench.linux $(ARGS)

clean: ## Remove the demo, caches and built files; .venv stays
	rm -rf $(DEMO) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find kbis tests -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## Remove .venv as well: the next target sets up again
	rm -rf .venv
