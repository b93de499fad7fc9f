# Two commands for everyone: `make demo` and `make test`. Everything is installed into .venv.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# One thread for each of the two test workers: torch is up to tenfold slower when they compete.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile

.PHONY: demo test test-slow check format dev docs site tutorials record-demo record-recipes clean bench-theory bench-language-model bench-poor-classes bench-speed bench-start bench-calibration bench-resnet bench-scale bench-features bench-metrics bench-selectors

demo: .venv/.demo  ## install, run the digits recipe, print the verdict and where the report lies
	$(BIN)/genaug run docs/recipes/digits.yaml --out runs/digits

test: .venv/.test  ## install, run all tests
	$(PYTEST)

test-slow: .venv/.test  ## tests that take minutes, with whatever real models are installed
	$(PYTEST) -m slow tests

check: .venv/.dev  ## what must be green at every commit
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST)

format: .venv/.dev  ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

dev: .venv/.dev  ## install what a contributor needs

docs: .venv/.dev  ## write the reference, and all pages that rest on records, from what is installed
	$(BIN)/python docs/build_pages.py

site: .venv/.test  ## the documentation as a searchable site, in runs/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

tutorials: .venv/.test  ## run the tutorials, and keep their outputs in the notebooks; minutes
	$(BIN)/python docs/record_tutorials.py

record-demo: .venv/.test  ## run the demo and record its verdict, which the README quotes; minutes
	$(BIN)/python docs/record_demo.py
	$(BIN)/python docs/build_pages.py

RECORDED := barycenters diffusion digits-vae forest-flow image-list poor-classes rare-class signals table-file text
record-recipes: .venv/.dev  ## run the recipes that need no download, and record their verdicts; minutes
	mkdir -p runs/recipes
	cd runs/recipes && $(CURDIR)/$(BIN)/python ../../docs/recipes/write_files.py
	cd runs/recipes && for recipe in $(RECORDED); do $(CURDIR)/$(BIN)/python ../../docs/record_demo.py --recipe ../../docs/recipes/$$recipe.yaml || exit 1; done
	$(BIN)/python docs/build_pages.py

# Studies and timings: hours, not tests. Each writes its page under docs/benchmarks/ and nothing else does.
BENCH := OMP_NUM_THREADS=1 $(BIN)/genaug bench --out docs/benchmarks --jobs 2
STUDIES := $(patsubst docs/benchmarks/%.yaml,bench-%,$(filter-out %-gpu.yaml,$(wildcard docs/benchmarks/*.yaml)))

$(STUDIES): bench-%: .venv/.test  ## one study each, e.g. bench-ablations; up to an hour on two cores
	$(BENCH) docs/benchmarks/$*.yaml

bench-theory: .venv/.test  ## what a discriminator sees of scaled data; a bound beside the truth; minutes
	OMP_NUM_THREADS=1 $(BIN)/python docs/benchmarks/ipm_gap.py --out docs/benchmarks
	OMP_NUM_THREADS=1 $(BIN)/python docs/benchmarks/gaussian_mixture.py --out docs/benchmarks

bench-speed: .venv/.test  ## what each regularizer costs; minutes
	$(BIN)/python docs/benchmarks/training_speed.py --out docs/benchmarks

bench-poor-classes: .venv/.test  ## what cheap generators do for poor classes beside rich ones; minutes
	OMP_NUM_THREADS=1 $(BIN)/python docs/benchmarks/poor_classes.py --out docs/benchmarks

bench-language-model: .venv/.test  ## what the language model writes; needs the extra gemma; a quarter of an hour
	OMP_NUM_THREADS=1 $(BIN)/python docs/benchmarks/language_model.py --out docs/benchmarks

bench-start: .venv/.test  ## what commands cost before any work begins; a minute
	$(BIN)/python docs/benchmarks/start_time.py --out docs/benchmarks

bench-resnet: .venv/.test  ## the resnet's step against mimicry's, which must be importable; minutes
	$(BIN)/python docs/benchmarks/resnet_speed.py --out docs/benchmarks

bench-calibration: .venv/.test  ## how often the verdict is right where the truth is known; half an hour
	OMP_NUM_THREADS=1 $(BIN)/python docs/benchmarks/calibration.py --out docs/benchmarks

bench-features: .venv/.test  ## what extraction costs beside the network alone, and what bfloat16 shifts; minutes
	$(BIN)/python docs/benchmarks/feature_speed.py --out docs/benchmarks

bench-scale: .venv/.test  ## a chain of selectors on up to a million candidates; half an hour, 10 GB of disk
	OMP_NUM_THREADS=1 $(BIN)/python docs/benchmarks/selection_scale.py --out docs/benchmarks

bench-metrics: .venv/.test  ## metric arithmetic against its reference packages, values first; half an hour
	$(BIN)/python docs/benchmarks/metrics_speed.py --out docs/benchmarks
	$(BIN)/python docs/benchmarks/neighbours_speed.py --out docs/benchmarks

# Which selector is best: each writes its page beside its file, and keeps its work under runs/.
COMPARISONS := $(patsubst docs/selector-comparisons/%.yaml,compare-selectors-%,$(wildcard docs/selector-comparisons/*.yaml))

bench-selectors: $(COMPARISONS)  ## all of them; about ten minutes each on two cores

$(COMPARISONS): compare-selectors-%: .venv/.test
	$(if $(filter elpv,$*),$(PIP) --editable '.[elpv]')
	OMP_NUM_THREADS=1 $(BIN)/genaug compare-selectors docs/selector-comparisons/$*.yaml --out runs/selector-comparison-$* --pages docs/selector-comparisons

clean:  ## remove what these commands made
	rm -rf .venv runs .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "genaug needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.demo: .venv/bin/python pyproject.toml constraints.txt
	@echo "Installing genaug into .venv (a few minutes, about 6 GB; torch is most of it) …"
	$(PIP) --editable '.[offline]'
	@touch $@

.venv/.test: .venv/bin/python pyproject.toml constraints.txt
	@echo "Installing genaug and what its tests need into .venv …"
	$(PIP) --editable '.[test]'
	@touch $@ .venv/.demo

.venv/.dev: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) --editable '.[dev]'
	@touch $@ .venv/.test .venv/.demo
