# Every target goes through tools/setup.py, which also works alone: python tools/setup.py lab
# Another Python: make PYTHON=python3.12 lab.  Arguments: make lab ARGS="--no-browser --port 8899"
PYTHON ?= python3
ARGS ?=

TARGETS := lab test quick nightly setup lint book clean help
.PHONY: $(TARGETS)
.DEFAULT_GOAL := help

$(TARGETS):
	@$(PYTHON) tools/setup.py $@ $(ARGS)
