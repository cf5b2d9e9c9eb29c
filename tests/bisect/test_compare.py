import pytest

from kbis.bisect.compare import is_target, same_title
from kbis.log.kinds import Boot, Target


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kernel BUG at arch/x86/kvm/mmu/mmu.c:LINE!", "kernel BUG at arch/x86/kvm/mmu.c:LINE!"),
        ("kernel BUG at drivers/a.c:12!", "kernel BUG at drivers/a.c:LINE!"),
        ("WARNING in foo", "WARNING in foo"),
    ],
)
def test_these_are_one_crash(one: str, other: str) -> None:
    assert same_title(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kernel BUG at arch/x86/kvm/mmu.c:LINE!", "kernel BUG at arch/x86/kvm/vmx.c:LINE!"),
        ("WARNING in foo", "BUG in foo"),
        ("WARNING in foo", "WARNING in foobar"),
    ],
)
def test_these_are_two_crashes(one: str, other: str) -> None:
    assert not same_title(one, other)


def test_a_hang_is_the_target_wherever_the_guest_hung() -> None:
    target = Target("hang in foo", "HANG")
    assert is_target(Boot("hang", title="hang in bar", type="HANG"), target)
    assert not is_target(Boot("hang", title="hang in bar", type="HANG"), Target("WARNING in foo", "WARNING"))


def test_a_boot_that_failed_is_never_the_target() -> None:
    assert not is_target(Boot("boot-failed", title="WARNING in foo"), Target("WARNING in foo"))
