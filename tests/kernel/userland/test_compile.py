import shutil
import subprocess
from pathlib import Path

import pytest

from kbis.errors import InfraError, UserError
from kbis.kernel.userland import elf
from kbis.kernel.userland.compile import FLAGS, compile_program, default_compiler, headers
from kbis.kernel.userland.parts import Compiler

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")

# What syzkaller's C reproducers lean on: implicit int-to-pointer casts, threads, an endless fork loop.
SYZKALLER_STYLE = b"""
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
uint64_t r[1] = {0xffffffffffffffff};
static void* thr(void* arg) { return (void*)(long)syscall(__NR_close, r[0]); }
static void loop() { pthread_t th; pthread_create(&th, 0, thr, NULL); pthread_join(th, 0); }
int main(void)
{
  syscall(__NR_mmap, 0x20000000ul, 0x1000000ul, 7ul, 0x32ul, -1, 0ul);
  *(uint32_t*)0x20000040 = 1;
  loop();
  return 0;
}
"""


def compiled(source: bytes, *flags: str, compiler: Compiler = Compiler()) -> bytes:  # noqa: B008 - frozen
    return compile_program({"repro.c": source}, compiler, (*FLAGS, *flags), what="The reproducer repro.c")


def test_source_becomes_a_static_program() -> None:
    header = elf.read(compiled(SYZKALLER_STYLE))
    assert header is not None
    assert header.is_program
    assert header.interpreter is None


def test_equal_source_gives_equal_bytes() -> None:
    assert compiled(SYZKALLER_STYLE) == compiled(SYZKALLER_STYLE)


def test_old_c_that_newer_compilers_refuse_compiles() -> None:
    assert compiled(b"int bool; static void f(); int main(void) { f(1, 2); return 0; } static void f() {}")


def test_a_library_among_the_flags_is_linked() -> None:
    source = (
        b"#include <math.h>\n#include <stdlib.h>\nint main(int c, char **v) { return (int)cos(atof(v[1])); }"
    )
    assert compiled(source, "-lm")


def test_source_that_does_not_compile_is_told_with_its_first_error_and_line() -> None:
    with pytest.raises(UserError) as told:
        compiled(b"int main(void)\n{\n  int x = y;\n  return z;\n}\n")
    assert str(told.value).startswith("The reproducer repro.c does not compile: repro.c:3: ")
    assert "y" in str(told.value)
    assert "z" not in str(told.value).split("repro.c:3:")[1]


def test_a_function_that_is_nowhere_is_the_reproducers_fault() -> None:
    with pytest.raises(UserError, match="undefined reference to"):
        compiled(b"int nowhere(void); int main(void) { return nowhere(); }")


def test_a_missing_compiler_is_the_labs_failure() -> None:
    with pytest.raises(InfraError, match=r"^no-such-gcc is not installed"):
        compiled(b"int main(void) {}", compiler=Compiler(("no-such-gcc",)))


def test_a_missing_static_library_is_the_labs_failure() -> None:
    with pytest.raises(InfraError, match="there is no static library kbis-nowhere for gcc") as told:
        compiled(b"int main(void) { return 0; }", "-lkbis-nowhere")
    assert told.value.hint == "Install the package that has libkbis-nowhere.a."


def test_a_compiler_without_its_c_library_is_the_labs_failure() -> None:
    compiler = default_compiler("i386")
    source = b'#include <stdio.h>\nint main(void) { return puts(""); }\n'
    try:
        compiled(source, compiler=compiler)
    except InfraError as why:
        told = why
    else:
        pytest.skip("this machine has the C library for i386")
    assert str(told) == "The reproducer repro.c cannot be linked: there is no static C library for gcc -m32."
    assert told.hint == "Install the C library, with its libc.a, that belongs to gcc -m32."


@pytest.mark.parametrize("name", ["bits/libc-header-start.h", "gnu/stubs-32.h", "asm/errno.h"])
def test_headers_of_another_architecture_only_are_the_labs_failure(name: str) -> None:
    source = f'#include "{name.replace("/", "/absent-")}"\n'.encode()
    with pytest.raises(InfraError, match="there is no static C library for gcc"):
        compiled(source)


def test_the_kernels_headers_of_a_32_bit_guest_are_found_where_debian_has_them() -> None:
    assert "/usr/include/x86_64-linux-gnu" in headers(default_compiler("i386"))
    assert headers(default_compiler("x86_64")) == ()
    probe = subprocess.run(
        ["gcc", "-m32", *headers(default_compiler("i386")), "-E", "-x", "c", "-"],
        input=b"#include <asm/errno.h>\n",
        capture_output=True,
        check=False,
    )
    if not Path("/usr/include/x86_64-linux-gnu/asm/errno.h").exists():
        pytest.skip("this is no Debian for x86_64")
    assert probe.returncode == 0, probe.stderr


def test_the_guests_compiler_has_the_kernels_prefix() -> None:
    assert default_compiler("x86_64") == Compiler(("gcc",))
    assert default_compiler("arm64", "aarch64-linux-gnu-") == Compiler(("aarch64-linux-gnu-gcc",))
    assert default_compiler("i386") == Compiler(("gcc", "-m32"))
