"""Read a console: find the first crash in it."""

import re

from kbis.oops.crash import MAX_FRAMES, MAX_REPORT_BYTES, Crash

_HEADS: tuple[tuple[bytes, str, str], ...] = (
    (rb"BUG: KASAN: ([a-z-]+)", "KASAN: {0}", "KASAN-READ"),
    (rb"kernel BUG at", "kernel BUG", "BUG"),
    (
        rb"(?:BUG: kernel NULL pointer dereference|BUG: unable to handle kernel NULL pointer dereference)",
        "BUG: unable to handle kernel NULL pointer dereference",
        "NULL-POINTER-DEREFERENCE",
    ),
    (
        rb"BUG: unable to handle (?:kernel paging request|page fault)",
        "BUG: unable to handle kernel paging request",
        "MEMORY_SAFETY_BUG",
    ),
    (rb"general protection fault", "general protection fault", "DoS"),
    (rb"divide error:", "divide error", "DoS"),
    (rb"WARNING: CPU: ", "WARNING", "WARNING"),
    (rb"INFO: task \S{1,64} blocked for more than", "INFO: task hung", "HANG"),
    (rb"Kernel panic - not syncing: ([ -~]{1,100})", "kernel panic: {0}", "DoS"),
)
_FRAME = re.compile(rb"(?<![\w.$])([A-Za-z_][\w$]{0,127})(?:\.[\w.]{1,40})?\+0x[0-9a-f]{1,8}/0x[0-9a-f]{1,8}")
_NEVER = frozenset({"dump_stack", "panic", "__warn", "report_bug", "handle_bug", "exc_invalid_op", "asm_exc_invalid_op"})


def read(console: bytes) -> Crash | None:
    """Read the first crash of a console.

    Args:
        console: The console as captured: any bytes, any length.

    Returns:
        The crash, or None where the console shows none.
    """
    best: tuple[int, str, str] | None = None
    for pattern, title, kind in _HEADS:
        found = re.search(pattern, console)
        if found and (best is None or found.start() < best[0]):
            groups = [g.decode("ascii", "replace").strip() for g in found.groups()]
            best = (found.start(), title.format(*groups), kind)
    if best is None:
        return None
    report = console[best[0] : best[0] + MAX_REPORT_BYTES]
    frames: list[str] = []
    for line in report.split(b"\n"):
        name = _FRAME.search(line)
        if name and b" ? " not in line:
            function = name[1].decode()
            if function not in _NEVER and function not in frames[-1:]:
                frames.append(function)
    title, frame = best[1], ""
    if frames and not title.startswith("kernel panic"):
        frame = frames[0]
        title = f"{title} in {frame}"
    return Crash(title, best[2], tuple(frames[:MAX_FRAMES]), (), frame, report=report)
