"""C source to a static program for the guest."""

import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from kbis.errors import InfraError, UserError
from kbis.kernel import environment, process, tools
from kbis.kernel.buildlog import first_error
from kbis.kernel.labfault import lab_fault
from kbis.kernel.slot import unusable
from kbis.kernel.userland.parts import Compiler

LIMIT_S = 300.0
"""A reproducer compiles in a second; this is for a machine under load."""

# The C of the kernel's time: newer compilers default to C23, in which much of what syzkaller wrote is an error.
FLAGS = ("-std=gnu11", "-O1", "-w", "-static", "-pthread", "-Wl,--build-id=none")

_PROGRAM = "program"

# binutils' ld, gold and lld on a library that is not there (often only its shared form is installed), and the compiler
# on a libc whose headers are for another architecture.
_NO_LIBRARY = re.compile(
    r"(?:cannot find|unable to find library) -l(?P<name>[\w.+-]+)|cannot find crt1\.o"
    r"|fatal error: (?:bits|gnu|sys|asm)/\S+: No such file"
)
_OF_LIBC = frozenset({"c", "pthread", "m", "rt", "dl", "util", "gcc", "gcc_eh"})


def default_compiler(arch: str, cross_compile: str = "") -> Compiler:
    """The compiler for the guest's programs: gcc, with the prefix that the kernel is built with.

    It is not the kernel's own compiler, which may be as old as the kernel and come without a C library.
    """
    return Compiler((f"{cross_compile}gcc", *(("-m32",) if arch == "i386" and not cross_compile else ())))


def headers(compiler: Compiler) -> tuple[str, ...]:
    """Arguments that show a compiler the kernel's headers for programs of 32 bits.

    Debian has them for both widths in the directory of x86_64, where `gcc -m32` does not look; the link to them is in
    gcc-multilib, which excludes cross compilers. Elsewhere there is no such directory, and gcc passes it over.
    """
    return ("-idirafter", "/usr/include/x86_64-linux-gnu") if "-m32" in compiler.command else ()


def compile_program(
    sources: Mapping[str, bytes], compiler: Compiler, flags: Sequence[str], *, what: str
) -> bytes:
    """Compile C source to a static program.

    Args:
        sources: Base names and contents; those that end in ".c" are compiled, the others lie beside them.
        compiler: The compiler for the guest.
        flags: Its arguments; they come after the sources, so that libraries among them work.
        what: What is compiled, for the sentence.

    Raises:
        UserError: it does not compile; the sentence has the first error with file and line.
        InfraError: the compiler or a static C library is missing, or the disk or memory failed.
    """
    program = compiler.command[0]
    if shutil.which(program) is None:
        raise tools.missing(program)
    try:
        with tempfile.TemporaryDirectory(prefix="kbis-compile-", ignore_cleanup_errors=True) as made:
            directory = Path(made)
            for name, content in sources.items():
                (directory / name).write_bytes(content)
            names = sorted(name for name in sources if name.endswith(".c"))
            command = [*compiler.command, *headers(compiler), *names, *flags, "-o", _PROGRAM]
            done = process.run(command, cwd=directory, limit_s=LIMIT_S, env=environment.for_builds())
            if done.status == 0 and (directory / _PROGRAM).is_file():
                return (directory / _PROGRAM).read_bytes()
    except OSError as why:
        raise unusable(Path(tempfile.gettempdir()), why) from why
    raise _failure(done, directory, compiler, what)


def _failure(
    done: process.Finished, directory: Path, compiler: Compiler, what: str
) -> UserError | InfraError:
    log, program = done.output.text(), " ".join(compiler.command)
    if done.timed_out:
        return InfraError(f"{what} was not compiled within {LIMIT_S:.0f} s by {program}.", "Run it again.")
    found = _NO_LIBRARY.search(log.decode("utf-8", "replace"))
    if found is not None:
        return _no_library(found["name"], compiler, what)
    fault = lab_fault(done.status, log, [directory])
    if fault is not None:
        return InfraError(f"{what} was not compiled: {fault}.", "Mend that and run it again.")
    error = first_error(log, [directory])
    said = str(error) if error is not None else f"{program} ended with status {done.status}"
    return UserError(
        f"{what} does not compile: {said}.",
        f"Mend it, or set cflags in [test]; it is compiled statically with {program}.",
    )


def _no_library(name: str | None, compiler: Compiler, what: str) -> InfraError:
    program = " ".join(compiler.command)
    if name is not None and name not in _OF_LIBC:
        return InfraError(
            f"{what} cannot be linked: there is no static library {name} for {program}.",
            f"Install the package that has lib{name}.a.",
        )
    own = compiler.command == ("gcc",)
    return InfraError(
        f"{what} cannot be linked: there is no static C library for {program}.",
        tools.install_hint("libc.a")
        if own
        else f"Install the C library, with its libc.a, that belongs to {program}.",
    )
