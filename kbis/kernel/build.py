"""Make one kernel: check out a revision, run the recipe's command, digest and keep the image."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from kbis.errors import InfraError, UserError
from kbis.kernel import environment, images, interrupted, process
from kbis.kernel.buildlog import excerpt, first_error, readable
from kbis.kernel.fault import Fault
from kbis.kernel.labfault import TORN, full_disk, lab_fault
from kbis.kernel.linux.misfit import advice
from kbis.kernel.recipe import BuildRecipe
from kbis.kernel.signature import sign
from kbis.kernel.slot import Slot, unusable
from kbis.kernel.toolchain import identify
from kbis.kernel.worktree import checkout

LOG_TAIL_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """What came of one build.

    Attributes:
        outcome: "ok"; "failed" when the kernel does not build; "infra" when the lab failed.
        toolchain: The compiler and linker, as they name themselves.
        duration_ns: How long the build command ran.
        signature: The digest of what the machine would execute, 32 bytes; only when ok.
        image: The file to boot; only when ok.
        error: Why it is not ok, one line.
        log: The end of the build's output, and the first error where that lies before it.
    """

    outcome: Literal["ok", "failed", "infra"]
    toolchain: str
    duration_ns: int
    signature: bytes | None = None
    image: Path | None = None
    error: str | None = None
    log: bytes = b""
    inputs_of: str | None = None


def build(
    recipe: BuildRecipe,
    slot: Slot,
    revision: str,
    *,
    jobs: int | None = None,
    clean: bool = False,
    tree: str | None = None,
    files: Mapping[str, bytes] | None = None,
    settings: Mapping[str, str] | None = None,
    signed_with: Callable[[bytes, Path, Path], bytes] | None = None,
) -> BuildFacts:
    """Make the kernel of a revision in a slot.

    Args:
        recipe: How to build.
        slot: A slot that this process holds.
        revision: The commit, full hex.
        jobs: How many compilations at once; by default one for each processor.
        clean: Begin with an empty build directory instead of the last build's.
        tree: The tree to build, where it is another one than the revision's own: the object name in hex.
        files: What lies in the build directory before the command runs, by path below it.
        settings: More of the command's environment.
        signed_with: Gives the kernel's signature from that of the digested file, the source and the build directory.

    Raises:
        UserError: the revision cannot be checked out, or the recipe asks for what it does not have; only the user
            can change that.
        InfraError: the build could not even begin.
    """
    source = checkout(slot, revision, tree)
    directory = slot.make_build(clean=clean)
    interrupted.begin(slot)
    _lay(directory, files or {})
    env = environment.for_builds() | {
        "KBIS_BUILD": str(directory),
        "KBIS_JOBS": str(jobs or os.cpu_count() or 1),
        "KBIS_SOURCE": str(source),
        "TMPDIR": str(slot.make_scratch()),
        **(settings or {}),
    }
    toolchain = identify(recipe.command, directory, env)
    first = _attempt(recipe, slot, revision, env, toolchain, signed_with)
    if first.error is None or TORN not in first.error:
        return first
    second = _attempt(recipe, slot, revision, env, toolchain, signed_with)
    return replace(second, duration_ns=first.duration_ns + second.duration_ns)


def _lay(directory: Path, files: Mapping[str, bytes]) -> None:
    """Write files below the build directory; one that is right already keeps its time stamp."""
    for name, content in files.items():
        path = directory / name
        try:
            if path.is_file() and path.read_bytes() == content:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as why:
            raise unusable(path, why) from why


def _attempt(
    recipe: BuildRecipe,
    slot: Slot,
    revision: str,
    env: dict[str, str],
    toolchain: str,
    signed_with: Callable[[bytes, Path, Path], bytes] | None,
) -> BuildFacts:
    began = time.time_ns()
    same_build = slot.build.stat().st_ino
    done = process.run(
        ["sh", "-c", recipe.command],
        cwd=slot.build,
        limit_s=recipe.timeout_s,
        env=env,
        held=[slot.descriptor],
    )
    if not done.timed_out and done.status >= 0:
        interrupted.end(slot)
    directories = (slot.source, slot.build)
    log = done.output.text()
    facts = BuildFacts("failed", toolchain, done.duration_ns, log=excerpt(log, LOG_TAIL_BYTES))
    error = first_error(log, directories)

    def lab(fault: Fault) -> BuildFacts:
        if fault.of_request:
            raise UserError(f"{revision[:12]} cannot be built as asked: {fault.reason}.", fault.hint)
        said = f"The build failed for no fault of the kernel: {fault.reason}."
        return replace(facts, outcome="infra", error=f"{said} {fault.hint}".rstrip())

    if done.timed_out:
        return lab(Fault(f"it did not end within {recipe.timeout_s} s"))
    if done.status < 0:
        return lab(Fault(f"the build command was ended by signal {-done.status}"))
    if not (slot.source / ".git").exists() or not _is_inode(slot.build, same_build):
        return lab(Fault("its directory was deleted"))
    if done.status != 0:
        fault = lab_fault(done.status, log, directories) or full_disk(slot.build)
        if fault is not None:
            return lab(fault)
        said, hint = (
            str(error or f"The build command ended with status {done.status}."),
            advice(readable(log, ())),
        )
        return replace(facts, error=f"{said} ({hint})" if hint else said)
    stale = error is not None and _older(slot.build / recipe.image, began)
    if stale:
        # `make | tee log` ends well whatever make did; an image of another revision must not pass for this one's.
        return replace(facts, error=str(error))
    return _finish(recipe, slot, facts, signed_with)


def _finish(
    recipe: BuildRecipe,
    slot: Slot,
    facts: BuildFacts,
    signed_with: Callable[[bytes, Path, Path], bytes] | None,
) -> BuildFacts:
    image, signed = slot.build / recipe.image, slot.build / (recipe.signature or recipe.image)
    for file in (image, signed):
        if not file.is_file() or file.stat().st_size == 0:
            name = file.relative_to(slot.build)
            return replace(facts, error=f"The build command ended well but left no file {name}.")
    try:
        signature = sign(signed)
        if signed_with is not None:
            signature = signed_with(signature, slot.source, slot.build)
        kept = images.keep(image, signature, slot.images)
    except (InfraError, OSError) as why:
        return replace(facts, outcome="infra", error=f"The image could not be kept: {why}")
    return replace(facts, outcome="ok", signature=signature, image=kept)


def _is_inode(directory: Path, inode: int) -> bool:
    try:
        return directory.stat().st_ino == inode
    except FileNotFoundError:
        return False


def _older(file: Path, time_ns: int) -> bool:
    try:
        return file.stat().st_mtime_ns < time_ns
    except FileNotFoundError:
        return False
