"""Runs of commits without a branch or a merge among them, as robust-git-bisect sees history.

Source: github.com/adamcrume/robust-binary-search at 15be5306, robust-git-bisect/src/main.rs. There the order of
segments depends on a hash table; here it is that of their first commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Segments:
    """The segments of a history; parents before children.

    Attributes:
        place: For each commit its segment, and its index in it.
        inputs: For each segment those of its first commit's parents.
        remainders: For each segment the ancestors that are neither its first input nor ancestors of that.
        order: All commits, segment after segment.
    """

    place: tuple[tuple[int, int], ...]
    inputs: tuple[tuple[int, ...], ...]
    remainders: tuple[tuple[int, ...], ...]
    order: tuple[int, ...]


def segments_of(parents: Sequence[Sequence[int]]) -> Segments:
    """Split a history, given parents before children, into segments.

    A commit continues its parent's segment when it has one parent only, and is its only child.
    """
    children = [0] * len(parents)
    for own in parents:
        for parent in own:
            children[parent] += 1
    members: list[list[int]] = []
    place: list[tuple[int, int]] = []
    inputs: list[tuple[int, ...]] = []
    for commit, own in enumerate(parents):
        if len(own) == 1 and children[own[0]] == 1:
            segment = place[own[0]][0]
        else:
            segment = len(members)
            members.append([])
            inputs.append(tuple(place[parent][0] for parent in own))
        place.append((segment, len(members[segment])))
        members[segment].append(commit)
    order = tuple(commit for each in members for commit in each)
    return Segments(tuple(place), tuple(inputs), _remainders(inputs), order)


def _remainders(inputs: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    above: list[int] = []
    remainders: list[tuple[int, ...]] = []
    for own in inputs:
        first = above[own[0]] | 1 << own[0] if own else 0
        every = first
        for each in own[1:]:
            every |= above[each] | 1 << each
        above.append(every)
        rest = every & ~first
        remainders.append(tuple(_bits(rest)))
    return tuple(remainders)


def _bits(mask: int) -> list[int]:
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found
