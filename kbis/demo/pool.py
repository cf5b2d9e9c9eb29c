"""The everyday work on the toy kernel: series of changes that no bug comes from."""

import re
from random import Random

from kbis.demo.change import Change, Move, Series, read_series

CODE = ("core.changes", "lib.changes", "near.changes")
WORDS = ("comments.changes", "docs.changes")
WORDS_SHARE = 0.6
"""The share of comments and documentation that is written in one history; most work should be code."""

# The kind of driver, its directory and name, and what it is.
DRIVERS = (
    ("counter", "char", "tally", "a counter for whatever programs count"),
    ("counter", "misc", "odometer", "a counter of distance"),
    ("counter", "net", "traffic", "a counter of bytes on the wire"),
    ("counter", "tty", "keystrokes", "a counter of keys"),
    ("lines", "gpio", "relay", "a board of relays"),
    ("lines", "gpio", "latch", "a latch behind a bus"),
    ("lines", "leds", "lamps", "a row of lamps"),
    ("lines", "leds", "panel", "the lamps of a front panel"),
    ("ring", "char", "journal", "a journal of writes"),
    ("ring", "misc", "blackbox", "a flight recorder"),
    ("ring", "net", "sniffer", "a recorder of packet lengths"),
    ("ring", "tty", "typescript", "a recorder of a terminal"),
    ("sensor", "hwmon", "baro", "an air pressure sensor"),
    ("sensor", "hwmon", "fan", "a fan's tachometer"),
    ("sensor", "hwmon", "hygro", "a humidity sensor"),
    ("sensor", "hwmon", "thermo", "a temperature sensor"),
    ("table", "misc", "scratchpad", "scratch registers"),
    ("table", "mfd", "pmic", "the registers of a power controller"),
    ("table", "video", "palette", "a palette"),
    ("table", "video", "sprites", "the positions of sprites"),
    ("tone", "sound", "beeper", "a beeper with a mind of its own"),
    ("tone", "sound", "hiss", "a source of noise"),
    ("tone", "char", "pattern", "a test pattern"),
    ("tone", "leds", "flicker", "a candle"),
)

PLACES_IN_MAINTAINERS = ("BLOCK", "CORE KERNEL", "FILE SYSTEMS", "IPC", "LIBRARY", "MEMORY", "NETWORK")


def everyday_work(rng: Random) -> list[Series]:
    """All series that can be drawn from, in no order; drivers with numbers of their own."""
    drivers = [_driver(kind, directory, name, what, rng) for kind, directory, name, what in DRIVERS]
    code = [series for file in CODE for series in read_series(file)]
    words = [series for file in WORDS for series in read_series(file)]
    work = drivers + code + rng.sample(words, round(WORDS_SHARE * len(words)))
    rng.shuffle(work)
    return work


def move(name: str, path: str) -> Change:
    """The change that moves a source file."""
    part = re.sub(r"\.[cS]$", "", name).split("/")
    subject = f"{part[-1]}: move to {path.rsplit('/', 1)[0]}/"
    if name.rsplit("/", 1)[0] == path.rsplit("/", 1)[0]:
        subject = f"{part[-1]}: rename the file to {path.rsplit('/', 1)[1]}"
    return Change(subject, "No change in what it does.", (Move(name, path),))


def _driver(kind: str, directory: str, name: str, what: str, rng: Random) -> Series:
    words = {
        "dir": directory,
        "name": name,
        "NAME": name.upper(),
        "what": what,
        "What": what[0].upper() + what[1:],
        "before": rng.choice(PLACES_IN_MAINTAINERS),
        "n1": str(rng.randrange(8, 20)),
        "n2": str(rng.randrange(2, 9)),
    }
    (own,) = read_series(f"drivers/{kind}.changes", words)
    (common,) = read_series("drivers/any.changes", words)
    first, *later = own
    # Each later change needs those of its kind before it, and no other.
    order = [0] * len(later) + [1] * len(common)
    rng.shuffle(order)
    queues = (later, list(common))
    return (first, *(queues[which].pop(0) for which in order))
