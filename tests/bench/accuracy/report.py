"""Writing the report: figures as JSON, tables as Markdown, pictures as SVG, and every trial on a line."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import get_args

from tests.bench.accuracy import table
from tests.bench.accuracy.calibration import Bin, Kind, reliability, statements
from tests.bench.accuracy.goals import Check
from tests.bench.accuracy.picture import overview_diagram, reliability_diagram
from tests.bench.accuracy.summary import Series

HEADINGS: dict[Kind, str] = {
    "conclusions": "Conclusions: stated probability against the share that was right",
    "leanings": "On the way: the chance given to the likeliest culprit against the share that was right",
}


def curves(tested: Sequence[Series], kind: Kind) -> dict[str, list[Bin]]:
    """The reliability of each player that states probabilities, over all cells."""
    players = dict.fromkeys(each.player for each in tested)
    found = {
        name: reliability(statements((each for each in tested if each.player == name), kind))
        for name in players
    }
    return {name: bins for name, bins in found.items() if bins}


def write(
    out: Path,
    settings: Mapping[str, str],
    tested: Sequence[Series],
    checks: Sequence[Check],
    build_boots: float,
) -> None:
    """Write all of it into a directory, which is made if need be."""
    out.mkdir(parents=True, exist_ok=True)
    report = {
        "settings": dict(settings),
        "rows": [each.row(build_boots) for each in tested],
        "calibration": {
            kind: {
                name: [asdict(each) | {"interval": each.interval} for each in bins]
                for name, bins in curves(tested, kind).items()
            }
            for kind in get_args(Kind)
        },
        "goals": [asdict(each) | {"cell": str(each.cell)} for each in checks],
    }
    (out / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    (out / "table.md").write_text("\n".join(table.overview(tested)) + "\n")
    (out / "accuracy.svg").write_text(overview_diagram(tested))
    players = list(dict.fromkeys(each.player for each in tested))
    for kind in get_args(Kind):
        picture = reliability_diagram(HEADINGS[kind], curves(tested, kind), players)
        (out / f"calibration-{kind}.svg").write_text(picture)
    with (out / "trials.jsonl").open("w") as lines:
        for each in tested:
            for number, played in enumerate(each.trials):
                named = {
                    "ground": each.ground,
                    "cell": str(each.cell),
                    "player": each.player,
                    "trial": number,
                }
                lines.write(json.dumps(named | asdict(played)) + "\n")
