"""Titles: the same crash must have the same title wherever and whenever it was seen."""

import re
from functools import lru_cache

MAX_TITLE = 120

_CHANGES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"([A-Za-z_][\w]{0,200})(?:\.[\w.]{1,60})?\+0x[0-9a-f]{1,16}(?:/0x[0-9a-f]{1,16})?", r"\1"),
        (r"\bsyz-executor[.\d]{1,20}", "syz-executor"),
        (r"\bsyzkaller\d{1,20}", "syzkaller"),
        (r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", "IP"),
        (r"\.([chS]):\d{1,8}", r".\1:LINE"),
        (r"\b(?:0x)?[0-9a-f]{8,32}\b(?<!\d{8})", "ADDR"),
        (r"\b0x[0-9a-f]{1,16}\b", "ADDR"),
        (r"\bCPU#\d{1,4}", "CPU"),
        (r"\b\d{1,40}\b", "NUM"),
        (r"\d{7,40}", "NUM"),
        (r"\s{1,200}", " "),
    )
)
_UNPRINTABLE = re.compile(r"[^ -~]")


@lru_cache(maxsize=1024)
def normalize(text: str) -> str:
    """Replace what differs from boot to boot: addresses, numbers, process and CPU names; keep printable ASCII."""
    text = _UNPRINTABLE.sub("", text.replace("\t", " "))[: 4 * MAX_TITLE]
    for pattern, by in _CHANGES:
        text = pattern.sub(by, text)
    return clip(text)


def clip(text: str) -> str:
    """Keep what is printable, and not more than a title may hold."""
    return _UNPRINTABLE.sub("", text).strip()[:MAX_TITLE].rstrip()
