"""How often the comparison is right on real crashes: `python -m tests.bisect.measure_compare CASES`.

A crash and each other title it may carry are one bug; two crashes that share no title are two. The first is asked
with titles alone, which is all that an old log holds; the second with titles alone, and with all that is read from
the consoles. Titles of garbled reports (`in corrupted`) name no place and are counted apart.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from kbis import oops
from kbis.bisect.compare import compare
from kbis.log.kinds import Boot, Target
from kbis.oops.place import file_of

CASES = Path("console-logs") / "cases.jsonl"
GARBLED = " in corrupted"


@dataclass(frozen=True)
class Pair:
    """A crash, a target, and whether they are one bug."""

    crash: Boot
    target: Target
    one: bool


def pairs_of_titles(path: Path) -> Iterator[Pair]:
    """Yield pairs that hold titles and nothing else."""
    named = _named(path)
    for names in named:
        title, *others = names
        for other in others:
            if not title.endswith(GARBLED):
                yield Pair(_boot(title), Target(other), True)
                yield Pair(_boot(other), Target(title), True)
    for ours, theirs in permutations(dict.fromkeys(named), 2):
        if not set(ours) & set(theirs):
            yield Pair(_boot(ours[0]), Target(theirs[0]), False)


def pairs_of_crashes(path: Path) -> Iterator[Pair]:
    """Yield pairs of two bugs with all that is read from their consoles."""
    read = [crash for each in _cases(path) if (crash := oops.read(str(each["log"]).encode())) is not None]
    boots = [
        Boot(
            "crash",
            each.title,
            each.type,
            each.frames or None,
            alternatives=each.alternatives or None,
            file=file_of(each),
        )
        for each in read
    ]
    unique = list({each.title: each for each in boots}.values())
    for boot, hunted in permutations(unique, 2):
        ours, theirs = ({str(each.title), *(each.alternatives or ())} for each in (boot, hunted))
        if not ours & theirs:
            target = Target(str(hunted.title), hunted.type, hunted.alternatives, hunted.frames, hunted.file)
            yield Pair(boot, target, False)


def confusion(pairs: Iterator[Pair]) -> tuple[Counter[tuple[bool, str]], list[Pair]]:
    """Count answers by what is true; keep the pairs where the answer would move a verdict the wrong way."""
    counts: Counter[tuple[bool, str]] = Counter()
    wrong = []
    for pair in pairs:
        kind = compare(pair.crash, pair.target).kind
        counts[pair.one, kind] += 1
        if (kind == "same") != pair.one:
            wrong.append(pair)
    return counts, wrong


def _named(path: Path) -> list[tuple[str, ...]]:
    return [(str(each["title"]), *map(str, each["alt"])) for each in _cases(path) if each["title"]]


def _cases(path: Path) -> Iterator[dict[str, list[str] | str]]:
    with path.open() as lines:
        yield from map(json.loads, lines)


def _boot(title: str) -> Boot:
    return Boot("crash", title)


def main(path: Path) -> None:
    for name, pairs in (("titles alone", pairs_of_titles(path)), ("consoles", pairs_of_crashes(path))):
        counts, wrong = confusion(pairs)
        print(name)
        for one, truth in ((True, "one bug"), (False, "two bugs")):
            row = {kind: counts[one, kind] for kind in ("same", "related", "other")}
            if sum(row.values()):
                print(f"  {truth:<9}", *(f"{kind} {number}" for kind, number in row.items()))
        for pair in wrong:
            print(
                f"    wrong: {pair.crash.title} | {pair.target.title} | {compare(pair.crash, pair.target).sentence()}"
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
