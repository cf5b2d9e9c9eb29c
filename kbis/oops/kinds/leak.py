"""Memory leaks (mm/kmemleak.c, printed by whoever reads /sys/kernel/debug/kmemleak)."""

import re

from kbis.oops import guilt
from kbis.oops.report import Report
from kbis.oops.rule import Reading, rule

# Constructors that one operation table asks for on behalf of one caller, kernel/bpf/syscall.c find_and_alloc_map().
# Network buffers, sockets and inodes are allocated through several layers for one sender, one socket, one file system.
_CONSTRUCTORS = guilt.matcher(
    r"""
    \w+_map_alloc find_and_alloc_map (?:__)?create_object \w*alloc_skb\w* sk_alloc sk_prot_alloc \w+_sk_alloc
    \w*alloc_inode radix_tree_node_alloc
    """
)


def _read(report: Report, _: re.Match[str]) -> Reading:
    return Reading("memory leak", guilt.innermost(guilt.walk(report), _CONSTRUCTORS))


RULES = (rule("mm/kmemleak.c", "BUG: memory leak", "", _read),)
