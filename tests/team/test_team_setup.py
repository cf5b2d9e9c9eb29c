"""`kbis init` lets plain git work with the log, disturbs nothing, and can be taken back to the byte."""

from pathlib import Path

import pytest

from kbis.errors import UserError
from kbis.run.team_setup import RECORD, Done, set_up, undo_setup
from tests.log.world import ANN, LOG, NOTES, git
from tests.team.clones import Clone, clone_of, make_hub, rev, tip_at

REFSPEC = ("remote.origin.fetch", "+refs/notes/kbis*:refs/kbis/remotes/origin/notes*")
STRATEGY = ("notes.kbis.mergeStrategy", "cat_sort_uniq")


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    return make_hub(tmp_path)


@pytest.fixture
def ann(hub: Path, tmp_path: Path) -> Clone:
    return clone_of(hub, tmp_path / "ann")


def init(clone: Clone, remote: str | None = None) -> Done:
    return set_up(clone.session(), remote, clone.path)


def undo(clone: Clone, remote: str | None = None) -> Done:
    return undo_setup(clone.session(), remote)


def config_of(clone: Clone) -> Path:
    return clone.session().repository.directory / "config"


def test_what_it_sets_is_told_and_holds(ann: Clone) -> None:
    assert init(ann) == Done((STRATEGY, REFSPEC))
    assert git(ann.path, "config", "notes.kbis.mergeStrategy").strip() == "cat_sort_uniq"
    assert git(ann.path, "config", "--get-all", "remote.origin.fetch").split() == [
        "+refs/heads/*:refs/remotes/origin/*",
        REFSPEC[1],
    ]


def test_doing_it_twice_is_doing_it_once(ann: Clone) -> None:
    init(ann)
    once = config_of(ann).read_bytes()
    assert init(ann) == Done(())
    assert config_of(ann).read_bytes() == once


def odd(config: Path) -> bytes:
    """A configuration as people write it: comments, an empty section of ours, no newline at the end."""
    return (
        config.read_bytes() + b'# mine\n[notes "kbis"]\n[alias]\n\tst = status ; short\n[user]\n\tname = Ada'
    )


def foreign_line_ends(config: Path) -> bytes:
    return config.read_bytes().replace(b"\n", b"\r\n")


def plain(config: Path) -> bytes:
    return config.read_bytes()


@pytest.mark.parametrize("style", [plain, odd, foreign_line_ends])
def test_undoing_it_leaves_the_very_same_bytes(style: object, ann: Clone) -> None:
    assert callable(style)
    config = config_of(ann)
    config.write_bytes(style(config))
    before = config.read_bytes()
    made = init(ann).settings
    assert config.read_bytes() != before
    assert undo(ann).settings == made
    assert config.read_bytes() == before
    assert not (config.parent / RECORD).exists()


def test_undoing_several_remotes_leaves_the_very_same_bytes(ann: Clone) -> None:
    git(ann.path, "remote", "add", "team/hub", "../hub.git")
    before = config_of(ann).read_bytes()
    init(ann)
    [second] = init(ann, "team/hub").settings
    assert second == ("remote.team/hub.fetch", "+refs/notes/kbis*:refs/kbis/remotes/team/hub/notes*")
    assert len(undo(ann).settings) == 3
    assert config_of(ann).read_bytes() == before


def test_what_was_changed_in_between_stays_when_it_is_undone(ann: Clone) -> None:
    init(ann)
    git(ann.path, "config", "core.pager", "cat")
    git(ann.path, "config", "notes.kbis.mergeStrategy", "union")
    assert undo(ann).settings == (REFSPEC,)
    assert git(ann.path, "config", "core.pager").strip() == "cat"
    assert git(ann.path, "config", "notes.kbis.mergeStrategy").strip() == "union"
    assert git(ann.path, "config", "--get-all", "remote.origin.fetch").split() == [
        "+refs/heads/*:refs/remotes/origin/*"
    ]


def test_what_the_user_had_set_is_neither_set_nor_removed(ann: Clone) -> None:
    git(ann.path, "config", *STRATEGY)
    git(ann.path, "config", "--add", *REFSPEC)
    before = config_of(ann).read_bytes()
    assert init(ann) == Done(())
    assert undo(ann) == Done(())
    assert config_of(ann).read_bytes() == before


def test_another_merge_strategy_of_the_users_stays_and_is_told(ann: Clone) -> None:
    git(ann.path, "config", "--global", "notes.kbis.mergeStrategy", "theirs")
    done = init(ann)
    assert done.settings == (REFSPEC,)
    assert "notes.kbis.mergeStrategy is theirs and stays so" in done.warnings[0]


def test_undoing_nothing_changes_nothing(ann: Clone) -> None:
    before = config_of(ann).read_bytes()
    assert undo(ann) == Done(())
    assert config_of(ann).read_bytes() == before


def test_a_plain_git_fetch_works_with_and_without_notes_at_the_hub(
    ann: Clone, hub: Path, tmp_path: Path
) -> None:
    bob = clone_of(hub, tmp_path / "bob")
    init(bob)
    for options in ([], ["--prune"], ["--all"], ["origin", "main"]):
        git(bob.path, "fetch", "--quiet", *options)
    git(bob.path, "pull", "--quiet")
    ann.start()
    ann.push()
    git(bob.path, "fetch", "--quiet")
    assert rev(bob.path, "refs/kbis/remotes/origin/notes") == tip_at(hub)
    git(hub, "update-ref", "-d", NOTES)
    for options in ([], ["--prune"]):
        git(bob.path, "fetch", "--quiet", *options)


