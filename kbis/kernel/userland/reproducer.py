"""The reproducer as the guest gets it: files, and the command that runs them."""

import re
from dataclasses import dataclass
from pathlib import Path

from kbis.errors import UserError
from kbis.kernel.userland import elf, syzkaller
from kbis.kernel.userland.busybox import unfit
from kbis.kernel.userland.compile import FLAGS, compile_program
from kbis.kernel.userland.cpio import File
from kbis.kernel.userland.kind import kind_of
from kbis.kernel.userland.parts import ELF_MACHINES, Compiler, Reproducer, Userland

# system(3) and popen(3) run a shell, which the guest must then have.
_RUNS_SHELL = re.compile(rb"\b(?:system|popen)\s*\(|/bin/(?:ba)?sh\b")
_BUSYBOX_SHELLS = re.compile(rb"#![ \t]*(?:/usr)?/bin/(?:env[ \t]+)?(?:busybox[ \t]+)?(?:a|da)?sh\b")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A reproducer, ready for the archive.

    Attributes:
        files: What goes into the directory `kbis` of the archive.
        command: The program and its arguments, as paths in the guest.
    """

    files: tuple[File, ...]
    command: tuple[str, ...]


def needs_shell(reproducer: Reproducer) -> bool:
    """Say whether a guest without a userland of its own must be given a shell for a reproducer."""
    kind = kind_of(reproducer.name, reproducer.content)
    return kind == "script" or (kind == "c" and _RUNS_SHELL.search(reproducer.content) is not None)


def prepare(reproducer: Reproducer, userland: Userland, compiler: Compiler, place: str) -> Prepared:
    """Make a reproducer ready for a guest.

    Args:
        reproducer: What to run.
        userland: Where it shall run.
        compiler: For C source.
        place: The directory in which the guest finds the archive's directory `kbis`.

    Raises:
        UserError: it does not compile, or cannot run in that guest.
        InfraError: a compiler or a static C library is missing.
    """
    own = f"{place}/reproducer"
    whole = userland.initramfs is not None or userland.disk is not None
    match kind_of(reproducer.name, reproducer.content):
        case "c":
            program = compile_reproducer(reproducer, userland, compiler)
            return Prepared(_files(program), (own, *reproducer.args))
        case "binary":
            _check_binary(reproducer.name, reproducer.content, userland.arch, bare=not whole)
            return Prepared(_files(reproducer.content), (own, *reproducer.args))
        case "script":
            _check_shell(reproducer, bare=not whole)
            direct = whole and reproducer.content.startswith(b"#!")
            shell = () if direct else ("/bin/sh",)
            return Prepared(_files(reproducer.content), (*shell, own, *reproducer.args))
        case "syzkaller":
            programs = _syzkaller_files(reproducer, userland.arch, bare=not whole)
            command = syzkaller.arguments(
                reproducer.content, place, reproducer.args, executor=reproducer.syz_executor is not None
            )
            return Prepared((*_files(reproducer.content), *programs), command)


def compile_reproducer(reproducer: Reproducer, userland: Userland, compiler: Compiler) -> bytes:
    """Compile a reproducer in C to a static program for the guest.

    Raises:
        UserError: it does not compile, or not for the guest's architecture.
        InfraError: a compiler or a static C library is missing.
    """
    source = Path(reproducer.name).name
    source = source if source.endswith(".c") else f"{source}.c"
    what = f"The reproducer {reproducer.name}"
    program = compile_program({source: reproducer.content}, compiler, (*FLAGS, *reproducer.cflags), what=what)
    header = elf.read(program)
    if header is None or header.machine not in ELF_MACHINES[userland.arch]:
        raise UserError(
            f"{what} was compiled by {' '.join(compiler.command)} for another machine than {userland.arch}.",
            "Set cross_compile to the prefix of a compiler for the guest's architecture.",
        )
    return program


def _files(content: bytes) -> tuple[File, ...]:
    return (File("kbis/reproducer", content, 0o755),)


def _check_binary(name: str, content: bytes, arch: str, *, bare: bool) -> None:
    why = unfit(content, arch)
    if why is None or (not bare and why.startswith("is not static")):
        return
    if why.startswith("is not static"):
        hint = "Link it with -static, or give the guest a userland with [guest] initramfs or disk."
    else:
        hint = f"Build it for the guest's architecture, {arch}."
    raise UserError(f"{name} {why}.", hint)


def _check_shell(reproducer: Reproducer, *, bare: bool) -> None:
    first = reproducer.content.split(b"\n", 1)[0]
    if bare and first.startswith(b"#!") and not _BUSYBOX_SHELLS.match(first):
        asked = first[2:].strip().decode("utf-8", "replace")
        raise UserError(
            f"The reproducer {reproducer.name} asks for {asked}, and the guest has only busybox's shell.",
            "Write it for #!/bin/sh, or give the guest a userland with [guest] initramfs or disk.",
        )


def _syzkaller_files(reproducer: Reproducer, arch: str, *, bare: bool) -> tuple[File, ...]:
    if reproducer.syz_execprog is None:
        raise UserError(
            f"The reproducer {reproducer.name} is a syzkaller program, and [test] syz_execprog is not set.",
            "Build syzkaller at the revision that found the bug; set syz_execprog and syz_executor to its programs.",
        )
    programs = {"syz-execprog": reproducer.syz_execprog}
    if reproducer.syz_executor is not None:
        programs["syz-executor"] = reproducer.syz_executor
    return tuple(
        File(f"kbis/{name}", _program(path, name, arch, bare=bare), 0o755) for name, path in programs.items()
    )


def _program(path: Path, name: str, arch: str, *, bare: bool) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as why:
        key = name.replace("-", "_")
        raise UserError(f"{path} cannot be read: {why.strerror}.", f"Mend [test] {key}.") from why
    _check_binary(str(path), content, arch, bare=bare)
    return content
