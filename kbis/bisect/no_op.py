"""Changes without effect: a commit whose kernel is that of all its parents cannot be the first bad one. Pure."""

from dataclasses import replace

from kbis.bisect.decision import Conclusion
from kbis.bisect.fold import Bisection
from kbis.bisect.graph import Graph
from kbis.bisect.kernels import Kernels


def is_no_op(kernels: Kernels, graph: Graph, revision: bytes) -> bool:
    """Tell whether a commit is known to leave the kernel as it was in each of its parents."""
    parents = graph.all_parents_of(revision) if graph.contains(revision) else ()
    return bool(parents) and all(kernels.are_one(revision, each) for each in parents)


def unbuilt_parents(bisection: Bisection, graph: Graph, revision: bytes) -> tuple[bytes, ...]:
    """Return the parents that must be built before it can be told whether a built commit changed the kernel.

    A parent goes untested when it is not based on the good end: an old branch, merged late.
    """
    if bisection.of(revision).signature is None or not graph.contains(revision):
        return ()
    others = [
        each for each in graph.all_parents_of(revision) if not bisection.kernels.are_one(revision, each)
    ]
    # One parent with another kernel answers the question, and so does one that nobody can build.
    return () if any(bisection.of(each).builds for each in others) else tuple(others)


def without_no_ops(conclusion: Conclusion, bisection: Bisection, graph: Graph) -> Conclusion:
    """Return a conclusion that blames no change without effect, for policies that let one kernel's boots count for all.

    Such a policy gives equal kernels equal verdicts. Only a person's word or an end that was taken on trust can part
    them, and then one of the two is wrong.
    """
    kernels = bisection.kernels
    innocent = {each for each in conclusion.candidates if is_no_op(kernels, graph, each)}
    match conclusion.result:
        case "first bad commit" if innocent:
            revision = conclusion.candidates[0]
            parents = graph.all_parents_of(revision)
            named = " and ".join(each.hex()[:12] for each in parents)
            return Conclusion(
                "not confirmed",
                tuple(dict.fromkeys([revision, *parents])),
                f"{revision.hex()[:12]} is bad, but its kernel is that of {named}, which counts as good: "
                "one of the verdicts is wrong",
            )
        case "untestable between" | "range":
            left = tuple(each for each in conclusion.candidates if each not in innocent)
            return replace(conclusion, candidates=left) if left else conclusion
        case _:
            return conclusion
