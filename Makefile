# Ringback needs Python 3.11, 3.12 or 3.13 and make; everything else is installed below this folder.
.DEFAULT_GOAL := help
.PHONY: help run test check bench parity matrix lock ready

help:
	@echo "make run    install what is missing and open the console (PORT=8600 for another port)"
	@echo "make test   every check and test, a real LiveKit server and a real browser included"
	@echo "make check  style, types and layers only"
	@echo "make bench  figures: latency against truth, processor time, time to ringing, judges against labels"
	@echo "make parity the same scenario files by pipecat eval run and by us: docs/parity.md (20 minutes)"
	@echo "make matrix every scenario with every fault of the demo agent: docs/matrix.md (some hours)"
	@echo "make lock   write requirements.lock anew from pyproject.toml"

ready:
	@sh tools/bootstrap.sh

run: ready
	@.venv/bin/ringback console $(if $(PORT),--port $(PORT))

check: ready
	@sh tools/check.sh

test:
	@sh tools/test.sh

bench: ready
	@.venv/bin/python -m harness.local livekit
	@missed=; \
	for figures in boundaries holes turns statistics speech ear speed page latency timeline console pages judge; do \
	    printf '\n=== %s ===\n' "$$figures"; \
	    .venv/bin/python -m tests.bench.bench_$$figures || missed="$$missed $$figures"; \
	done; \
	test -z "$$missed" || { printf '\nGoal missed, or not measured:%s\n' "$$missed"; exit 1; }

parity:
	@sh tools/parity.sh $(FILES)

matrix:
	@sh tools/matrix.sh $(PAIRS)

lock: ready
	@sh tools/bootstrap.sh lock
