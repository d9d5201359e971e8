## Assay: plays the auditing game on language models. `make TARGET`:
##
##   demo       two whole games, a flaw and a control, from a bare clone; ends with a summary
##   test       every test, warnings as errors
##   build      the release build of `assay`; prints where it lies
##   setup      libtorch into .deps/ and the system libraries (all targets here call it first)
##
##   exam       examines the shipped base models
##   trial      twenty organisms and twenty controls against `survey`; goes on where it stopped
##   attacks    every attack, control and hiding on every shipped base, one table (docs/attacks.md); goes on
##              where it stopped
##   examples   the three examples of the auditing game, with written reports; each score against its word
##   bench      times Assay against PyTorch + transformers, one table of ratios
##   families   compares every model family with transformers, one table
##   escapes    tries to cheat as a third-party auditor in every way, one table
##   mcp        audits with the official MCP client, and prints the transcript
##   serve-check    talks to `assay serve` with the official OpenAI client
##   inspect-check  exports matches and reads them with Inspect
##   memory     peak memory of a sharded checkpoint against its size, beside transformers
##   parity     compares logits, tokens and generated text with transformers
##   fixtures   makes the committed test fixtures anew (they should not change)
##
##   lint       formatting rules; `make format` applies them
##   layers     who imports whom, and no unfinished code
##   sizes      no file over 500 lines
##   precheck   lint, layers, sizes and test: run it before a commit
##   clean      removes what was built; .deps/ and downloads stay
##
## bench, families, mcp, serve-check, inspect-check, memory, parity and fixtures need Python packages: they
## make .venv/ with scripts/python-peers.
## PYTHON=/path/to/python3 names another Python. CONTRIBUTING.md says more.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help setup build demo test exam trial attacks examples escapes mcp serve-check inspect-check bench families memory parity fixtures lint format layers sizes precheck clean

ASSAY := .build/release/assay
SWIFT_SOURCES := Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources

help:
	@sed -n 's/^## \{0,1\}//p' Makefile

setup:
	@scripts/setup

build: setup
	swift build -c release --product assay
	@echo "$(CURDIR)/$(ASSAY)"

demo: setup
	swift build -c release --product assay
	$(ASSAY) demo

test: setup
	@mkdir -p .build && rm -f .build/tests*.xml
	@# With all tests at once, those that wait for a moment of another process find no thread when it comes.
	width=$$(swift test --help-hidden 2>/dev/null | grep -o -e '--experimental-maximum-parallelization-width' | head -1 || true); \
	ASSAY_STRICT=1 swift test --disable-xctest --xunit-output .build/tests.xml $${width:+$$width 4}

exam: setup
	swift build -c release --product assay
	$(ASSAY) world exam --model smallworld-1m
	$(ASSAY) world exam --model smallworld-2m-neox
	$(ASSAY) world exam --model smallworld-4m

trial: setup
	swift build -c release --product assay
	scripts/trial.py --assay $(ASSAY)

attacks: setup
	swift build -c release --product assay
	scripts/attacks.py --assay $(ASSAY) --long --out docs/attacks.md

examples: setup
	swift build -c release --product assay
	scripts/examples.py --assay $(ASSAY) --out docs/examples.md

bench: setup
	@scripts/python-peers
	.venv/bin/python scripts/bench.py

families: setup
	@scripts/python-peers
	swift build -c release --product assay
	.venv/bin/python scripts/families.py --assay $(ASSAY) --out docs/families.md

escapes: setup
	swift build -c release --product assay
	scripts/escapes.py --assay $(ASSAY)

mcp: setup
	@scripts/python-peers clients
	swift build -c release --product assay
	.venv/bin/python scripts/mcp-client.py --assay $(ASSAY)

serve-check: setup
	@scripts/python-peers clients
	swift build -c release --product assay
	.venv/bin/python scripts/serve-client.py --assay $(ASSAY)

inspect-check: setup
	@scripts/python-peers clients
	swift build -c release --product assay
	.venv/bin/python scripts/inspect-check.py --assay $(ASSAY)

memory: setup
	@scripts/python-peers
	swift build -c release --product assay
	.venv/bin/python scripts/memory.py --assay $(ASSAY)

parity: setup
	@scripts/python-peers
	swift build -c release --product assay
	.venv/bin/python scripts/parity.py --assay $(ASSAY)

fixtures:
	@scripts/python-peers
	@for script in scripts/make-*-fixtures.py; do \
	  echo "$$script"; .venv/bin/python "$$script"; done

lint:
	@swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)
	@echo "lint: no findings"

format:
	swift format --in-place --parallel --recursive $(SWIFT_SOURCES)

layers:
	@scripts/check-layers

sizes:
	@scripts/check-sizes

precheck: lint layers sizes test

clean:
	rm -rf .build Benchmarks/.build
