PYTHON ?= python

.PHONY: check format run bench speed evaluate train readme space lock audit

check:
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(PYTHON) -m pytest

format:
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

run:
	$(PYTHON) app.py

train:
	$(PYTHON) -m fusion.training fit --config fusion/training/recipes/default.json --out assets

evaluate:
	$(PYTHON) -m fusion.training novelty
	$(PYTHON) -m fusion.training evaluate

bench:
	$(PYTHON) -m fusion.bench --load --out assets/bench.json

# fails where an action takes over 1.5 times as long, beside the yardstick, as was recorded; looks
# twice, for what else the machine did is not the engine's doing
speed:
	$(PYTHON) -m fusion.bench --only engine --repeats 30 --against assets/bench.json || \
	$(PYTHON) -m fusion.bench --only engine --repeats 30 --against assets/bench.json

readme:
	$(PYTHON) -m fusion.training tables --write README.md
	$(PYTHON) -m fusion.training tables --write README.zh.md

space:
	$(PYTHON) -m fusion.publish

lock:
	uv pip compile requirements.txt --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-emit-find-links --output-file requirements.lock

audit:
	pip-audit --requirement requirements.lock --no-deps --disable-pip
