"""Page faults of the kernel (arch/*/mm/fault.c)."""

from kbis.oops.rule import Rule, on_stack, rule

_X86 = "arch/x86/mm/fault.c"
_ARM64 = "arch/arm64/mm/fault.c"
_NULL = "BUG: unable to handle kernel NULL pointer dereference"
_PAGING = "BUG: unable to handle kernel paging request"
_USER = "BUG: unable to handle kernel access to user memory"

_MESSAGES: tuple[tuple[str, str, str, str], ...] = (
    (_X86, "BUG: unable to handle ", r"kernel NULL pointer dereference", _NULL),
    (_X86, "BUG: unable to handle ", r"(?:kernel paging request|page fault)", _PAGING),
    (_X86, "BUG: kernel NULL pointer dereference", "", _NULL),
    (_ARM64, "Unable to handle kernel ", r"NULL pointer dereference", _NULL),
    (_ARM64, "Unable to handle kernel ", r"access to user memory", _USER),
    (_ARM64, "Unable to handle kernel ", r"", _PAGING),
    ("arch/powerpc/mm/fault.c", "BUG: Kernel NULL pointer dereference", "", _NULL),
    (
        "arch/powerpc/mm/fault.c",
        "BUG: Unable to handle kernel ",
        r"(?:data access|instruction fetch)",
        _PAGING,
    ),
    ("arch/s390/mm/fault.c", "Unable to handle kernel pointer dereference", "", _PAGING),
    ("arch/mips/mm/fault.c", "CPU ", r"\d{1,4} Unable to handle kernel paging request", _PAGING),
)

RULES: tuple[Rule, ...] = tuple(
    rule(source, starts, then, on_stack(title, "bad-access")) for source, starts, then, title in _MESSAGES
)
