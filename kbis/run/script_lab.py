"""The lab of those who have a test script: a revision is checked out, and one run of the script is one boot."""

from collections.abc import Generator
from hashlib import sha256
from pathlib import Path

import pygit2

from kbis.kernel.recipe import Recipe
from kbis.kernel.script import install, read_script, run_script
from kbis.kernel.slot import Slot
from kbis.kernel.worktree import checkout
from kbis.log.attachments import Content
from kbis.log.kinds import Boot, Build
from kbis.run.kernel_lab import CONSOLE_TAIL_BYTES, TITLE_CHARS
from kbis.run.lab import Made, Seen

TOOLCHAIN = "what the test script uses"
_TREE_TAG = b"kbis-signature-tree/1\n"


class ScriptLab:
    """Tests revisions with a program of the user's, on this machine.

    A revision's "kernel" is its git tree: equal trees share their runs.

    Args:
        git: The repository.
        slot: The slot that this process holds.
        recipe: Names the script and its time limit.
        script: The script's content.
        jobs: CPUs that it may use.
    """

    def __init__(self, git: pygit2.Repository, slot: Slot, recipe: Recipe, script: bytes, jobs: int) -> None:
        self._git = git
        self._slot = slot
        self._name = (recipe.test.script or "").rpartition("/")[2]
        self._limit_s = recipe.test.timeout_s
        self._recipe_id = sha256(recipe.to_bytes()).digest()
        self._script = install(script, slot)
        self._jobs = jobs
        self._revision = b""
        self._signature = b""

    def image(self, signature: bytes) -> Path | None:
        """Return the worktree while it holds this tree."""
        return self._slot.source if signature == self._signature else None

    def build(self, revision: bytes) -> Made:
        """Check a revision out; building is the script's own affair.

        Raises:
            UserError: the revision cannot be checked out.
            InfraError: git or the disk failed.
        """
        self._signature = b""
        source = checkout(self._slot, revision.hex())
        self._slot.make_build()
        tree = self._git[pygit2.Oid(raw=revision)].peel(pygit2.Commit).tree_id.raw
        self._revision, self._signature = revision, sha256(_TREE_TAG + tree).digest()
        fact = Build("ok", TOOLCHAIN, self._signature, recipe=self._recipe_id, tree=tree, duration_ns=0)
        return Made(fact, (), source)

    def capacity(self, image: Path) -> int:
        """Return 1: the script works in the one worktree."""
        del image
        return 1

    def boots(self, image: Path, number: int) -> Generator[Seen, None, None]:
        """Run the script so many times, one after the other.

        Raises:
            InfraError: the script cannot be started, or asked to stop.
        """
        for _ in range(number):
            yield self._boot(image)

    def _boot(self, image: Path) -> Seen:
        """Run the script once; the end of what it printed is kept unless all was well.

        Raises:
            InfraError: the script cannot be started, or asked to stop.
        """
        values = {
            "KBIS_BUILD": str(self._slot.build),
            "KBIS_JOBS": str(self._jobs),
            "KBIS_REVISION": self._revision.hex(),
            "KBIS_SOURCE": str(image),
        }
        done = run_script(self._script, self._slot, values, self._limit_s)
        outcome = read_script(done, self._name)
        fact = Boot(
            outcome=outcome.outcome,
            title=outcome.title[:TITLE_CHARS] if outcome.title else None,
            type=outcome.type,
            reached=outcome.reached,
            signature=self._signature,
            duration_ns=done.duration_ns,
        )
        said = done.output.end(CONSOLE_TAIL_BYTES)
        return Seen(fact, (Content("report", said),) if said and outcome.outcome != "ok" else ())
