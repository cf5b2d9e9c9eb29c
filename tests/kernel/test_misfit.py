"""The outputs are those of builds of Linux 6.1 that were made to fail in this way, shortened.

Those of other releases (old conf, yylloc, make's version) and of pahole follow the sources that print them.
"""

from pathlib import Path

import pytest

from kbis.kernel.buildlog import excerpt, first_error
from kbis.kernel.labfault import full_disk, lab_fault
from kbis.kernel.linux.misfit import advice

PLACES = [Path("/w/source"), Path("/w/build")]
END = "make[1]: *** [/w/source/Makefile:714: x] Error 2\nmake: *** [Makefile:250: __sub-make] Error 2\n"


@pytest.mark.parametrize(
    ("log", "reason", "hint"),
    [
        (
            "scripts/Kconfig.include:39: C compiler 'ccache gcc-4.9' not found\n",
            "the C compiler gcc-4.9 is not installed",
            "[[linux.toolchain]]",
        ),
        (
            "scripts/Kconfig.include:39: C compiler 'aarch64-linux-gnu-gcc' not found\n",
            "the C compiler aarch64-linux-gnu-gcc is not installed",
            "gcc-aarch64-linux-gnu",
        ),
        (
            (
                "***\n*** C compiler is too old.\n***   Your GCC version:    12.2.0\n"
                "***   Minimum GCC version: 99.1.0\n***\n"
                "scripts/Kconfig.include:44: Sorry, this C compiler is not supported.\n"
            ),
            "the C compiler of this machine is too old for this revision: it is 12.2.0, 99.1.0 is the least",
            "Install a newer one",
        ),
        (
            (
                "***\n*** Assembler is too old.\n***   Your GNU assembler version:    2.40\n"
                "***   Minimum GNU assembler version: 99.23.0\n***\n"
            ),
            "the assembler of this machine is too old for this revision: it is 2.40, 99.23.0 is the least",
            "Install a newer one",
        ),
        (
            "Makefile:15: *** GNU Make >= 4.0 is required. Your Make version is 3.82.  Stop.\n",
            "the GNU make of this machine is too old for this revision: it is 3.82, 4.0 is the least",
            "Install a newer one",
        ),
        (
            (
                "/w/source/include/linux/compiler-gcc.h:176:3: error: #error Sorry, your version of GCC is too old - "
                "please use 5.1 or newer.\n"
            ),
            "the compiler of this machine is too old for this revision",
            "Install a newer one",
        ),
        (
            (
                "/w/source/include/linux/compiler-gcc.h:179:1: fatal error: linux/compiler-gcc12.h: "
                "No such file or directory\n"
            ),
            "this revision knows no gcc 12",
            "Name an older compiler in [[linux.toolchain]]",
        ),
        (
            "  CC      scripts/mod/empty.o\ncc1: error: code model kernel does not support PIC mode\n",
            "position-independent",
            "-fno-pie",
        ),
        (
            (
                "/usr/bin/ld: scripts/dtc/dtc-parser.tab.o:(.bss+0x10): multiple definition of `yylloc'; "
                "scripts/dtc/dtc-lexer.lex.o:(.bss+0x0): first defined here\n"
            ),
            "scripts/dtc",
            "HOSTCFLAGS=-fcommon",
        ),
        (
            (
                "BTF: .tmp_vmlinux.btf: pahole (pahole) is not available\n"
                "Failed to generate BTF for vmlinux\nTry to disable CONFIG_DEBUG_INFO_BTF\n"
            ),
            "pahole is not installed",
            "Install",
        ),
        (
            "FAILED: load BTF from vmlinux: Invalid argument\n",
            "do not agree on BTF",
            "CONFIG_DEBUG_INFO_BTF=n",
        ),
        (
            "/bin/sh: 1: openssl: not found\nmake[3]: *** [M:53: k.pem] Error 127\n",
            "openssl is not",
            "openssl",
        ),
        ("/bin/sh: 1: lz4: not found\nmake[3]: *** [M:80: x] Error 127\n", "lz4 is not", "lz4"),
        (
            "/w/source/kernel/gen_kheaders.sh: 69: cpio: not found\nmake[3]: *** [M:157: k.tar.xz] Error 127\n",
            "cpio is not",
            "cpio",
        ),
        (
            "collect2: fatal error: cannot find 'ld'\ncompilation terminated.\n",
            "ld is not installed",
            "binutils",
        ),
        (
            (
                "<stdin>:1:10: fatal error: libelf.h: No such file or directory\n"
                "/w/source/tools/objtool/include/objtool/elf.h:10:10: fatal error: gelf.h: No such file or directory\n"
            ),
            "the header gelf.h of this machine is not installed",
            "elf",
        ),
        (
            "/w/source/scripts/sign-file.c:25:10: fatal error: openssl/opensslv.h: No such file or directory\n",
            "the header openssl/opensslv.h of this machine is not installed",
            "ssl",
        ),
        ("bison: input/output error\n", "the disk is full or failed", "Free some space"),
        ("awk: write failure (No space left on device)\n", "the disk is full", "Free some space"),
        (
            "mkdir: cannot create directory '.tmp_22798': Read-only file system\n",
            "the disk is read-only",
            "kbis.workDirectory",
        ),
        ("Killed\nFailed to generate BTF for vmlinux\n", "a build tool was killed (memory?)", "fewer jobs"),
    ],
)
def test_tools_that_do_not_fit_are_the_labs_fault(log: str, reason: str, hint: str) -> None:
    found = lab_fault(2, (log + END).encode(), PLACES)
    assert found is not None
    assert reason in found.reason
    assert hint in found.hint
    assert not found.of_request


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (
            "gcc: error: unrecognized command-line option '-mlittle-endian'\n",
            "does not make code for the recipe's architecture",
        ),
        (
            (
                "make[3]: *** No rule to make target 'debian/certs/debian-uefi-certs.pem', needed by "
                "'certs/x509_certificate_list'.  Stop.\n"
            ),
            "debian/certs/debian-uefi-certs.pem, which is not in the source",
        ),
        (
            '***\n*** Can\'t find default configuration "arch/x86/configs/frob_defconfig"!\n***\n',
            "no configuration arch/x86/configs/frob_defconfig",
        ),
        (
            (
                "/w/source/scripts/kconfig/Makefile:99: *** No configuration exists for this target on this "
                "architecture.  Stop.\n"
            ),
            "does not have the named configuration",
        ),
        (
            '***\n*** Configuration file ".config" not found!\n***\n',
            "no configuration .config in the build directory",
        ),
        (
            (
                "/w/source/Makefile:707: /w/source/arch/vax/Makefile: No such file or directory\n"
                "make[1]: *** No rule to make target '/w/source/arch/vax/Makefile'.  Stop.\n"
            ),
            "no architecture vax",
        ),
        (
            "***\n*** The source tree is not clean, please run 'make mrproper'\n*** in /w/source\n***\n",
            "the source directory holds files of a build",
        ),
        ("aborted!\n\nConsole input/output is redirected. Run 'make oldconfig' to update.\n", "questions"),
    ],
)
def test_what_the_recipe_asks_in_vain_is_the_users_to_mend(log: str, reason: str) -> None:
    found = lab_fault(2, (log + END).encode(), PLACES)
    assert found is not None
    assert reason in found.reason
    assert found.of_request
    assert found.hint.endswith(".")


