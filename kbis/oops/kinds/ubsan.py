"""UBSAN: undefined behaviour of C (lib/ubsan.c)."""

from kbis.oops.rule import on_stack, rule

_UBSAN_C = "lib/ubsan.c"

RULES = (
    rule(_UBSAN_C, "UBSAN: ", r"[Uu]ndefined behaviour in ", on_stack("UBSAN: undefined-behaviour")),
    rule(_UBSAN_C, "UBSAN: ", r"([a-z-]{1,60}) in ", on_stack("UBSAN: {0}")),
)
