# `make run` and `make test` need nothing but Swift; the rest is for working on Glassbox.
SWIFT ?= swift
RELEASE = -c release --static-swift-stdlib
BIN = .build/release/glassbox
ARGS ?=

.PHONY: run test build setup format lint bench docs starter sanitize-thread sanitize-address clean

run: build
	@$(BIN) $(ARGS)

build: setup
	$(SWIFT) build $(RELEASE) --product glassbox

# Tests are optimised too: the numeric code is what users get. (A folder of its own, because the test library has no
# static form.)
TESTS = -c release --scratch-path .build-test -Xswiftc -enable-testing
test: setup
	$(SWIFT) build $(TESTS) --build-tests
	$(SWIFT) test $(TESTS) --skip-build

setup:
	@scripts/setup.sh

format:
	$(SWIFT) format --in-place --recursive --parallel Sources Tests Package.swift starter

lint:
	$(SWIFT) format lint --recursive --parallel Sources Tests Package.swift starter

bench: build
	Benchmarks/run.sh $(BIN)

# The pages of docs/ that are written by the program.
docs: build
	$(BIN) train --keys > docs/training-keys.md

# Trains the model that ships with Glassbox, from the text in starter/.
starter: build
	starter/make.sh $(BIN)

sanitize-thread: setup
	$(SWIFT) build --build-tests --sanitize=thread -Xswiftc -DTHREAD_SANITIZER --scratch-path .build-tsan
	$(SWIFT) test --skip-build --sanitize=thread -Xswiftc -DTHREAD_SANITIZER --scratch-path .build-tsan

sanitize-address: setup
	$(SWIFT) build --build-tests --sanitize=address --scratch-path .build-asan
	ASAN_OPTIONS=detect_leaks=0 $(SWIFT) test --skip-build --sanitize=address --scratch-path .build-asan

clean:
	$(SWIFT) package clean
