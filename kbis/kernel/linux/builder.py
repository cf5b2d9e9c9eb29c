"""Make Linux kernels: what the recipe says for a revision, done in a slot, with what was built before in mind."""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from kbis.errors import InfraError
from kbis.kernel import environment, images, process
from kbis.kernel.build import BuildFacts, build
from kbis.kernel.git import git
from kbis.kernel.linux import known_builds
from kbis.kernel.linux.backports import DoesNotApplyError, patched_tree
from kbis.kernel.linux.boot_code import with_boot_code
from kbis.kernel.linux.known_builds import KnownBuild
from kbis.kernel.linux.lowering import Work, lower
from kbis.kernel.linux.pinning import path_maps
from kbis.kernel.linux.read_set import read_set
from kbis.kernel.linux.recipe import LinuxRecipe
from kbis.kernel.slot import Slot
from kbis.kernel.toolchain import identify

_ASK_LIMIT_S = 20.0


@dataclass(frozen=True, slots=True)
class LinuxFiles:
    """What a recorded Linux recipe names: the config, and the patches by file name."""

    config: bytes
    patches: Mapping[str, bytes]


class LinuxBuilder:
    """Makes Linux kernels in one slot.

    Args:
        recipe: How Linux is made.
        files: What the recipe names.
        slot: A slot that this process holds.
        contains: Tells whether the history of the first commit has the second one.
        jobs: Compilations at once.
        clean: Whether every build begins with an empty directory, and no earlier one stands in for it.
    """

    def __init__(
        self,
        recipe: LinuxRecipe,
        files: LinuxFiles,
        slot: Slot,
        contains: Callable[[str, str], bool],
        jobs: int,
        *,
        clean: bool = False,
    ) -> None:
        self._recipe = recipe
        self._files = files
        self._slot = slot
        self._contains = contains
        self._jobs = jobs
        self._clean = clean

    def build(self, revision: str) -> BuildFacts:
        """Make the kernel of a revision.

        Raises:
            UserError: the revision cannot be checked out, and only the user can change that.
            InfraError: the build could not even begin.
        """
        work, plain = (
            lower(
                self._recipe,
                self._files.config,
                lambda commit: self._contains(revision, commit),
                ccache=ccache,
            )
            for ccache in (shutil.which("ccache") is not None, False)
        )
        env = self._settings(work)
        toolchain = identify(work.build.command, self._slot.work, environment.for_builds())
        try:
            tree = self._tree(work, revision)
        except DoesNotApplyError as why:
            return BuildFacts("failed", toolchain, 0, error=f"{why}.")
        key = _key(plain, toolchain)
        same = None if self._clean else self._same(key, tree or f"{revision}^{{tree}}", toolchain)
        if same is not None:
            return same
        facts = build(
            work.build,
            self._slot,
            revision,
            jobs=self._jobs,
            clean=self._clean,
            tree=tree,
            files=work.files,
            settings=env,
            signed_with=lambda kernel, source, made: with_boot_code(kernel, source, made, work.build.image),
        )
        if facts.signature is not None:
            self._remember(key, revision, tree, facts.signature)
        return facts

    def _same(self, key: bytes, tree: str, toolchain: str) -> BuildFacts | None:
        """Return the kernel of a build that read the same files, if its image is still here."""
        began = time.monotonic_ns()
        known = known_builds.find(self._slot.work, self._slot.git_dir, key, self._tree_id(tree))
        image = images.find(known.signature, self._slot.images) if known is not None else None
        if known is None or image is None:
            return None
        took = time.monotonic_ns() - began
        return BuildFacts("ok", toolchain, took, known.signature, image, inputs_of=known.commit)

    def _remember(self, key: bytes, revision: str, tree: str | None, signature: bytes) -> None:
        # Without it the next build of the same inputs is made once more, and that is all.
        with suppress(InfraError, OSError):
            reads = read_set(self._slot.source, self._slot.build)
            built = KnownBuild(revision, tree or self._tree_id(f"{revision}^{{tree}}"), signature, reads)
            known_builds.remember(self._slot.work, self._slot.git_dir, key, built)

    def _tree_id(self, name: str) -> str:
        asked = git(["rev-parse", "--verify", "--quiet", name], git_dir=self._slot.git_dir)
        return asked.output.text().decode("ascii", "replace").strip()

    def _tree(self, work: Work, revision: str) -> str | None:
        if not work.backports:
            return None
        patches = [(each.patch, self._files.patches[each.patch]) for each in work.backports]
        return patched_tree(self._slot, revision, patches)

    def _settings(self, work: Work) -> dict[str, str]:
        maps = path_maps(str(self._slot.source), str(self._slot.build))
        try:
            own = maps if _knows_path_maps(work.compiler, str(self._slot.work)) else ""
        except InfraError:
            own = ""  # it is not installed: the build says so, and its failure is recorded with the revision
        return {name: f"{own} {work.flags.get(name, '')}".strip() for name in ("KCFLAGS", "KAFLAGS")}


def _key(work: Work, toolchain: str) -> bytes:
    """Digest all that decides a build beside the tree."""
    flags = json.dumps(dict(work.flags), sort_keys=True)
    config = sha256(work.config).hexdigest()
    return sha256(
        json.dumps([work.build.command, work.build.image, toolchain, flags, config]).encode()
    ).digest()


@cache
def _knows_path_maps(compiler: tuple[str, ...], where: str) -> bool:
    """Ask a compiler whether it has -ffile-prefix-map; older ones end in an error for it."""
    asked = process.run(
        [*compiler, "-ffile-prefix-map=a=b", "-E", "-x", "c", "/dev/null"],
        cwd=Path(where),
        limit_s=_ASK_LIMIT_S,
        env=environment.for_builds(),
    )
    return asked.status == 0
