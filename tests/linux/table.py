"""What a bisection took, as a table: builds, boots, minutes, and what was not needed."""

from collections import Counter
from collections.abc import Iterable

from tests.linux.running import Event, of_kind

NS = 1e9


def table(log: list[Event], wall_s: float, cpu_s: float) -> str:
    """Tell what a bisection took."""
    builds, boots = of_kind(log, "build"), of_kind(log, "boot")
    made = [build for build in builds if build["data"]["outcome"] == "ok"]
    spared = sum("inputs_of" in build["data"] for build in builds)
    signatures = {build["data"]["signature"] for build in made}
    tested = {event["object"] for event in (*builds, *boots)}
    booted = {boot["object"] for boot in boots}
    known = {build["object"] for build in made} - booted
    rows = {
        "revisions tested": len(tested),
        "builds": len(builds) - spared,
        "builds that failed": len(builds) - len(made),
        "builds not run, same inputs": spared,
        "kernels (signatures)": len(signatures),
        "revisions never booted, same kernel as another": len(known),
        "boots": len(boots),
        **{f"  {title}": count for title, count in sorted(_titles(boots).items())},
        "build minutes": f"{sum(map(_took, builds)) / 60:.1f}",
        "boot minutes, one after the other": f"{sum(map(_took, boots)) / 60:.1f}",
        "minutes in all": f"{wall_s / 60:.1f}",
        "processor minutes in all": f"{cpu_s / 60:.1f}",
    }
    return "\n".join(f"{word:<50}{value:>8}" for word, value in rows.items())


def _took(event: Event) -> float:
    return float(event["data"].get("duration_ns") or 0) / NS


def _titles(boots: Iterable[Event]) -> Counter[str]:
    return Counter(boot["data"].get("title") or boot["data"]["outcome"] for boot in boots)
