"""The one config of a bisection: made once, at the bad end, from what the user gave; every build begins with it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from kbis.errors import InfraError, UserError
from kbis.kernel.build import build
from kbis.kernel.linux import pinning
from kbis.kernel.linux.guest_config import needed
from kbis.kernel.linux.lowering import arguments, make_words
from kbis.kernel.linux.recipe import LinuxRecipe
from kbis.kernel.recipe import BuildRecipe
from kbis.kernel.slot import Slot

_BASE, _MORE = "kbis.base", "kbis.more"
_LIMIT_S = 600

_SET = re.compile(r"^CONFIG_(\w+)=(.*)$", re.MULTILINE)
_HEADER = re.compile(r"^# Linux/(\S+) \S+ Kernel Configuration$", re.MULTILINE)

READ_HERE = frozenset(
    f"{each}config"
    for each in (
        "old",
        "olddef",
        "oldask",
        "localmod",
        "localyes",
        "menu",
        "n",
        "x",
        "g",
        "sync",
        "",
        "savedef",
        "mod2yes",
        "yes2mod",
        "mod2no",
    )
)
"""Targets of make that begin with a config that is there, or ask."""

FOREIGN_SHARE = 0.25
"""A config of which more than this part is unknown to the revision was written for another kernel; from one long-term
release of Linux to the next it is about a tenth."""


@dataclass(frozen=True, slots=True)
class ConfigRequest:
    """What the user gave.

    Attributes:
        name: The config file's name, or the target of make.
        content: The file; None for a target of make.
        fragments: Texts that take precedence over it, in order.
        symbols: Symbols to set besides, without the prefix CONFIG_.
    """

    name: str
    content: bytes | None
    fragments: tuple[bytes, ...]
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MadeConfig:
    """The config, and what the user should know of it.

    Attributes:
        content: The whole `.config`.
        remarks: Sentences.
    """

    content: bytes
    remarks: tuple[str, ...]


def make_config(
    recipe: LinuxRecipe,
    request: ConfigRequest,
    slot: Slot,
    revision: str,
    contains: Callable[[str], bool],
    tree: str | None,
) -> MadeConfig:
    """Make the config in a slot.

    Args:
        recipe: How Linux is made.
        request: What the config is made of.
        slot: A slot that this process holds.
        revision: The commit whose Kconfig files it is made with, full hex.
        contains: Tells whether the revision's history has a commit.
        tree: The tree of the revision with its patches, where it has some.

    Raises:
        UserError: the config does not fit the architecture or the revision, or make cannot make it.
        InfraError: a tool is missing.
    """
    if request.content is not None:
        _check_architecture(request, recipe)
    made = arguments(recipe, contains, ccache=False)
    more = pinning.CONFIG.encode() + "".join(f"CONFIG_{each}=y\n" for each in request.symbols).encode()
    files = {_MORE: b"\n".join((*request.fragments, more))}
    make = make_words(made.words)
    if request.content is None and request.name in READ_HERE:
        raise UserError(
            f"{request.name} begins with a config that lies about, or with this machine's own.",
            "Name the config file itself, or a target that makes one, such as defconfig.",
        )
    base = f"cp {_BASE} .config" if request.content is not None else f"{make} {request.name}"
    if request.content is not None:
        files[_BASE] = request.content
    command = f"set -e\nrm -f .config .config.old\n{base}\ncat {_MORE} >> .config\n{make} olddefconfig"
    facts = build(
        BuildRecipe(command, ".config", timeout_s=_LIMIT_S), slot, revision, jobs=1, tree=tree, files=files
    )
    if facts.outcome == "infra":
        why = (facts.error or "").partition(": ")[2]
        raise InfraError(f"The config could not be made: {why}", "See kbis doctor.")
    if facts.image is None:
        raise UserError(
            f"The config {request.name} could not be made at {revision[:12]}: {facts.error}",
            "Name a config file, or a target such as defconfig that this revision's `make help` lists.",
        )
    content = facts.image.read_bytes()
    got = {name for name, _ in _SET.findall(content.decode("utf-8", "replace"))}
    lacking = [each for each in recipe.require if each.removeprefix("CONFIG_") not in got]
    if lacking:
        raise UserError(
            f"The recipe requires {', '.join(lacking)}, which {revision[:12]} cannot have or lacks what it depends on.",
            "Set it in the config or a fragment with all that it depends on, or take it out of require.",
        )
    return MadeConfig(content, _remarks(recipe, request, content, revision))


def _check_architecture(request: ConfigRequest, recipe: LinuxRecipe) -> None:
    text = (request.content or b"").decode("utf-8", "replace")
    written = _HEADER.search(text)
    source = recipe.architecture.source
    if written is not None and written[1] not in {source, recipe.arch}:
        raise UserError(
            f"The config {request.name} is for {written[1]}, and the kernel is made for {recipe.arch}.",
            f"Name a config for {recipe.arch}, or the architecture with --arch.",
        )
    if not _SET.search(text):
        raise UserError(
            f"{request.name} sets nothing: it is no config of Linux.", "Name another file with --config."
        )


def _remarks(recipe: LinuxRecipe, request: ConfigRequest, content: bytes, revision: str) -> tuple[str, ...]:
    got = dict(_SET.findall(content.decode("utf-8", "replace")))
    remarks = []
    given = _SET.findall((request.content or b"").decode("utf-8", "replace"))
    lost = [name for name, value in given if value in {"y", "m"} and name not in got]
    asked = [name for name, value in given if value in {"y", "m"}]
    if len(lost) > FOREIGN_SHARE * len(asked):
        remarks.append(
            f"{len(lost)} of the {len(asked)} options that {request.name} sets cannot be set at {revision[:12]}: "
            "it was written for another kernel."
        )
    wanted = [pair for text in request.fragments for pair in _SET.findall(text.decode("utf-8", "replace"))]
    refused = [f"CONFIG_{name}={value}" for name, value in wanted if got.get(name, "n") != value]
    if refused:
        remarks.append(
            f"The fragments ask for {', '.join(refused[:5])}{' and others' if len(refused) > 5 else ''}, "
            f"which {revision[:12]} cannot have or lacks what it depends on."
        )
    deaf = sorted(needed(recipe).difference(got)) if request.symbols else []
    if deaf:
        remarks.append(
            f"The kernel will lack {', '.join(f'CONFIG_{each}' for each in deaf)}, "
            "without which nothing is seen of a boot."
        )
    return tuple(remarks)