def test_a_plain_git_fetch_goes_on_after_the_hub_was_rolled_back(ann: Clone, hub: Path) -> None:
    init(ann)
    ann.start()
    ann.append(1)
    ann.sync()
    git(ann.path, "fetch", "--quiet")
    git(hub, "update-ref", NOTES, f"{NOTES}~1")
    git(ann.path, "fetch", "--quiet")
    assert rev(ann.path, "refs/kbis/remotes/origin/notes") == tip_at(hub)
    assert rev(ann.path, LOG) == rev(ann.path, NOTES) != tip_at(hub)


def test_plain_git_alone_can_merge_what_it_fetched(ann: Clone, hub: Path, tmp_path: Path) -> None:
    bob = clone_of(hub, tmp_path / "bob")
    ann.start()
    ann.push()
    bob.sync()
    init(bob)
    made = ann.append(1) | bob.append(1)
    ann.push()
    git(bob.path, "fetch", "--quiet")
    git(bob.path, "notes", "--ref=kbis", "merge", "refs/kbis/remotes/origin/notes")
    assert bob.ids() >= made
    assert bob.sync().received == 0
    assert ann.sync().received == 1


def test_a_linked_worktree_sets_it_for_all(ann: Clone, tmp_path: Path) -> None:
    git(ann.path, "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    before = config_of(ann).read_bytes()
    linked = Clone(tmp_path / "linked")
    assert init(linked).settings == (STRATEGY, REFSPEC)
    assert init(ann).settings == ()
    undo(linked)
    assert config_of(ann).read_bytes() == before


def test_a_bare_clone_keeps_its_way_of_fetching(hub: Path, tmp_path: Path) -> None:
    bare = clone_of(hub, tmp_path / "bare.git", ANN, "--bare")
    before = config_of(bare).read_bytes()
    done = init(bare)
    assert done.settings == (STRATEGY,)
    assert "no fetch refspec" in done.warnings[0]
    git(bare.path, "fetch", "--quiet")
    assert (bare.path / "FETCH_HEAD").read_text()
    undo(bare)
    assert config_of(bare).read_bytes() == before


def test_a_mirror_is_warned_of_what_a_pruning_fetch_would_delete(hub: Path, tmp_path: Path) -> None:
    mirror = clone_of(hub, tmp_path / "mirror.git", ANN, "--mirror")
    assert any("Keep no log in a mirror" in each for each in init(mirror).warnings)


@pytest.mark.parametrize(
    ("pattern", "warned"),
    [("refs/notes/*", True), ("refs/notes/kbis", True), ("*", True), ("refs/notes/commits", False)],
)
def test_notes_that_git_copies_on_a_rebase_are_warned_of(pattern: str, warned: bool, ann: Clone) -> None:
    git(ann.path, "config", "notes.rewriteRef", pattern)
    assert bool([each for each in init(ann).warnings if f"notes.rewriteRef is {pattern}" in each]) == warned
    assert git(ann.path, "config", "notes.rewriteRef").strip() == pattern


def test_display_of_notes_is_not_touched(ann: Clone) -> None:
    init(ann)
    assert "displayRef" not in config_of(ann).read_text()


def test_a_path_that_is_no_remote_is_refused_and_a_remotes_own_url_means_that_remote(
    ann: Clone, hub: Path, tmp_path: Path
) -> None:
    before = config_of(ann).read_bytes()
    with pytest.raises(UserError, match="is not a remote of this repository") as caught:
        init(ann, str(make_hub(tmp_path, "other.git")))
    assert "git remote add" in caught.value.hint
    assert config_of(ann).read_bytes() == before
    assert init(ann, str(hub)).settings == (STRATEGY, REFSPEC)


def test_undoing_one_remote_leaves_what_was_set_for_the_others(ann: Clone) -> None:
    git(ann.path, "remote", "add", "second", "../hub.git")
    init(ann)
    [second] = init(ann, "second").settings
    assert undo(ann, "second") == Done((second,))
    assert undo(ann, "second") == Done(())
    assert init(ann) == Done(())
    assert undo(ann) == Done((STRATEGY, REFSPEC))


def test_a_renamed_remote_is_found_again_when_it_is_undone(ann: Clone) -> None:
    init(ann)
    git(ann.path, "remote", "rename", "origin", "up")
    assert undo(ann) == Done((STRATEGY, ("remote.up.fetch", REFSPEC[1])))
    assert "kbis" not in config_of(ann).read_text()


def test_a_refspec_that_overwrites_the_published_notes_is_warned_of(ann: Clone) -> None:
    assert init(ann).warnings == ()
    git(ann.path, "config", "--add", "remote.origin.fetch", "+refs/notes/*:refs/notes/*")
    assert any("each git fetch sets refs/notes/kbis" in each for each in init(ann).warnings)


def test_without_a_remote_there_is_nothing_to_set_up(ann: Clone) -> None:
    git(ann.path, "remote", "remove", "origin")
    with pytest.raises(UserError, match="no remote"):
        init(ann)


def test_a_damaged_record_is_as_none(ann: Clone) -> None:
    init(ann)
    (config_of(ann).parent / RECORD).write_text("{")
    assert undo(ann) == Done(())
