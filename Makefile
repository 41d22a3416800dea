PYTHON ?= python

.PHONY: check format run bench evaluate train readme space

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

readme:
	$(PYTHON) -m fusion.training tables --write README.md

space:
	$(PYTHON) -m fusion.publish
