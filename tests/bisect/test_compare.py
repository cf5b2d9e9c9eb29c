"""Is a crash the one that is hunted? Tables of crashes that were met, and what they are to each other."""

import pytest

from kbis.bisect.compare import Hunted, compare, is_target
from kbis.log.kinds import Alias, Boot, Target

MMU = "kernel BUG at arch/x86/kvm/mmu/mmu.c:LINE!"
STRAY = Boot(
    "crash",
    "WARNING in __static_key_slow_dec_cpuslocked",
    "WARNING",
    ("__static_key_slow_dec_cpuslocked", "static_key_slow_dec", "kvm_free_lapic", "kvm_arch_vcpu_uninit"),
    file="kernel/jump_label.c",
)
"""The crash that a bisection of syzbot in 2019 took for another: it has kvm frames, and is not the bug."""


def boot(title: str, *frames: str, file: str | None = None, also: tuple[str, ...] = ()) -> Boot:
    return Boot("crash", title, frames=frames or None, alternatives=also or None, file=file)


def target(title: str, *frames: str, file: str | None = None, also: tuple[str, ...] = ()) -> Target:
    return Target(title, None, also or None, frames or None, file)


@pytest.mark.parametrize(
    ("crash", "hunted", "because"),
    [
        (boot("WARNING in foo"), target("WARNING in foo"), "the same title"),
        (boot("kernel BUG at mm/a.c:12!"), target("kernel BUG at mm/a.c:LINE!"), "the same title"),
        (
            boot("kernel BUG at arch/x86/kvm/mmu.c:LINE!"),
            target(MMU),
            "a kernel BUG in the same file, mmu.c, which the target has in arch/x86/kvm/mmu/",
        ),
        (
            boot("kernel BUG at drivers/staging/erofs/super.c:LINE!"),
            target("kernel BUG at fs/erofs/super.c:LINE!"),
            "a kernel BUG in the same file, super.c, which the target has in fs/erofs/",
        ),
        (
            boot("kernel BUG at fs/io_uring.c:LINE!"),
            target("kernel BUG at io_uring/io_uring.c:LINE!"),
            "a kernel BUG in the same file, io_uring.c, which the target has in io_uring/",
        ),
        (
            boot("kernel BUG in transparent_hugepage_adjust", file="arch/x86/kvm/mmu/mmu.c"),
            target("kernel BUG at arch/x86/kvm/mmu.c:LINE!"),
            "a kernel BUG in the same file, mmu.c, which the target has in arch/x86/kvm/",
        ),
        (
            boot("kernel BUG in transparent_hugepage_adjust"),
            target(MMU, "transparent_hugepage_adjust", "tdp_page_fault"),
            "a kernel BUG in the same function, transparent_hugepage_adjust",
        ),
        (
            boot("KASAN: use-after-free Read in tty_release"),
            target("KASAN: slab-out-of-bounds Read in tty_release"),
            "a bad memory access in the same function, tty_release",
        ),
        (
            boot("general protection fault in tty_release"),
            target("KASAN: slab-use-after-free Write in tty_release"),
            "a bad memory access in the same function, tty_release",
        ),
        (
            boot("general protection fault in __x64_sys_mremap"),
            target("BUG: unable to handle kernel paging request in mremap"),
            "a bad memory access in the same function, mremap",
        ),
        (
            boot("WARNING in foo.isra.0", "foo.isra.0"),
            target("WARNING in foo"),
            "a WARNING in the same function, foo",
        ),
        (
            boot(
                "BUG: Dentry still in use in unmount",
                also=("BUG: Dentry still in use [unmount of ext4 loop4]",),
            ),
            target(
                "BUG: Dentry still in use [unmount of ext4 loop4]",
                also=("BUG: Dentry still in use in unmount",),
            ),
            "both may be called BUG: Dentry still in use in unmount",
        ),
        (
            boot("INFO: rcu detected stall in sendmsg"),
            target("BUG: soft lockup in sendmsg"),
            "a stall in the same function, sendmsg",
        ),
        (
            boot("WARNING in inner", "inner", "outer", "vfs_write", "ksys_write"),
            target("WARNING in outer", "outer", "vfs_write", "ksys_write"),
            "a WARNING in the same stack, from outer outwards",
        ),
        (Boot("hang", "hang in bar", "HANG"), Target("hang in foo", "HANG"), "the guest hung"),
        (Boot("hang"), Target("INFO: task hung in foo"), "the guest hung"),
    ],
)
def test_these_are_the_target(crash: Boot, hunted: Target, because: str) -> None:
    found = compare(crash, hunted)
    assert found.kind == "same"
    assert because in found.sentence()
    assert is_target(crash, hunted)


