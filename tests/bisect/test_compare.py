import pytest

from kbis.bisect.compare import same_title


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
