"""Function names: one name for what is one function to a developer."""

import re

from kbis.oops.demangle import demangle

# include/linux/syscalls.h SYSCALL_DEFINEx: sys_x, SyS_x (to 4.16), __se_sys_x and __do_sys_x (from 4.17);
# arch/*/include/asm/syscall_wrapper.h: __x64_sys_x, __ia32_sys_x, __arm64_sys_x, __s390x_sys_x, __riscv_sys_x ...
_WRAPPED = re.compile(
    r"__(?:x64|x32|ia32|arm64|s390x?|s390_compat|riscv|powerpc|loongarch|mips)_((?:compat_)?sys_\w+)"
)
_INNER = re.compile(r"__(?:se|do)_((?:compat_)?sys_(\w+))")
_OLD = re.compile(r"(?:compat_)?SyS_(\w+)")
_COMPILER = re.compile(r"\.(?:isra|constprop|part|cold|llvm|lto_priv|__uniq)\b.*")

# One bug in a callee of these shows under several names.
_FAMILIES = (
    ("smp_call_function", re.compile(r"(?:__)?smp_call_function(?:_\w+)?")),
    ("synchronize_rcu", re.compile(r"_{0,2}synchronize_(?:rcu|sched)(?:_\w+)?")),
)


def spellings(name: str) -> tuple[str, ...]:
    """Return the names that a function goes by: first the one for the title, then the others.

    Args:
        name: As printed, without compiler suffixes.
    """
    found = _WRAPPED.fullmatch(name)
    if found:
        return (found[1], name)
    found = _INNER.fullmatch(name)
    if found:
        return (found[2], name, found[1])
    found = _OLD.fullmatch(name)
    if found:
        return (found[1], name)
    for family, pattern in _FAMILIES:
        if pattern.fullmatch(name) and name != family:
            return (family, name)
    return (name,)


def plain(name: str) -> str:
    """Remove what the compiler put round a name: ``.isra.0``, ``.cold``, ``.part.3``, C++ and Rust mangling."""
    return demangle(_COMPILER.sub("", name) if "." in name else name)
