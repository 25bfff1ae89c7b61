# Each target sets up whatever it needs and may be run again at any time.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && echo $$python && exit; \
	done; echo python3)
SET_UP = "$(PYTHON)" -I agentlocator/runtime/bootstrap.py
IN_VENV = .venv/bin/python

# `check --deploy` must see what production sees; nothing connects anywhere.
PRODUCTION = DEBUG=0 SECRET_KEY=$$($(IN_VENV) -c 'import secrets; print(secrets.token_urlsafe(64))') \
	ALLOWED_HOSTS=agents.example.com PUBLIC_URL=https://agents.example.com \
	DATABASE_URL=postgres://agents@localhost/agents REDIS_URL=redis://localhost/0 \
	OPENAI_API_KEY=an-example TWILIO_ACCOUNT_SID=an-example TWILIO_AUTH_TOKEN=an-example \
	EMAIL_URL=smtp://mail.example.com:587
LOCK = $(IN_VENV) -m uv pip compile --quiet --no-cache --system-certs --universal -p 3.11 --generate-hashes \
	--custom-compile-command "make lock"

export PYTHONUTF8 = 1
.DEFAULT_GOAL := help
.PHONY: help setup run demo test check bench bench-pages honesty replay seed-large screenshots lock

help:
	@echo "make demo   start everything, place one Hebrew phone call, keep serving (DEMO_EXIT=1: end after the call)"
	@echo "make run    start everything and serve on PORT (8000)"
	@echo "make test   run the tests"
	@echo "make check  format, lint, types, import contracts, migrations, deployment checks"
	@echo "make bench  print the benchmark tables"
	@echo "make bench-pages  lists and searches of a business with 200,000 customers (ROWS=0.1: a tenth)"
	@echo "make honesty  a thousand calls to a provider that lies (CALLS=100: fewer); who was told what is not so?"
	@echo "make replay run the kept calls through the conversation core (KEEP=1: accept what differs)"
	@echo "make screenshots  every page as a picture, in screenshots/"
	@echo "make seed-large   a business with 200,000 customers and calls, to measure pages with"
	@echo "make lock   pin the requirements again, with hashes"

setup:
	@$(SET_UP) --dev

run:
	@$(SET_UP) manage.py up

demo:
	@$(SET_UP) manage.py demo

test: setup
	@command -v chromium >/dev/null || echo "Browser stories are skipped; to run them: sudo apt-get install -y chromium"
	@$(IN_VENV) -m pytest -n 3 --dist worksteal

check: setup
	$(IN_VENV) -m ruff format --check .
	$(IN_VENV) -m ruff check .
	$(IN_VENV) -m mypy
	$(IN_VENV) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
	$(IN_VENV) manage.py makemigrations --check --dry-run
	@echo "$(IN_VENV) manage.py check --deploy"
	@$(PRODUCTION) $(IN_VENV) manage.py check --deploy --fail-level WARNING

bench: setup
	@$(IN_VENV) -m benchmarks

bench-pages: setup
	@$(IN_VENV) -m benchmarks.pages

honesty: setup
	@$(IN_VENV) -m benchmarks.honesty

replay: setup
	@$(IN_VENV) manage.py replay_corpus $(if $(KEEP),--keep)

screenshots: setup
	@SCREENSHOTS=screenshots $(IN_VENV) -m pytest -q tests/agentlocator/pages/test_every_page.py

seed-large: setup
	$(IN_VENV) manage.py seed_large

lock: setup
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt
