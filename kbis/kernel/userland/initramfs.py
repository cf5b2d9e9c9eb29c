"""The archive that the kernel unpacks and starts: kbis's init, the reproducer, and the user's own userland."""

import hashlib
import shlex
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Final

from kbis.errors import UserError
from kbis.kernel import toolchain
from kbis.kernel.userland.busybox import busybox
from kbis.kernel.userland.compile import FLAGS, compile_program
from kbis.kernel.userland.cpio import Device, Directory, Entry, File, Symlink, archive, joined
from kbis.kernel.userland.kept import kept
from kbis.kernel.userland.parts import Compiler, GuestParts, Userland
from kbis.kernel.userland.reproducer import needs_shell, prepare

_FORM: Final = 1
"""Another form makes other archives from the same parts, so it forgets the old ones."""

# Enough for a kernel without devtmpfs; Documentation/admin-guide/devices.txt has the numbers.
_SKELETON: Final[tuple[Entry, ...]] = (
    *(Directory(path) for path in ("dev", "kbis")),
    Device("dev/console", 5, 1),
    Device("dev/null", 1, 3, 0o666),
    Device("dev/kmsg", 1, 11),
)
_BARE: Final[tuple[Entry, ...]] = (
    *(Directory(path) for path in ("bin", "etc", "proc", "root", "run", "sys")),
    Directory("tmp", 0o1777),
    Device("dev/zero", 1, 5, 0o666),
    Device("dev/full", 1, 7, 0o666),
    Device("dev/random", 1, 8, 0o666),
    Device("dev/urandom", 1, 9, 0o666),
    Device("dev/tty", 5, 0, 0o666),
    Device("dev/ptmx", 5, 2, 0o666),
    Device("dev/ttyS0", 4, 64),
    Device("dev/ttyS1", 4, 65),
    File("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
    File("etc/group", b"root:x:0:\nnogroup:x:65534:\n"),
)

# init/initramfs.c and lib/decompress.c: a plain archive, or one packed in a way that kernels unpack.
_MAGICS: Final = (
    *(b"070701", b"070702", b"\x1f\x8b", b"BZh", b"\x5d\x00\x00", b"\xfd7zXZ\x00", b"\x89LZO"),
    *(b"\x02\x21\x4c\x18", b"\x28\xb5\x2f\xfd"),
)

_PLACE: Final = "/kbis"
_PLACE_ON_DISK: Final = "/tmp/kbis"  # noqa: S108 - in the guest; the same as PLACE_IN_ROOT of init.h


def make_initramfs(parts: GuestParts, cache: Path) -> Path:
    """Make the initramfs of a guest, or find the one made before from the same parts.

    The kernel must be told `RDINIT`. The user's own archive comes last, so that it may be packed in any way.

    Args:
        parts: What goes in.
        cache: A directory for archives, shared by processes; it is kept within bounds.

    Raises:
        UserError: the reproducer does not compile, is for another machine, needs a userland that is not there, or
            cannot be told what it is; a file of the userland is absent or of the wrong kind.
        InfraError: a compiler, static C library or busybox is missing, or the cache cannot be written.
    """
    shell = _shell(parts)
    own = _own_archive(parts.userland)
    sources = init_sources()
    digest = _digest(
        *(repr(_FORM), _without_paths(parts), toolchain_of(parts.compiler)),
        *(shell or b"", own, *sources.values()),
        *(path.read_bytes() for path in _tools(parts) if path.is_file()),
    )

    def make() -> bytes:
        init = kept(
            cache,
            f"init-{_digest(repr(parts.compiler), toolchain_of(parts.compiler), *sources.values())}",
            lambda: compile_program(
                sources, parts.compiler, (*FLAGS, "-Os", "-s", "-D_GNU_SOURCE"), what="kbis's init"
            ),
        )
        return joined(archive(_entries(parts, init.read_bytes(), shell)), own)

    return kept(cache, f"initramfs-{digest}", make)


def init_sources() -> dict[str, bytes]:
    """The source files of kbis's init."""
    directory = files("kbis.kernel.userland") / "init"
    return {
        each.name: each.read_bytes()
        for each in sorted(directory.iterdir(), key=lambda each: each.name)
        if each.name.endswith((".c", ".h"))
    }


def toolchain_of(compiler: Compiler) -> str:
    """How the compiler and its linker name themselves."""
    return toolchain.identify(f"CC={shlex.quote(shlex.join(compiler.command))}", Path("/"))


def _entries(parts: GuestParts, init: bytes, shell: bytes | None) -> list[Entry]:
    place = _PLACE if parts.userland.disk is None else _PLACE_ON_DISK
    prepared = (
        prepare(parts.reproducer, parts.userland, parts.compiler, place)
        if parts.reproducer is not None
        else None
    )
    settings = [f"ready {parts.markers.ready}", f"done {parts.markers.done}"]
    if parts.userland.disk is not None:
        settings.append("root auto")
    if shell is not None:
        settings.append("shell yes")
    if parts.reproducer is not None and parts.reproducer.limit_s is not None:
        settings.append(f"limit {parts.reproducer.limit_s}")
    settings += [f"run {word}" for word in (prepared.command if prepared else ())]
    bare = parts.userland.initramfs is None
    return [
        *_SKELETON,
        *(_BARE if bare else ()),
        File("kbis/init", init, 0o755),
        File("kbis/settings", "".join(f"{line}\n" for line in settings).encode()),
        *((File("kbis/busybox", shell, 0o755),) if shell is not None else ()),
        *((Symlink("bin/sh", "/kbis/busybox"),) if shell is not None and bare else ()),
        *(prepared.files if prepared else ()),
    ]


def _shell(parts: GuestParts) -> bytes | None:
    """The busybox that the guest gets: where one is named, or where nothing else has the shell that is needed."""
    userland, reproducer = parts.userland, parts.reproducer
    bare = userland.initramfs is None and userland.disk is None
    if userland.busybox is None and not (bare and reproducer is not None and needs_shell(reproducer)):
        return None
    return busybox(userland, f"The reproducer {reproducer.name}" if reproducer else "The guest")


def _own_archive(userland: Userland) -> bytes:
    if userland.initramfs is None:
        return b""
    if userland.disk is not None:
        raise UserError(
            "[guest] initramfs and [guest] disk exclude each other.", "Take one of the two lines out."
        )
    try:
        content = userland.initramfs.read_bytes()
    except OSError as why:
        raise UserError(
            f"The initramfs {userland.initramfs} cannot be read: {why.strerror}.", "Mend [guest] initramfs."
        ) from why
    if not content.startswith(_MAGICS):
        raise UserError(
            f"{userland.initramfs} is not an initramfs.",
            "It must be a cpio archive of the format newc, plain or packed: find . | cpio -o -H newc | gzip > FILE",
        )
    return content


def _without_paths(parts: GuestParts) -> str:
    """What the parts say, but for the names of files, whose content counts."""
    userland, reproducer = parts.userland, parts.reproducer
    tools = reproducer and (reproducer.syz_execprog is not None, reproducer.syz_executor is not None)
    bare = reproducer and replace(reproducer, syz_execprog=None, syz_executor=None)
    return repr(
        (
            userland.arch,
            userland.initramfs is None,
            userland.disk is None,
            bare,
            tools,
            parts.compiler,
            parts.markers,
        )
    )


def _tools(parts: GuestParts) -> list[Path]:
    if parts.reproducer is None:
        return []
    return [
        path for path in (parts.reproducer.syz_execprog, parts.reproducer.syz_executor) if path is not None
    ]


def _digest(*given: str | bytes) -> str:
    whole = hashlib.sha256()
    for each in given:
        whole.update(hashlib.sha256(each.encode() if isinstance(each, str) else each).digest())
    return whole.hexdigest()
