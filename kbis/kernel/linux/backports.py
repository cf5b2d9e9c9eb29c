"""The tree of a revision with patches: made in the object store, so that a checkout goes straight to it.

Nothing has to be undone: the next checkout goes straight to its own tree, and a patched file that is the same in both
keeps its time stamp.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from kbis.errors import InfraError
from kbis.kernel.git import complaint, git
from kbis.kernel.gitfault import explain
from kbis.kernel.process import Finished
from kbis.kernel.slot import Slot, unusable


class DoesNotApplyError(Exception):
    """A patch that does not fit the revision; the text is a sentence."""


def patched_tree(slot: Slot, revision: str, patches: Sequence[tuple[str, bytes]]) -> str:
    """Make the tree of a revision with patches.

    A patch that is in the revision already is left out.

    Args:
        slot: A slot that this process holds.
        revision: The commit, full hex.
        patches: Name and content of each, in order.

    Returns:
        The object name of the tree, hex.

    Raises:
        DoesNotApplyError: a patch does not fit.
        InfraError: git failed.
    """
    try:
        scratch = tempfile.TemporaryDirectory(prefix="kbis-patch-")
    except OSError as why:
        raise unusable(Path(tempfile.gettempdir()), why) from why
    with scratch as name:
        index, file = Path(name) / "index", Path(name) / "patch"

        def run(*arguments: str) -> Finished:
            return git(arguments, git_dir=slot.git_dir, held=[slot.descriptor], index=index)

        read = run("read-tree", revision)
        if read.status != 0:
            explain(slot, revision, read)
            raise InfraError(f"git could not read {revision[:12]}: {complaint(read)}.", "Try `git fsck`.")
        for patch, content in patches:
            file.write_bytes(content)
            applied = run("apply", "--cached", "--whitespace=nowarn", str(file))
            if applied.status == 0:
                continue
            if run("apply", "--cached", "--reverse", "--check", str(file)).status != 0:
                raise DoesNotApplyError(
                    f"The patch {patch} does not apply: {complaint(applied).removeprefix('error: ')}"
                )
        written = run("write-tree")
    if written.status != 0:
        raise InfraError(
            f"git could not write a patched tree of {revision[:12]}: {complaint(written)}.",
            "Check rights and free space of the repository.",
        )
    return written.output.text().decode().strip()
