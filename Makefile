# l1probe: what people type. `make` alone prints the list.
#
#   PYTHON   interpreter (3.11 or newer) to build on; if it has torch >= 2.9, that torch is used
#   MODEL    folder, hub id or random:NAME (default: the bundled model)   HOST, PORT, DEVICE: of `make serve`
#   LORA     LoRAs of `make serve`: file, folder or hub id, with :SCALE; several with a comma or space between them
#   OUT      where `make sweep` writes (default: runs/quickstart)
#   ARGS     further flags for the command behind a target

PYTHON ?= python3
HOST   ?= 127.0.0.1
PORT   ?= 50151
DEVICE ?= auto
MODEL  ?= server-py/models/tiny
LORA   ?=
OUT    ?= runs/quickstart
ARGS   ?=

VENV   := .venv
PY     := $(VENV)/bin/python
BIN    := node_modules/.bin
PROTO  := $(wildcard proto/l1probe/v1/*.proto)
SRC    := $(shell find src -name '*.ts' -not -path 'src/generated/*' 2>/dev/null)
TOOL_SRC := $(shell find tools -name '*.ts' 2>/dev/null)

NODE_MODULES := node_modules/.package-lock.json
TS_CONTRACT  := src/generated/l1probe/v1/probe.ts
PY_CONTRACT  := server-py/l1probe/v1/probe_pb2.py
CLI          := dist/cli/main.js
TOOLS        := dist-tools/.built
LINK         := $(BIN)/l1probe
SERVE_ENV    := $(VENV)/.serve
DEV_ENV      := $(VENV)/.dev

.DELETE_ON_ERROR:
.PHONY: help setup client server sweep gallery bench bench-client test test-ts test-py lint format docs goldens serve model lock clean

help: ## this list
	@echo "l1probe: an oscilloscope for the sampling loop of video diffusion models"; echo
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

setup: client server ## install and build everything that `make sweep` needs

client: $(CLI) $(LINK) ## only the client; needs node, no Python

server: $(SERVE_ENV) $(PY_CONTRACT) ## only the server's environment

sweep: setup ## run the quickstart experiment on the bundled model; writes OUT=runs/quickstart
	$(BIN)/l1probe sweep experiments/quickstart.yaml --out $(OUT) $(ARGS)

gallery: setup $(TOOLS) ## run every experiment on the bundled model and write experiments/README.md; ONLY="steps shift" for some
	node dist-tools/tools/gallery/main.js $(ONLY)

serve: server ## start the server on this host: MODEL= LORA= HOST= PORT= DEVICE= ARGS=
	PYTHONPATH="$(CURDIR)/server-py$${PYTHONPATH:+:$$PYTHONPATH}" $(PY) -m l1probe --model "$(MODEL)" \
		$(foreach lora,$(subst $(comma), ,$(LORA)),--lora "$(lora)") \
		--host $(HOST) --port $(PORT) --device $(DEVICE) $(ARGS)

bench: server ## time the script of docs/article.md, the stock pipeline and this server; writes runs/bench.json
	cd server-py && ../$(PY) -m bench --out ../runs/bench.json $(ARGS)

bench-client: client $(TOOLS) ## time and memory of export and report for a record of 1,000 cells and 50 steps
	node dist-tools/tools/bench/main.js $(ARGS)

# The checks use one core for most of their time, so they run beside the tests and are printed after them.
test: setup $(DEV_ENV) ## every check and test
	@checks=$$(mktemp); $(MAKE) --no-print-directory lint >$$checks 2>&1 & lint=$$!; failed=; \
	$(MAKE) --no-print-directory test-py || failed="$$failed test-py"; \
	$(MAKE) --no-print-directory test-ts || failed="$$failed test-ts"; \
	wait $$lint || failed="$$failed lint"; \
	cat $$checks; rm -f $$checks; \
	if [ -n "$$failed" ]; then echo "make test: failed:$$failed" >&2; exit 1; fi

test-ts: setup $(DEV_ENV) ## the TypeScript tests; ARGS="test/schedule" for some
	$(BIN)/vitest run $(ARGS)

test-py: server $(DEV_ENV) ## the Python tests; ARGS="tests/families -k wan" for some
	cd server-py && ../$(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: setup $(DEV_ENV) ## formatting, lints and types of both languages and the proto
	$(BIN)/biome check .
	$(BIN)/buf lint
	$(BIN)/tsc -p tsconfig.json
	$(BIN)/tsc -p tsconfig.browser.json
	$(PY) -m ruff check server-py scripts deploy
	$(PY) -m ruff format --check server-py scripts deploy
	cd server-py && ../$(VENV)/bin/lint-imports --no-logo
	$(BIN)/pyright -p server-py

format: $(NODE_MODULES) $(DEV_ENV) ## format all files and apply safe fixes
	$(BIN)/biome check --write .
	$(PY) -m ruff check --fix server-py scripts deploy
	$(PY) -m ruff format server-py scripts deploy

docs: client ## rewrite what is generated: docs/schedules.md, docs/caches.md, the published YAML schema
	UPDATE_DOCS=1 $(BIN)/vitest run $$(grep -rlE 'UPDATE_DOCS|toMatchFileSnapshot' test --include='*.test.ts') --update

goldens: client ## redraw golden figures and schedules under test/golden; look at the diff before you commit it
	UPDATE_GOLDEN=1 $(BIN)/vitest run test/figure test/schedule

model: server ## retrain the bundled model (minutes on a GPU, hours on a CPU)
	cd server-py && ../$(PY) -m training --out models/tiny $(ARGS)

lock: $(DEV_ENV) ## write the lock files from what is installed in .venv
	$(PY) scripts/lock.py

clean: ## remove everything installed or built; keeps runs/
	rm -rf $(VENV) node_modules dist dist-tools src/generated server-py/l1probe/v1/*_pb2*

# ---------------------------------------------------------------- files

$(NODE_MODULES): package.json package-lock.json
	npm ci --no-audit --no-fund
	@touch $@

$(TS_CONTRACT): $(PROTO) buf.gen.yaml $(NODE_MODULES)
	$(BIN)/buf generate
	@touch $@

$(CLI): $(SRC) $(TS_CONTRACT) tsconfig.json tsconfig.build.json
	rm -rf dist
	$(BIN)/tsc -p tsconfig.build.json
	npm run --silent bundle
	chmod +x $@

# Tools of this repository (tools/), which the package does not ship.
$(TOOLS): $(TOOL_SRC) $(CLI) tsconfig.tools.json
	rm -rf dist-tools
	$(BIN)/tsc -p tsconfig.tools.json
	@touch $@

# So that `npx l1probe` in this folder finds the command without asking a registry.
$(LINK): $(CLI)
	ln -sf ../../$(CLI) $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "l1probe needs Python 3.11 or newer; set PYTHON=…" >&2; exit 2; }
	$(PYTHON) -m venv $(if $(call has_torch),--system-site-packages) $(VENV)

$(SERVE_ENV): server-py/requirements.lock server-py/requirements-torch.lock | $(VENV)/bin/python
	$(if $(call has_torch),,$(PY) -m pip install -q -r server-py/requirements-torch.lock)
	$(PY) -m pip install -q -r server-py/requirements.lock
	@touch $@

$(DEV_ENV): server-py/requirements-dev.lock $(SERVE_ENV)
	$(PY) -m pip install -q -r server-py/requirements-dev.lock
	@touch $@

$(PY_CONTRACT): $(PROTO) $(SERVE_ENV)
	$(PY) -m grpc_tools.protoc -Iproto --python_out=server-py --pyi_out=server-py \
		--grpc_python_out=server-py $(PROTO:proto/%=%)
	@touch $@

# If PYTHON comes with torch (a GPU host's own build), that torch is used.
has_torch = $(shell $(PYTHON) -c 'import torch; v = torch.__version__.split("."); print("yes" if (int(v[0]), int(v[1])) >= (2, 9) else "")' 2>/dev/null)
# A comma itself would end the argument of a function.
comma := ,
