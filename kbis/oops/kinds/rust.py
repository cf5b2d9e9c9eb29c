"""Panics of Rust code (rust/kernel/lib.rs, the panic handler): the place, then the message, then BUG()."""

import re

from kbis.oops import guilt
from kbis.oops.report import Report
from kbis.oops.rule import Reading, rule

# What runs between the failed check and BUG(): library/core/src/panicking.rs, rust/helpers/bug.c.
_MACHINERY = guilt.matcher(
    r"(?:\w+::)*rust_begin_unwind core::panicking\S* core::\w+::unwrap_failed\S* rust_helper_\w+ rust_panic\w*"
)


def _read(report: Report, _: re.Match[str]) -> Reading | None:
    message = next((line.text.strip() for line in report.near(3)[1:] if line.text.strip()), "")
    if not message:
        return None
    return Reading(message, guilt.innermost(guilt.walk(report, through=True), _MACHINERY))


RULES = (rule("rust/kernel/lib.rs", "rust_kernel: panicked at ", "", _read),)
