"""What boots say of the target, one by one and counted."""

import pytest

from kbis.bisect.account import account_of
from kbis.bisect.tally import Tally, tally
from kbis.log.kinds import Boot, Target
from tests.facts import Facts, oid

TARGET = Target("kernel BUG at arch/x86/kvm/mmu/mmu.c:LINE!", "BUG")


@pytest.mark.parametrize(
    ("boot", "word", "counts"),
    [
        (Boot("ok"), "miss", True),
        (Boot("crash", "kernel BUG at arch/x86/kvm/mmu.c:LINE!"), "hit", True),
        (Boot("crash", "kernel BUG at arch/x86/kvm/vmx.c:LINE!"), "related", False),
        (Boot("crash", "WARNING in stray"), "other", False),
        (Boot("boot-failed", "kernel BUG at arch/x86/kvm/mmu.c:LINE!"), "unbooted", False),
        (Boot("hang", "hang in f", "HANG"), "lost", False),
        (Boot("lost"), "lost", False),
        (Boot("infra"), "infra", False),
    ],
)
def test_a_boot_speaks_when_it_ran_to_its_end_or_showed_the_target(
    boot: Boot, word: str, counts: bool
) -> None:
    said = account_of(boot, TARGET)
    assert (said.word, said.counts) == (word, counts)
    assert said.reason


def test_without_a_target_no_crash_counts() -> None:
    assert not account_of(Boot("crash", "WARNING in stray"), None).counts


def test_counting_is_the_sum_of_what_each_boot_says() -> None:
    facts = Facts()
    facts.boots("a", "ok", "ok", TARGET.title, "WARNING in stray", "kernel BUG at arch/x86/kvm/vmx.c:LINE!")
    facts.boots("a", "lost", "boot-failed", "infra")
    counts = tally(facts.state().of(oid("a")).boots, TARGET)
    assert counts == Tally(hits=1, misses=2, others=1, related=1, lost=1, unbooted=1, infra=1)
    assert (counts.telling, counts.cut_short) == (3, 4)
    assert counts.sentence() == (
        "1 of 3 boots showed the target, 1 died of a related crash, 1 died of another crash, "
        "1 ended without a report, 1 did not boot, 1 failed in the lab"
    )