@pytest.mark.parametrize(
    ("log", "error"),
    [
        ('Kconfig:36: syntax error\nKconfig:35: unknown statement "depnds"\n', "Kconfig:36: syntax error"),
        (
            "Kconfig:36:error: recursive dependency detected!\nKconfig:36:\tsymbol XB depends on XA\n",
            "Kconfig:36: recursive dependency detected!",
        ),
        (
            (
                "arch/x86/Kconfig:7:warning: word\n/w/source/init/calibrate.c:317:12: error: 'u' defined but not "
                "used [-Werror=unused-function]\ncc1: all warnings being treated as errors\n"
            ),
            "init/calibrate.c:317: 'u' defined but not used [-Werror=unused-function]",
        ),
        (
            "Inconsistent kallsyms data\nTry make KALLSYMS_EXTRA_PASS=1 as a workaround\n",
            "Inconsistent kallsyms data",
        ),
        ("vmlinux.o: error: objtool: f+0x1: no frame\n", "vmlinux.o: objtool: f+0x1: no frame"),
        ("FAILED unresolved symbol vfs_truncate\n", "FAILED unresolved symbol vfs_truncate"),
        (
            "make[2]: *** No rule to make target 'frobdefconfig'.  Stop.\n",
            "No rule to make target 'frobdefconfig'",
        ),
    ],
)
def test_a_revision_that_does_not_build_is_the_kernels_fault(log: str, error: str) -> None:
    assert lab_fault(2, (log + END).encode(), PLACES) is None
    assert str(first_error((log + END).encode(), PLACES)).startswith(error)


def test_it_is_said_how_a_warning_taken_for_an_error_is_let_pass() -> None:
    assert "-Wno-error" in advice("cc1: all warnings being treated as errors\n")
    assert "KALLSYMS_EXTRA_PASS" in advice("Inconsistent kallsyms data\nTry make KALLSYMS_EXTRA_PASS=1 as\n")
    # A declaration that is missing is an error with every compiler of today.
    assert (
        advice("a.c:1:1: error: implicit declaration of 'f' [-Werror=implicit-function-declaration]\n") == ""
    )


def test_a_first_error_far_from_the_end_is_kept() -> None:
    log = b"CC a\n" * 1000 + b"a.c:1:1: error: first\n" + b"CC b\n" * 50_000 + b"make: *** [M:1: a] Error 1\n"
    kept = excerpt(log, 64 * 1024)
    assert b"a.c:1:1: error: first\n" in kept
    assert kept.endswith(b"Error 1\n")
    assert len(kept) < 80 * 1024
    assert excerpt(log[-1000:], 64 * 1024) == log[-1000:]


def test_a_disk_with_room_is_not_full(tmp_path: Path) -> None:
    assert full_disk(tmp_path, tmp_path / "absent") is None
