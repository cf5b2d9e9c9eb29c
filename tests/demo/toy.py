"""Build the toy kernel's source trees, and boot what comes out."""

import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from kbis.demo.history import KERNEL
from kbis.demo.tree import Tree
from kbis.kernel.boot import BootFacts, boot
from kbis.kernel.outcome import Outcome, read
from kbis.kernel.recipe import BootRecipe, Recipe

RECIPE = Recipe.from_toml((KERNEL / "kbis.toml").read_text(), "kbis.toml")
REPRODUCER = KERNEL / "repro.txt"

QUICK = replace(RECIPE.boot, machine="microvm")
"""The machine that boots fastest, for those who boot many."""

WORKERS = 2


def write(tree: Tree, directory: Path) -> None:
    """Bring a directory to the state of a tree; files that are right already keep their times."""
    for file in tree.files.values():
        path = directory / file.path
        if not path.exists() or path.read_text() != file.text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text)
            path.chmod(0o755 if file.executable else 0o644)


def make(source: Path, build: Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "-s", f"-j{WORKERS}", "-C", str(source), f"O={build}"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def kernel(source: Path, build: Path) -> Path:
    made = make(source, build)
    assert made.returncode == 0, made.stderr
    assert made.stderr == "", "the kernel builds without a warning"
    return build / "kernel.elf"


def run(
    image: Path, program: Path, recipe: BootRecipe = RECIPE.boot, limit_s: float | None = None
) -> BootFacts:
    return boot(recipe, image, program, "tcg", limit_s=limit_s)


def run_text(image: Path, text: str, directory: Path, **how: object) -> BootFacts:
    program = directory / "program.txt"
    program.write_text(text)
    return run(image, program, **how)  # type: ignore[arg-type]


def outcomes(image: Path, program: Path, boots: int) -> list[Outcome]:
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(lambda _: read(run(image, program, QUICK)), range(boots)))


def titles(image: Path, program: Path, boots: int) -> Counter[str]:
    """How many boots ended with which title; "ok" for those that ended well."""
    return Counter(seen.title or seen.outcome for seen in outcomes(image, program, boots))