@pytest.mark.parametrize(
    ("crash", "hunted", "because"),
    [
        (
            boot("WARNING in foo"),
            target("kernel BUG in foo"),
            "the same function, foo; but a WARNING, not a kernel BUG",
        ),
        (
            boot("KASAN: invalid-free in foo"),
            target("KASAN: use-after-free Read in foo"),
            "the same function, foo; but an invalid free, not a bad memory access",
        ),
        (
            boot("kernel BUG in foo", file="mm/slub.c"),
            target("kernel BUG in bar", file="mm/slub.c"),
            "a kernel BUG in the same file, slub.c; but in foo, not bar",
        ),
        (
            boot("kernel BUG at arch/x86/kvm/vmx.c:LINE!"),
            target("kernel BUG at arch/x86/kvm/x86.c:LINE!"),
            "a kernel BUG in arch/x86/kvm/; but in vmx.c, not x86.c",
        ),
        (
            boot("INFO: task hung in foo"),
            target("INFO: task hung in bar"),
            "a hung task in foo, not bar",
        ),
        (
            boot("INFO: task hung in foo"),
            target("INFO: rcu detected stall in bar"),
            "a hung task, not a stall",
        ),
        (
            boot("kernel BUG at arch/x86/kvm/mmu.c:LINE!"),
            target("kernel BUG in gfn_to_rmap"),
            "nothing tells whether it is in the same place",
        ),
        (
            boot("general protection fault in corrupted", also=("bad-access in corrupted",)),
            target("KASAN: wild-memory-access Read in corrupted", also=("bad-access in corrupted",)),
            "nothing tells whether it is in the same place",
        ),
    ],
)
def test_these_are_worth_a_look_and_no_evidence(crash: Boot, hunted: Target, because: str) -> None:
    found = compare(crash, hunted)
    assert found.kind == "related"
    assert because in found.sentence()
    assert not is_target(crash, hunted)


@pytest.mark.parametrize(
    ("crash", "hunted", "because"),
    [
        (STRAY, target(MMU), "other: a WARNING, not a kernel BUG"),
        (
            STRAY,
            target(MMU, "transparent_hugepage_adjust", "kvm_free_lapic", "kvm_arch_vcpu_uninit"),
            "other: a WARNING, not a kernel BUG",
        ),
        (boot("WARNING in foo"), target("WARNING in foobar"), "a WARNING in foo, not foobar"),
        (
            boot("kernel BUG at fs/ext4/inode.c:LINE!"),
            target("kernel BUG at fs/btrfs/inode.c:LINE!"),
            "a kernel BUG in another file, fs/ext4/inode.c, not fs/btrfs/inode.c",
        ),
        (
            boot("KASAN: use-after-free Read in vfs_write", "vfs_write", "ksys_write", "do_syscall_64"),
            target("KASAN: use-after-free Read in foo", "foo", "ksys_write", "do_syscall_64"),
            "a bad memory access in vfs_write, not foo",
        ),
        (
            boot("possible deadlock in foo"),
            target("memory leak in bar"),
            "a possible deadlock, not a memory leak",
        ),
        (Boot("hang"), target("WARNING in foo"), "the guest hung, which is not a WARNING"),
        (Boot("crash"), target("WARNING in foo"), "it has no title"),
        (
            boot("BUG: workqueue lockup"),
            target("kernel panic: Fatal exception"),
            '"BUG: workqueue lockup", not "kernel panic: Fatal exception"',
        ),
    ],
)
def test_these_are_other_bugs(crash: Boot, hunted: Target, because: str) -> None:
    found = compare(crash, hunted)
    assert found.kind == "other"
    assert because in found.sentence()
    assert not is_target(crash, hunted)


def test_a_boot_that_failed_is_never_the_target() -> None:
    assert not is_target(Boot("boot-failed", title="WARNING in foo"), Target("WARNING in foo"))


@pytest.mark.parametrize("yes", [True, False])
def test_a_persons_word_on_a_title_stands_above_the_comparison(yes: bool) -> None:
    crash = boot("KASAN: use-after-free Read in foo" if not yes else "WARNING in bar")
    aliases = {str(crash.title): Alias(str(crash.title), yes, "I read both stacks")}
    found = compare(crash, Hunted("KASAN: use-after-free Read in foo", aliases=aliases))
    assert found.kind == ("same" if yes else "other")
    assert "I read both stacks" in found.sentence()


def test_a_type_helps_where_the_title_is_of_no_known_kind() -> None:
    hunted = Target("KASAN: use-after-free Read in foo")
    assert compare(Boot("crash", "memory error in foo", "KASAN-READ"), hunted).kind == "same"
    assert compare(Boot("crash", "memory error in foo", "WARNING"), hunted).kind == "related"
