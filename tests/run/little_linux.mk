# Answers as the top Makefile of Linux does, as far as tests/run/test_linux_start.py asks.
KCONFIG_CONFIG ?= .config
CC ?= gcc
.PHONY: allnoconfig olddefconfig vmlinux bzImage
allnoconfig:
	@sed 's/.*/# CONFIG_& is not set/' symbols > $(O)/$(KCONFIG_CONFIG)
olddefconfig:
	@awk 'NR == FNR { known[$$1]; next } \
	  match($$0, /CONFIG_[A-Z0-9_]+/) { s = substr($$0, RSTART + 7, RLENGTH - 7); if (s in known) line[s] = $$0 } \
	  END { for (s in line) print line[s] }' symbols $(O)/$(KCONFIG_CONFIG) | sort > $(O)/new
	@mv $(O)/new $(O)/$(KCONFIG_CONFIG)
bzImage: vmlinux
	@mkdir -p $(O)/arch/x86/boot && cp $(O)/vmlinux $(O)/arch/x86/boot/bzImage
vmlinux:
	@grep -q BROKEN main.c && { echo "main.c:1:2: error: this does not compile"; exit 1; } || true
	$(CC) $(KCFLAGS) -D'BANNER="$(KBUILD_BUILD_USER)@$(KBUILD_BUILD_HOST)"' $$(sed -n 's/^CONFIG_\([A-Z_]*\)=y/-D\1/p' $(O)/.config) \
	  -nostdlib -static -ffreestanding -O1 -o $(O)/vmlinux $(CURDIR)/main.c
	@mkdir -p $(O)/include/config && : > $(O)/include/config/auto.conf && : > $(O)/include/config/auto.conf.cmd
	@printf 'savedcmd_main.o := %s\nsource_main.o := %s/main.c\ndeps_main.o := \\\n  %s/header.h \\\n' "$(CC)" $(CURDIR) $(CURDIR) \
	  > $(O)/.main.o.cmd
