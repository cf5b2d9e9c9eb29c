"""Consoles written for the tests, in the forms in which the kernel prints."""

USER = ["do_syscall_64", "entry_SYSCALL_64_after_hwframe"]


def frames(*names: str) -> list[str]:
    """A backtrace, innermost first; a name that begins with "?" is doubted by the unwinder."""
    return [
        f" ? {name[1:]}+0x10/0x20" if name.startswith("?") else f" {name}+0x1f4/0x3fb"
        for name in (*names, *USER)
    ]


def trace(*names: str, pc: str = "") -> list[str]:
    """What an oops of x86 prints behind its headline: who, where, and the backtrace."""
    where = [f"RIP: 0010:{pc}+0x1f7/0x5a00", "RSP: 0018:ffffc900039bf720 EFLAGS: 00010212"] if pc else []
    who = ["CPU: 1 PID: 4077 Comm: syz-executor.0 Not tainted 5.10.0 #2", "Hardware name: QEMU"]
    return [*who, *where, "Call Trace:", *frames(*names), "---[ end trace 4ebaf0dcd226af03 ]---"]


def stamped(*lines: str, caller: str = "", start: float = 55.0) -> bytes:
    """Put printk's time before each line, and the caller where there is one."""
    whose = f"[{caller:>6}]" if caller else ""
    return "".join(f"[{start + n / 1000:12.6f}]{whose} {line}\n" for n, line in enumerate(lines)).encode()
