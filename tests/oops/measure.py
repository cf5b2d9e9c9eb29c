"""Measure the reader on real consoles: figures by type, and what is wrong.

Usage: python tests/oops/measure.py [all|train|held-out] [--wrong]
"""

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path

from kbis.oops import Crash, read

CASES = Path(__file__).resolve().parents[2] / "../shared/console-logs/cases.jsonl"

Case = dict[str, str | bool | list[str]]


def cases(which: str = "all") -> list[Case]:
    """Load the cases: all, or one of the halves into which the hash of the id divides them."""
    loaded = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    if which == "all":
        return loaded
    return [
        case
        for case in loaded
        if (hashlib.sha256(case["id"].encode()).digest()[0] % 2 == 0) == (which == "train")
    ]


def crash_of(case: Case) -> Crash:
    """Read a case; no crash is an empty title and type."""
    return read(str(case["log"]).encode("utf-8", "surrogateescape")) or Crash("", "")


def main(which: str = "all", *options: str) -> None:
    """Print the figures."""
    total: Counter[str] = Counter()
    right: dict[str, Counter[str]] = {
        "title": Counter(),
        "type": Counter(),
        "alt": Counter(),
        "corrupted": Counter(),
    }
    frames = suppressed = 0
    wrong = []
    for case in cases(which):
        crash = crash_of(case)
        kind = str(case["type"]) or "(none)"
        total[kind] += 1
        same = {
            "title": crash.title == case["title"],
            "type": crash.type == case["type"],
            "alt": list(crash.alternatives) == sorted(case["alt"]),  # type: ignore[arg-type]
            "corrupted": crash.corrupted == case["corrupted"],
        }
        for what, is_right in same.items():
            right[what][kind] += is_right
        frames += bool(case["frame"]) and (crash.frame or "corrupted") == case["frame"]
        suppressed += crash.suppressed == case["suppressed"]
        if not all(same.values()):
            wrong.append((case, crash, same))
    print(f"{'type':40}{'cases':>6}" + "".join(f"{what:>11}" for what in right))
    for kind, count in total.most_common():
        print(f"{kind:40}{count:6}" + "".join(f"{right[what][kind]:11}" for what in right))
    count = sum(total.values())
    sums = {what: sum(right[what].values()) for what in right}
    print(f"{'all':40}{count:6}" + "".join(f"{100 * sums[what] / count:10.1f}%" for what in right))
    print(f"suppressed right: {suppressed} of {count}; frames right, where given: {frames}")
    if "--wrong" in options:
        for case, crash, same in wrong:
            what = ",".join(name for name, is_right in same.items() if not is_right)
            print(
                f"{case['id']:>5} {what}\n      want {case['title']} {case['alt']} {case['type']} {case['corrupted']}"
            )
            print(f"      got  {crash.title} {list(crash.alternatives)} {crash.type} {crash.corrupted}")


if __name__ == "__main__":
    main(*sys.argv[1:])
