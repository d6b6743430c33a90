# Mallette: build, run and prove the whole system. `make help` lists the targets.

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
PROGRAMS := fleetd kitctl launcher passreader agent
LDFLAGS  := -s -w -X main.version=$(VERSION)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

export CGO_ENABLED ?= 0

build: ## programs for this machine, in build/bin
	@mkdir -p build/bin
	go build -trimpath -ldflags '$(LDFLAGS)' -o build/bin/ ./fleet/cmd/... ./provisioning/cmd/... ./device/cmd/...

run: build ## a fleet server and one station on this machine, with demonstration data
	@go run -trimpath ./images/cmd/demo

deps: ## Debian and npm packages that the tests need (installs what is missing)
	@.ci/install

test: deps build check appliance ## everything: check, a machine switched on, the stories and the browser
	go test -timeout 20m ./provisioning/flash ./provisioning/cmd/kitctl ./device/cmd/installer
	go test -timeout 40m -parallel 4 $$(go list ./images/... | grep -v /images/boot)

appliance: ## the PC image made, and started on a virtual machine until its home page is seen
	$(MAKE) image IMAGE='--only pc'
	go test -count=1 -timeout 40m ./images/boot

check: lint ## format, vet, staticcheck, every package's tests with the race detector
	CGO_ENABLED=1 go test -race -timeout 20m $$(go list ./... | grep -v /images/)

lint:
	@test -z "$$(gofmt -l .)" || { echo 'gofmt would change:'; gofmt -l .; exit 1; }
	go vet ./...
	go run $(STATICCHECK) -checks all ./...

image: ## disk images for PC and Raspberry Pi, with what is said about them, in build/images
	@go build -trimpath -o build/bin/image ./images/cmd/image
	@build/bin/image build $(if $(CI),--refresh) $(IMAGE)

lock: ## move the locks to Debian's newest packages and show the difference
	@go run ./images/cmd/image lock

vm: build ## the PC image on a virtual machine beside a fleet server, from what make image made
	@go run -trimpath ./images/cmd/vm

soak: ## the long set: a million histories of a rollout, a thousand power cuts in the middle of updates, every way a start can fail, every page in every display, the image built twice, a thousand sessions, ten minutes of shaken keys
	MALLETTE_SOAK=1 go test -count=1 -timeout 1h -v -run 'Outcome' ./fleet/rollout
	go test -count=1 -timeout 2h -v -run 'PowerCuts' ./device/update -cuts 1000
	$(MAKE) image IMAGE='--only virt'
	MALLETTE_SOAK=1 go test -count=1 -timeout 6h ./images/boot
	go run -trimpath ./images/cmd/image check-reproducible
	MALLETTE_SOAK=1 go test -count=1 -timeout 3h -run 'EveryDisplay' ./images/screens
	go test -count=1 -timeout 2h -v -run 'NothingSurvives' ./device/sandbox -cycles 1000
	go test -count=1 -timeout 2h -v -run 'ManySessions|ShakenKeys' ./device/cmd/display -sessions 1000 -fuzzkeys 10m

bench: build ## the figures, one line each: name value unit beside ratio
	@go run -trimpath ./images/cmd/bench

clean: ## what was built, and the demonstration's data
	rm -rf build

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "%-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build run deps test check lint image appliance lock vm soak bench clean help
