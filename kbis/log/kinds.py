"""The kinds of events: what happened, in the field's words.

Each kind is a frozen dataclass; its fields carry their own rules (`kbis.log.fields`). An event of a kind that
is not here is kept as `Unknown` and ignored. A field may be added with the default None; nothing is ever
removed or given another meaning.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from kbis.log.fields import BadFieldError, Bytes, Choice, Flag, Many, Table, Text, Whole

OID_BYTES = 20
"""Length of a git object id; kbis/1 events speak of SHA-1 repositories only."""

ID_BYTES = 32
"""Length of an event id and of every sha256."""

ALTERNATIVES = 16
"""Most other titles kept of one crash."""

_OID = Bytes((OID_BYTES,))
_ID = Bytes((ID_BYTES,))
_SIGNATURE = Bytes((20, 32))
_TITLE = Text(256)
_REASON = Text(2000)
_PATH = Text(256)
_DURATION = Whole()

VERDICTS = ("good", "bad", "skip")
BUILD_OUTCOMES = ("ok", "failed", "infra")
BOOT_OUTCOMES = ("ok", "crash", "boot-failed", "hang", "lost", "infra")
REACHED = ("nothing", "kernel", "reproducer", "end")
RESULTS = (
    "first bad commit",
    "range",
    "untestable between",
    "not reproduced at the bad end",
    "already bad at the oldest",
    "not confirmed",
)


@dataclass(frozen=True)
class Target:
    """The crash that a bisection hunts."""

    title: Annotated[str, _TITLE]
    type: Annotated[str | None, Text(60)] = None
    alternatives: Annotated[tuple[str, ...] | None, Many(_TITLE, ALTERNATIVES)] = None
    frames: Annotated[tuple[str, ...] | None, Many(Text(128), 32)] = None
    file: Annotated[str | None, _PATH] = None


@dataclass(frozen=True)
class Start:
    """A bisection begins; the event's object is the bad end, its attachments hold recipe and reproducer."""

    policy: Annotated[str, Text(60, r"[a-z0-9-]+/[0-9]+")]
    boots: Annotated[int, Whole(1, 1000)]
    good: Annotated[tuple[bytes, ...], Many(_OID, 64)]
    recipe: Annotated[bytes | None, _ID] = None
    reproducer: Annotated[bytes | None, _ID] = None
    target: Annotated[Target | None, Table(Target)] = None
    check_ends: Annotated[bool | None, Flag()] = None
    title: Annotated[str | None, Text(200)] = None
    origin: Annotated[str | None, Text(200)] = None


@dataclass(frozen=True)
class Claim:
    """A machine takes the object for testing, until a time in milliseconds since 1970."""

    boots: Annotated[int, Whole(0, 1000)]
    until: Annotated[int, Whole()]
    machine: Annotated[str, Text(100)]
    phase: Annotated[str, Text(100)]
    left: Annotated[int | None, Whole()] = None
    steps: Annotated[int | None, Whole()] = None
    subject: Annotated[str | None, Text(400)] = None


@dataclass(frozen=True)
class Build:
    """A kernel was made from the object, or could not be; durations are nanoseconds.

    With `inputs_of` nothing was made: no file differs that the build of that commit read, so the kernel is the same.
    """

    outcome: Annotated[Literal["ok", "failed", "infra"], Choice(BUILD_OUTCOMES)]
    toolchain: Annotated[str, Text(300)]
    signature: Annotated[bytes | None, _SIGNATURE] = None
    recipe: Annotated[bytes | None, _ID] = None
    tree: Annotated[bytes | None, _OID] = None
    duration_ns: Annotated[int | None, _DURATION] = None
    error: Annotated[str | None, Text(500)] = None
    inputs_of: Annotated[bytes | None, _OID] = None

    def __post_init__(self) -> None:
        """Refuse what says that a kernel is known and does not name it."""
        if self.inputs_of is not None and (self.outcome != "ok" or self.signature is None):
            raise BadFieldError("a build with inputs_of is ok and has a signature")


