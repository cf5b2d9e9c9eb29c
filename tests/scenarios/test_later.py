"""What these situations ask and kbis does not do yet: counted and named, so that nothing is passed over in silence."""

from tests.scenarios.cases import HERE, Scenario

FIX = {
    "fix-finds-fix",
    "fix-after-bug",
    "fix-finds-fix-despite-syzfatal",
    "fix-finds-fix-despite-lost-connection",
    "fix-finds-fix-for-syzfatal",
    "fix-does-not-repro",
    "fix-HEAD-broken",
    "fix-HEAD-crashes",
    "fix-inconclusive",
    "fix-same-binary",
    "fix-same-binary-last",
    "fix-release",
}
"""The search for the commit that mended a bug."""

ACROSS_TREES = {"fix-cross-tree", "no-fix-cross-tree", "fix-cross-tree-broken-start"}
"""The same, from one tree into another."""

CONFIGURATION = {
    "cause-finds-cause-baseline-repro",
    "cause-finds-cause-baseline-does-not-repro",
    "cause-finds-cause-baseline-fails",
    "cause-finds-cause-baseline-skip",
    "cause-finds-cause-minimize-succeeds",
    "cause-finds-cause-minimize-fails",
    "config-minimize-same-hash",
}
"""A smaller configuration is looked for before the search."""


def test_every_situation_is_either_played_here_or_named_as_waiting(situations: dict[str, Scenario]) -> None:
    assert len(situations) == 37
    assert (len(HERE), len(FIX), len(ACROSS_TREES), len(CONFIGURATION)) == (15, 12, 3, 7)
    assert situations.keys() == {*HERE} | FIX | ACROSS_TREES | CONFIGURATION
    waiting = {name for name in situations if name not in HERE}
    assert waiting == {
        name for name, each in situations.items() if each.mode == "fix" or each.cross_tree or each.config
    }


def test_a_start_commit_that_was_rewritten_since_is_not_looked_up_by_its_title_yet(
    situations: dict[str, Scenario],
) -> None:
    """Upstream plays 33 situations twice, then with a start hash that is nowhere; kbis takes names that git knows."""
    assert sum(each.unknown_start for each in situations.values()) == 33
    assert sum(situations[name].unknown_start for name in HERE) == 14
