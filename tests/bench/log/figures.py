"""A figure beside the target it is held to, and beside plain git or ssh-keygen in the same run."""

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")

MILLION = 1_000_000


@dataclass(frozen=True)
class Figure:
    """One row.

    Attributes:
        what: What was measured.
        value: The figure.
        unit: Its unit.
        least: The target, where more is better.
        most: The target, where less is better.
        beside: What else was measured, as a ratio.
    """

    what: str
    value: float
    unit: str
    least: float | None = None
    most: float | None = None
    beside: str = ""

    @property
    def target(self) -> str:
        if self.least is not None:
            return f"≥ {self.least:,.6g}"
        return f"≤ {self.most:,.6g}" if self.most is not None else ""

    @property
    def met(self) -> str:
        if self.least is None and self.most is None:
            return ""
        fits = (self.least is None or self.value >= self.least) and (
            self.most is None or self.value <= self.most
        )
        return "met" if fits else "MISSED"


def show(title: str, figures: Iterable[Figure]) -> None:
    print(f"\n{title:54} {'target':>10} {'measured':>10} {'':12}")
    for each in figures:
        print(
            f"  {each.what:52} {each.target:>10} {_short(each.value):>10} {each.unit:12} {each.met:7} {each.beside}",
            flush=True,
        )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Run once; return the seconds it took and what it gave."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def computed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Run once; return the seconds of processor time it took, here and in processes started by it, and what it gave."""
    start = os.times()
    result = work()
    end = os.times()
    return sum(end[:4]) - sum(start[:4]), result