@dataclass(frozen=True)
class Boot:
    """One run of a kernel made from the object, and what its console showed."""

    outcome: Annotated[Literal["ok", "crash", "boot-failed", "hang", "lost", "infra"], Choice(BOOT_OUTCOMES)]
    title: Annotated[str | None, _TITLE] = None
    type: Annotated[str | None, Text(60)] = None
    frames: Annotated[tuple[str, ...] | None, Many(Text(128), 32)] = None
    reached: Annotated[str | None, Choice(REACHED)] = None
    build: Annotated[bytes | None, _ID] = None
    signature: Annotated[bytes | None, _SIGNATURE] = None
    duration_ns: Annotated[int | None, _DURATION] = None
    accel: Annotated[str | None, Text(40)] = None
    emulator: Annotated[str | None, Text(100)] = None
    error: Annotated[str | None, Text(500)] = None
    alternatives: Annotated[tuple[str, ...] | None, Many(_TITLE, ALTERNATIVES)] = None
    file: Annotated[str | None, _PATH] = None


@dataclass(frozen=True)
class Verdict:
    """What a policy said of the object when this was written; it can be derived again and compared."""

    verdict: Annotated[Literal["good", "bad", "skip"], Choice(VERDICTS)]
    policy: Annotated[str, Text(60, r"[a-z0-9-]+/[0-9]+")]
    reason: Annotated[str, _REASON]


@dataclass(frozen=True)
class Override:
    """A person's verdict of the object, which stands above any policy's."""

    verdict: Annotated[Literal["good", "bad", "skip"], Choice(VERDICTS)]
    reason: Annotated[str, _REASON]


@dataclass(frozen=True)
class Alias:
    """A person's word on a title: crashes that carry it are the target too, or are not; the object is the bad end."""

    title: Annotated[str, _TITLE]
    is_target: Annotated[bool, Flag()]
    reason: Annotated[str, _REASON]


@dataclass(frozen=True)
class Retract:
    """These events do not count any more; they stay in the log."""

    events: Annotated[tuple[bytes, ...], Many(_ID, 256, 1)]
    reason: Annotated[str, _REASON]


@dataclass(frozen=True)
class Conclude:
    """The bisection ended; the object is the bad end. `confidence_ppm` is parts per million."""

    result: Annotated[str, Choice(RESULTS)]
    policy: Annotated[str, Text(60, r"[a-z0-9-]+/[0-9]+")]
    candidates: Annotated[tuple[bytes, ...], Many(_OID, 512)]
    reason: Annotated[str, _REASON]
    confidence_ppm: Annotated[int | None, Whole(0, 1_000_000)] = None
    revisions: Annotated[int | None, Whole()] = None
    build_ns: Annotated[int | None, _DURATION] = None
    boot_ns: Annotated[int | None, _DURATION] = None
    total_ns: Annotated[int | None, _DURATION] = None
    title: Annotated[str | None, _TITLE] = None
    recipients: Annotated[tuple[str, ...] | None, Many(Text(200), 64)] = None
    subject: Annotated[str | None, Text(400)] = None


@dataclass(frozen=True)
class Reproduce:
    """A build or boot was done again; `agrees` says whether it showed the same."""

    event: Annotated[bytes, _ID]
    agrees: Annotated[bool, Flag()]
    outcome: Annotated[str, Choice(tuple(dict.fromkeys(BUILD_OUTCOMES + BOOT_OUTCOMES)))]
    title: Annotated[str | None, _TITLE] = None
    signature: Annotated[bytes | None, _SIGNATURE] = None
    toolchain: Annotated[str | None, Text(300)] = None
    accel: Annotated[str | None, Text(40)] = None
    duration_ns: Annotated[int | None, _DURATION] = None
    error: Annotated[str | None, Text(500)] = None


@dataclass(frozen=True)
class Unknown:
    """A kind this kbis does not know; kept as it came, never counted."""

    fields: dict[str, Any] = field(hash=False)


Data = Start | Claim | Build | Boot | Verdict | Override | Alias | Retract | Conclude | Reproduce | Unknown

KINDS: dict[str, type[Any]] = {
    "start": Start,
    "claim": Claim,
    "build": Build,
    "boot": Boot,
    "verdict": Verdict,
    "override": Override,
    "alias": Alias,
    "retract": Retract,
    "conclude": Conclude,
    "reproduce": Reproduce,
}
"""Wire name to class, in the order in which a bisection meets them."""

CONDITIONS: dict[str, dict[str, Any]] = {
    "build": {
        "if": {"required": ["inputs_of"]},
        "then": {"properties": {"outcome": {"const": "ok"}}, "required": ["signature"]},
    },
}
"""What JSON Schema says of fields that depend on each other, by kind."""

NAMES = {record: name for name, record in KINDS.items()}
