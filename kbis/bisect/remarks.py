"""What syzkaller adds to a culprit: reasons to doubt the answer that its rule does not weigh. Pure."""

from kbis.bisect.fold import Bisection
from kbis.bisect.no_op import is_no_op
from kbis.bisect.policy import Terrain


def remarks(bisection: Bisection, terrain: Terrain, culprit: bytes) -> tuple[str, ...]:
    """Return remarks in the order in which syzkaller finds them, each a clause (pkg/bisect/bisect.go, `bisect`).

    A release is suspect because compiler and configuration change there; a change without effect because it is none.
    """
    found = [f"it is the release {each.name}" for each in terrain.releases if each.revision == culprit]
    if terrain.graph is not None and is_no_op(bisection.kernels, terrain.graph, culprit):
        found.append("its kernel is that of its parent, so the answer is most likely wrong")
    return tuple(found)
