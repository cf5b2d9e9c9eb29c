"""Faults that only arm and arm64 have names for (arch/arm/mm/fault.c, arch/arm/mm/alignment.c, arch/arm64/kernel/traps.c)."""

from kbis.oops.rule import on_stack, rule

RULES = (
    rule("arch/arm/mm/fault.c", "Unhandled fault: ", "", on_stack("Unhandled fault", "bad-access")),
    rule("arch/arm/mm/fault.c", "Unhandled prefetch abort: ", "", on_stack("Unhandled prefetch abort")),
    rule("arch/arm/mm/alignment.c", "Alignment trap: not handling", "", on_stack("Alignment trap")),
    rule("arch/arm/kernel/traps.c", "Internal error: ", r"Oops - undefined instruction", on_stack("invalid opcode")),
    rule("arch/arm64/kernel/traps.c", "Internal error: ", r"(.{1,80}?): [0-9a-f]{1,16} \[#1\]", on_stack("Internal error")),
)
