# make run    builds bin/healthcode and starts the service on ./data      make test   runs every test, with the race detector
# make lint   looks for what tests do not find                            make fuzz   runs each fuzz test for FUZZTIME
# make bench  measures the figures that the project promises              make build  builds bin/healthcode only
# make conformance   holds us against the world's test data and prints the table (docs/conformance.md); part of make test

GO ?= go
ARGS ?=
FUZZTIME ?= 20s
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

# Shared test data that are no part of this repository; tests that need them say so and skip, or fail under REQUIRE_ALL=1.
HEALTHCODE_CONFORMANCE ?= $(abspath ../shared/conformance)
export HEALTHCODE_CONFORMANCE

# A program under the race detector otherwise sleeps for a second before it ends, and the tests start hundreds of them.
export GORACE ?= atexit_sleep_ms=0 halt_on_error=1

# Signatures and hashes are arithmetic without goroutines, and most of the time that the race detector costs: it looks away from these
# packages and sees everything that calls them (docs/decisions/0022-what-the-race-detector-looks-at.md).
ARITHMETIC = crypto/internal/fips140/edwards25519/... crypto/internal/fips140/nistec/... crypto/internal/fips140/bigmod \
	crypto/internal/fips140/sha256 crypto/internal/fips140/sha512 crypto/internal/fips140/hmac crypto/internal/fips140/pbkdf2 \
	github.com/oasisprotocol/curve25519-voi/...
export RACE = -race $(foreach package,$(ARITHMETIC),-gcflags=$(package)=-race=false)

# These tests compute in one goroutine, or measure times: under the race detector they do less or nothing, and make test runs them once more
# without it. A test in docs holds the list against the tests that ask whether they are slowed.
COMPUTING = TestNoFlippedBitIsBelieved|TestNoRandomMutationIsBelieved|TestHistoriesOf(Rollback|Freeze|MixAndMatch|Clocks)|TestABundleWithAnyBitFlippedIsRefused|TestARootWithAnyBitFlippedIsNotPinned|TestNoRootAndNoBundleWithABitFlippedIsBelieved|TestNoDocumentNumberIsFoundFromACodeAndTheAttackWorksOnAWeakOne|TestAFailedClaimTakesTheSameTimeWhetherTheNumberExistsOrNot|TestTheMeasurementFindsARegisterThatLeaks|TestARestoreUndoesNothingThatWasPublished|TestARestoreAcrossKeyCeremoniesUndoesNothingThatWasPublished|TestAKillAtAnyMomentLosesNothingAcknowledged
COMPUTING_IN = ./verifier ./trust ./wallet ./store/bolt ./cmd/healthcode

.PHONY: run build test conformance lint fuzz bench clean

run: build
	bin/healthcode serve $(ARGS)

build:
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/healthcode ./cmd/healthcode

# The time limit of a package is for a machine that is busy; alone everything takes a few minutes. The race detector needs a C compiler. Without one the tests run all the same, but under REQUIRE_ALL=1.
test:
	@if command -v "$$($(GO) env CC)" >/dev/null; then \
		echo "go test -race ./..."; CGO_ENABLED=1 $(GO) test $(RACE) -timeout 20m ./...; \
	elif test "$$REQUIRE_ALL" = 1; then \
		echo "REQUIRE_ALL=1 needs a C compiler for the race detector: install gcc (Debian: apt-get install gcc libc6-dev)"; exit 1; \
	else \
		echo "go test ./...    without the race detector: there is no C compiler (Debian: apt-get install gcc libc6-dev)"; \
		CGO_ENABLED=0 $(GO) test -timeout 20m ./...; \
	fi
	@echo "all of the tests that compute, without the race detector"; $(GO) test -timeout 20m -run '^($(COMPUTING))$$' $(COMPUTING_IN)

conformance:
	@$(GO) test ./conformance -count=1 -v -run '^Test(EveryDifference|EveryFolder|WeAgree)'

lint:
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "not in gofmt's form:"; echo "$$unformatted"; exit 1; }
	$(GO) mod tidy -diff
	$(GO) test ./verifier

fuzz:
	GO=$(GO) FUZZTIME=$(FUZZTIME) .ci/fuzz

bench:
	$(GO) run ./cmd/bench

clean:
	rm -rf bin
