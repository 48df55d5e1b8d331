# ngx_http_ipxe_module; "make" lists what can be made.

NGINX_SRC = /usr/share/nginx/src
BUILD     = $(CURDIR)/build
MODULE    = ngx_http_ipxe_module.so
SOURCES   = config $(wildcard ngx_http_ipxe_module/*.[ch])

PREFIX    = /usr
MODULES   = $(PREFIX)/lib/nginx/modules
SHARE     = $(PREFIX)/share/libnginx-mod-http-ipxe
DOC       = $(PREFIX)/share/doc/libnginx-mod-http-ipxe
MAN       = $(PREFIX)/share/man/man8

# make build SANITIZE=1 builds with AddressSanitizer and UBSan

ifdef SANITIZE
OUT       = $(BUILD)/asan
SANITIZER = -fsanitize=address,undefined -fno-omit-frame-pointer
else
OUT       = $(BUILD)
endif

.PHONY: help run test bench build install boot boot-demo hard storm lint clean

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: ## install what is missing, build, serve an example on port 8080
	@tools/deps build run
	@$(MAKE) -s build
	@PORT=$(PORT) tools/run

test: ## install what is missing, build, run all tests
	@tools/deps build test
	@$(MAKE) -s build
	@$(MAKE) -s build SANITIZE=1
	@tools/test

bench: ## measure what an answer costs, write doc/performance.md
	@tools/deps build bench
	@$(MAKE) -s build
	@perl -I t/lib t/bench/run

build: $(OUT)/$(MODULE) ## build the module to build/

boot: ## boot machines in QEMU by every path there is, print a table
	@tools/deps build test boot
	@$(MAKE) -s build
	@tools/payload
	@tools/payload build/payload/arm64 arm64
	@tools/unpack build/unpacked debian-installer-12-netboot-amd64 \
	    shim-signed grub-efi-amd64-signed
	@tools/boot

hard: ## edit, replace, damage and lock hosts.db under load, for an hour
	@tools/deps build test
	@$(MAKE) -s build
	@TEST_HARD=1 tools/test t/hard

storm: ## boot 10,000 simulated machines at once, write doc/storm.md
	@tools/deps build test
	@$(MAKE) -s build
	@TEST_HARD=1 TEST_STORM_REPORT=doc/storm.md tools/test t/hard/storm.t

boot-demo: ## boot a machine in QEMU from what "make run" serves
	@tools/boot-demo "$(MAC)" "$(PORT)"

install: build ## install the module, sql, conf and docs below DESTDIR
	install -d $(DESTDIR)$(MODULES) $(DESTDIR)$(SHARE)/sql \
	    $(DESTDIR)$(DOC)/examples $(DESTDIR)$(MAN)
	install -m 644 build/$(MODULE) $(DESTDIR)$(MODULES)
	install -m 644 sql/*.sql $(DESTDIR)$(SHARE)/sql
	install -m 644 README CHANGES LICENSE doc/*.md $(DESTDIR)$(DOC)
	install -m 644 conf/* $(DESTDIR)$(DOC)/examples
	install -m 644 doc/ngx_http_ipxe_module.8 $(DESTDIR)$(MAN)

lint: ## compile the core with every warning, check the manual page
	tools/lint

clean: ## remove what was built
	rm -rf build

# A running nginx has the module mapped: it is replaced, not written over.
# nginx's configure does not see the sanitizers: its tests cannot run with them

$(OUT)/obj/Makefile: config
	@mkdir -p $(OUT)
	@test -r $(NGINX_SRC)/conf_flags || { \
	    echo "nginx's headers are missing: install nginx-dev" >&2; exit 1; }
	@cd $(NGINX_SRC) && bash -c '. ./conf_flags && ./configure \
	    "$${NGX_CONF_FLAGS[@]}" --with-cc-opt="-g -O2 -fPIC" \
	    --with-ld-opt=-fPIC --add-dynamic-module=$(CURDIR) \
	    --builddir=$(OUT)/obj' > $(OUT)/configure.log 2>&1 || { \
	    grep -A 4 'error:' $(OUT)/configure.log || tail -5 $(OUT)/configure.log; \
	    exit 1; } >&2
	@sed -i -e 's/^CFLAGS = .*/& $(SANITIZER)/' -e 's/-shared/& $(SANITIZER)/' $@

$(OUT)/$(MODULE): $(OUT)/obj/Makefile $(SOURCES)
	@$(MAKE) -s -f $(OUT)/obj/Makefile -C $(NGINX_SRC) modules > $(OUT)/build.log 2>&1 \
	    || { cat $(OUT)/build.log >&2; exit 1; }
	@cp $(OUT)/obj/$(MODULE) $@.new && mv $@.new $@
