"""Comparing crashes: is this the one we hunt, one like it, or somebody else's?

*Same* is evidence about the target. *Related* is worth a person's look, and *other* is another bug; neither says
anything of the target. The answer must not hang on the letter of a title: a file moves, a wild pointer is reported by
whichever check meets it first, a function is inlined. Nor on a subsystem: the bug next door has the same one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from kbis.bisect.crash_title import (
    ASSERTIONS,
    HANGS,
    CrashTitle,
    directory,
    file_name,
    plain_function,
    read_title,
    without_lines,
)
from kbis.bisect.source_file import is_one_file, subsystem
from kbis.log.kinds import Alias, Boot, Target

Kind = Literal["same", "related", "other"]

SHARED_FRAMES = 3
"""Functions of two stacks, from the guilty one outwards, that must agree where the innermost one does not."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a crash is to the target, and why, in short sentences."""

    kind: Kind
    reasons: tuple[str, ...]

    @property
    def why(self) -> str:
        """The reasons, on one line."""
        return "; ".join(self.reasons)

    def sentence(self) -> str:
        """Return it in words: `same: the same title`."""
        return f"{self.kind}: {self.why}"


@dataclass(frozen=True)
class Hunted(Target):
    """The target with what people said of titles; keys are titles as `without_lines` gives them."""

    aliases: Mapping[str, Alias] = field(default_factory=dict, hash=False)


def is_target(boot: Boot, target: Target) -> bool:
    """Tell whether a boot showed the target; a boot that never reached the reproducer cannot."""
    return boot.outcome in ("crash", "hang") and compare(boot, target).kind == "same"


def compare(crash: Boot, target: Target) -> Comparison:
    """Say what a crash is to the target.

    Args:
        crash: A boot that crashed or hung.
        target: The target; a `Hunted` one brings what people said of titles.
    """
    if isinstance(target, Hunted) and crash.title is not None:
        alias = target.aliases.get(without_lines(crash.title))
        if alias is not None:
            said = "is the target too" if alias.is_target else "is another bug"
            return Comparison(
                "same" if alias.is_target else "other", (f"a person said that it {said}: {alias.reason}",)
            )
    hunted = read_title(target.title, target.type)
    if crash.outcome == "hang":
        return _hang(hunted)
    if crash.title is None:
        return Comparison("other", ("it has no title",))
    if without_lines(crash.title) == without_lines(target.title):
        return _SAME_TITLE
    return _by_names(crash, target) or _by_place(crash, target, read_title(crash.title, crash.type), hunted)


_SAME_TITLE = Comparison("same", ("the same title",))


def _hang(hunted: CrashTitle) -> Comparison:
    if hunted.kind in HANGS:
        return Comparison("same", ("the guest hung; where it is caught differs from boot to boot",))
    return Comparison("other", (f"the guest hung, which is not {_a(hunted.kind)}",))


def _by_names(crash: Boot, target: Target) -> Comparison | None:
    """Compare all titles that the two crashes may carry; one that names no place tells nothing."""
    ours = {without_lines(each) for each in (crash.title or "", *(crash.alternatives or ()))}
    theirs = {without_lines(each) for each in (target.title, *(target.alternatives or ()))}
    for name in sorted(ours & theirs):
        title = read_title(name)
        if title.function or title.file:
            return Comparison("same", (f"both may be called {name}",))
    return None


def _by_place(crash: Boot, target: Target, seen: CrashTitle, hunted: CrashTitle) -> Comparison:
    """Compare what kind of crash it was, and where."""
    functions = _function(seen, crash.frames), _function(hunted, target.frames)
    function = functions[0] if functions[0] == functions[1] else None
    files = _file(seen, crash.file), _file(hunted, target.file)
    file = _one_file(*files)
    if seen.kind != hunted.kind:
        return _unlike(seen.kind, hunted.kind, function, file)
    if function:
        return Comparison("same", (f"{_a(seen.kind)} in the same function, {function}",))
    inlined = _one_inlined(crash.frames or (), target.frames or ())
    if inlined and seen.what == hunted.what:
        return Comparison("same", (f"{_a(seen.kind)} in the same stack, {inlined}",))
    both_named = seen.file is not None and hunted.file is not None
    if file and (both_named or None in functions):
        return Comparison("same", (f"{_a(seen.kind)} in the same file, {file}",))
    return _alike(seen.kind, functions, files, file)


def _unlike(seen: str, hunted: str, function: str | None, file: str | None) -> Comparison:
    """Compare two crashes of different kinds."""
    unlike = f"{_a(seen)}, not {_a(hunted)}"
    if function or file:
        place = f"the same function, {function}" if function else f"the same file, {file}"
        return Comparison("related", (place, f"but {unlike}"))
    return Comparison("related" if seen in HANGS and hunted in HANGS else "other", (unlike,))


def _alike(
    kind: str,
    functions: tuple[str | None, str | None],
    files: tuple[str | None, str | None],
    file: str | None,
) -> Comparison:
    """Compare two crashes of one kind that no place shows to be the same."""
    elsewhere = f"in {functions[0]}, not {functions[1]}"
    if None not in functions:
        if file:
            return Comparison("related", (f"{_a(kind)} in the same file, {file}", f"but {elsewhere}"))
        return Comparison("related" if kind in HANGS else "other", (f"{_a(kind)} {elsewhere}",))
    if files[0] and files[1]:
        near = subsystem(files[0], files[1])
        if near:
            return Comparison(
                "related",
                (f"{_a(kind)} in {near}/", f"but in {file_name(files[0])}, not {file_name(files[1])}"),
            )
        return Comparison("other", (f"{_a(kind)} in another file, {files[0]}, not {files[1]}",))
    return Comparison("related", (f"{_a(kind)} as well", "nothing tells whether it is in the same place"))


def _function(title: CrashTitle, frames: tuple[str, ...] | None) -> str | None:
    """Return the guilty function: the one in the title, else the innermost of the stack."""
    return title.function or (plain_function(frames[0]) if frames else None)


def _file(title: CrashTitle, recorded: str | None) -> str | None:
    """Return the file of the assertion that failed; None for what no assertion reports, or a garbled report."""
    return title.file or (recorded if title.kind in ASSERTIONS and not title.is_garbled else None)


def _one_inlined(ours: tuple[str, ...], theirs: tuple[str, ...]) -> str | None:
    """Say where two stacks agree when one has one function more at its inner end."""
    for one, other in product((0, 1), (0, 1)):
        shared = ours[one : one + SHARED_FRAMES]
        if (
            one + other == 1
            and len(shared) == SHARED_FRAMES
            and shared == theirs[other : other + SHARED_FRAMES]
        ):
            return f"from {shared[0]} outwards"
    return None


def _one_file(ours: str | None, theirs: str | None) -> str | None:
    """Name the file that two paths mean, and where the target has it when that is another place."""
    if ours is None or theirs is None or not is_one_file(ours, theirs):
        return None
    name = file_name(ours)
    return name if ours == theirs else f"{name}, which the target has in {directory(theirs) or '.'}/"


def _a(kind: str) -> str:
    """Return a kind of crash with its article; one that is a whole message is quoted."""
    if ":" in kind or len(kind.split()) > 3:
        return f'"{kind}"'
    return f"{'an' if kind[0] in 'aeioAEIO' else 'a'} {kind}"
