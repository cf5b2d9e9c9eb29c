"""Make Linux kernels: what the recipe says for a revision, done in a slot, with what was built before in mind."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kbis.kernel import environment, process
from kbis.kernel.build import BuildFacts, build
from kbis.kernel.linux.backports import DoesNotApplyError, patched_tree
from kbis.kernel.linux.lowering import Work, lower
from kbis.kernel.linux.pinning import path_maps
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
    """

    def __init__(
        self,
        recipe: LinuxRecipe,
        files: LinuxFiles,
        slot: Slot,
        contains: Callable[[str, str], bool],
        jobs: int,
    ) -> None:
        self._recipe = recipe
        self._files = files
        self._slot = slot
        self._contains = contains
        self._jobs = jobs

    def build(self, revision: str) -> BuildFacts:
        """Make the kernel of a revision.

        Raises:
            UserError: the revision cannot be checked out, and only the user can change that.
            InfraError: the build could not even begin.
        """
        work = lower(
            self._recipe,
            self._files.config,
            lambda commit: self._contains(revision, commit),
            ccache=shutil.which("ccache") is not None,
        )
        env = self._settings(work)
        try:
            tree = self._tree(work, revision)
        except DoesNotApplyError as why:
            return BuildFacts("failed", self._toolchain(work), 0, error=f"{why}.")
        return build(
            work.build,
            self._slot,
            revision,
            jobs=self._jobs,
            tree=tree,
            files=work.files,
            settings=env,
        )

    def _tree(self, work: Work, revision: str) -> str | None:
        if not work.backports:
            return None
        patches = [(each.patch, self._files.patches[each.patch]) for each in work.backports]
        return patched_tree(self._slot, revision, patches)

    def _settings(self, work: Work) -> dict[str, str]:
        maps = path_maps(str(self._slot.source), str(self._slot.build))
        own = maps if _knows_path_maps(work.compiler, str(self._slot.work)) else ""
        return {name: f"{own} {work.flags.get(name, '')}".strip() for name in ("KCFLAGS", "KAFLAGS")}

    def _toolchain(self, work: Work) -> str:
        return identify(work.build.command, self._slot.work)


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
