"""A hub that loses what it had, by malice or mishap: it is said, nothing is lost here, and the next push mends it."""

from contextlib import suppress
from pathlib import Path

import pytest

from kbis.errors import UserError
from kbis.log.seen import Rollback
from kbis.run.setbacks import acknowledge
from kbis.run.sync_words import rollback_sentence
from kbis.run.verification import verify_clone
from tests.log.trees import notes_tree
from tests.log.world import BOB, LOG, NOTES, a_commit, git, make_repository
from tests.team.clones import Clone, clone_of, events_at, force, make_hub, open_git, rev, tip_at


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    return make_hub(tmp_path)


@pytest.fixture
def ann(hub: Path, tmp_path: Path) -> Clone:
    """Has pushed a start event and twice two boots."""
    clone = clone_of(hub, tmp_path / "ann")
    clone.start()
    clone.sync()
    for number in (0, 5):
        clone.append(number, 2)
        clone.sync()
    return clone


def rolled_back(hub: Path) -> None:
    force(hub, f"{NOTES}~1")


def emptied(hub: Path) -> None:
    git(hub, "update-ref", "-d", NOTES)


def emptied_by_a_commit_on_top(hub: Path) -> None:
    tree = git(hub, "mktree").strip()
    force(hub, git(hub, "commit-tree", "-p", NOTES, "-m", "all gone", tree).strip())


def one_line_removed_on_top(hub: Path) -> None:
    git(hub, "notes", "--ref=kbis", "remove", a_commit(6).hex())


def pruned(hub: Path) -> None:
    """The hub lacks the commits that the notes are on, as a clone of another branch would."""
    git(hub, "notes", "--ref=kbis", "prune")


def forced_to_another_history(hub: Path) -> None:
    repo = open_git(hub)
    tree = notes_tree(repo, {a_commit(1).hex(): b"hello\n"}, 1)
    force(hub, git(hub, "commit-tree", "-m", "another", str(tree)).strip())


def forced_to_a_history_that_begins_anew(hub: Path) -> None:
    force(hub, git(hub, "commit-tree", "-m", "anew", f"{NOTES}^{{tree}}").strip())


LOST = {
    rolled_back: 2,
    emptied: 5,
    emptied_by_a_commit_on_top: 5,
    one_line_removed_on_top: 1,
    pruned: 4,
    forced_to_another_history: 5,
    forced_to_a_history_that_begins_anew: 0,
}
each_loss = pytest.mark.parametrize("lose", LOST, ids=lambda each: each.__name__)


@each_loss
def test_a_pull_says_so_and_loses_nothing(lose: object, ann: Clone, hub: Path) -> None:
    assert callable(lose)
    before, tip = ann.ids(), tip_at(hub)
    lose(hub)
    for _ in range(2):
        told: list[Rollback] = []
        team = ann.team(tell=told.append)
        team.pull()
        assert [(str(each.was), len(each.missing.events)) for each in told] == [(tip, LOST[lose])]
        assert rollback_sentence(told[0]).startswith("ROLLBACK: origin ")
    assert ann.ids() == before


@each_loss
def test_a_sync_mends_it_and_then_all_is_quiet(lose: object, ann: Clone, hub: Path, tmp_path: Path) -> None:
    assert callable(lose)
    before = ann.ids()
    lose(hub)
    traded = ann.sync()
    assert (len(traded.rollbacks), traded.sent) == (1, LOST[lose])
    assert events_at(hub, tmp_path / "reader") == before
    again = ann.sync()
    assert (again.rollbacks, again.sent, again.merges) == ((), 0, 0)


@each_loss
def test_a_push_alone_mends_it_and_says_so(lose: object, ann: Clone, hub: Path, tmp_path: Path) -> None:
    assert callable(lose)
    ann.append(9)
    lose(hub)
    traded = ann.push()
    assert (len(traded.rollbacks), traded.sent) == (1, LOST[lose] + 1)
    assert events_at(hub, tmp_path / "reader") == ann.ids()


def test_two_clones_mend_it_together(ann: Clone, hub: Path, tmp_path: Path) -> None:
    bob = clone_of(hub, tmp_path / "bob", BOB)
    bob.sync()
    bob.append(7)
    rolled_back(hub)
    carl = clone_of(hub, tmp_path / "carl", BOB)
    carl.pull()
    carl.append(8)
    assert carl.sync().rollbacks == ()
    assert [len(each.missing.events) for each in bob.sync().rollbacks] == [2]
    # For ann the hub now has all again that she has seen there.
    assert ann.sync().rollbacks == ()
    for clone in (carl, bob):
        assert clone.sync().rollbacks == ()
    assert ann.tip() == bob.tip() == carl.tip() == tip_at(hub)
    assert ann.ids() == bob.ids() == carl.ids()


def test_what_others_pushed_onto_a_rolled_back_hub_is_kept(ann: Clone, hub: Path, tmp_path: Path) -> None:
    before = ann.ids()
    rolled_back(hub)
    bob = clone_of(hub, tmp_path / "bob", BOB)
    bob.pull()
    theirs = bob.append(8)
    bob.push()
    assert len(ann.sync().rollbacks) == 1
    assert ann.ids() == before | theirs


def test_the_words_name_what_is_gone(ann: Clone, hub: Path) -> None:
    said: list[str] = []
    for lose in (rolled_back, emptied):
        lose(hub)
        team = ann.team(tell=lambda lost: said.append(rollback_sentence(lost)))
        team.pull()
        team.push()
    assert "no longer has all that was seen there" in said[0]
    assert "2 events missing there" in said[0]
    assert "has no notes any more; 5 events missing there" in said[1]


def test_an_attachment_that_is_gone_is_missed(ann: Clone, hub: Path) -> None:
    blob = git(ann.path, "hash-object", "-w", "--stdin", stdin=b"console\n").strip()
    git(ann.path, "notes", "--ref=kbis", "add", "-C", blob, blob)
    ann.push()
    git(hub, "notes", "--ref=kbis", "remove", blob)
    [lost] = ann.sync().rollbacks
    assert (lost.missing.events, lost.missing.attachments) == (frozenset(), {blob})


def test_a_plain_git_fetch_in_between_hides_nothing(ann: Clone, hub: Path) -> None:
    rolled_back(hub)
    git(ann.path, "fetch", "--quiet", "origin", f"+{NOTES}:refs/kbis/remotes/origin/notes")
    assert len(ann.pull().rollbacks) == 1


def test_an_old_answer_in_the_tracking_ref_is_no_rollback(
    ann: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A git fetch of the user's that began before our last push may end after our fetch."""
    from kbis.log import remote

    fetched = []

    def then_overwritten(*args: object, **options: object) -> object:
        there = fetch(*args, **options)
        fetched.append(there)
        return open_git(ann.path).revparse_single(f"{LOG}~2").id if len(fetched) == 1 else there

    fetch = remote.fetch
    monkeypatch.setattr(remote, "fetch", then_overwritten)
    assert ann.pull().rollbacks == ()
    assert len(fetched) == 2


def test_a_forced_fetch_over_our_notes_loses_nothing(ann: Clone, hub: Path, tmp_path: Path) -> None:
    made = ann.append(9)
    before = ann.ids()
    git(ann.path, "fetch", "--quiet", "origin", "+refs/notes/*:refs/notes/*")
    assert rev(ann.path, NOTES) == tip_at(hub) != rev(ann.path, LOG)
    assert ann.ids() == before
    assert ann.sync().sent == len(made)
    emptied(hub)
    git(ann.path, "fetch", "--quiet", "--prune", "origin", "+refs/notes/*:refs/notes/*")
    assert git(ann.path, "for-each-ref", NOTES) == ""
    assert ann.ids() == before
    ann.sync()
    assert events_at(hub, tmp_path / "reader") == before


def failures(clone: Clone) -> dict[str, int]:
    totals = verify_clone(clone.session(), second_opinion=False, tell=print).verified.troubles.totals
    return {matter: number for (severity, matter), number in totals.items() if severity == "failure"}


@each_loss
def test_a_rollback_fails_verification_until_a_push_has_put_all_back(
    lose: object, ann: Clone, hub: Path
) -> None:
    assert callable(lose)
    assert failures(ann) == {}
    lose(hub)
    ann.pull()
    for _ in range(2):
        assert failures(ann) == {"rolled back": 1}
    ann.push()
    assert failures(ann) == {}


def test_a_rollback_that_somebody_else_mends_is_forgotten_by_the_next_pull(
    ann: Clone, hub: Path, tmp_path: Path
) -> None:
    bob = clone_of(hub, tmp_path / "bob", BOB)
    bob.sync()
    rolled_back(hub)
    ann.pull()
    bob.push()
    assert failures(ann) == {"rolled back": 1}
    assert ann.pull().rollbacks == ()
    assert failures(ann) == {}


def test_a_person_may_take_note_of_a_rollback(ann: Clone, hub: Path) -> None:
    rolled_back(hub)
    ann.pull()
    assert ["origin was set back" in each for each in acknowledge(ann.session())] == [True]
    assert failures(ann) == {}
    assert ann.pull().rollbacks == ()
    emptied(hub)
    assert len(ann.pull().rollbacks) == 1


def test_a_rollback_that_a_plain_fetch_brought_is_a_warning(ann: Clone, hub: Path) -> None:
    rolled_back(hub)
    git(ann.path, "fetch", "--quiet", "origin", f"+{NOTES}:refs/kbis/remotes/origin/notes")
    found = verify_clone(ann.session(), second_opinion=False, tell=print).verified.troubles
    assert found.totals["warning", "lines removed"] == 1
    [said] = [each.detail for each in found.kept if each.matter == "lines removed"]
    assert said == "origin lacked 2 events that were seen there, when it was last asked"


def test_a_log_whose_own_refs_were_both_set_back_fails_verification(ann: Clone, hub: Path) -> None:
    before, tip = ann.ids(), ann.tip()
    for ref in (NOTES, LOG):
        git(ann.path, "update-ref", ref, f"{tip}~1")
    assert failures(ann) == {"log set back": 2}
    assert ann.ids() < before
    ann.pull()
    assert ann.ids() == before
    assert failures(ann) == {}


def test_the_cache_alone_remembers_what_was_in_a_log_that_was_never_sent(tmp_path: Path) -> None:
    make_repository(tmp_path / "lone")
    lone = Clone(tmp_path / "lone")
    lone.start()
    lone.append(1, 3)
    assert len(lone.ids()) == 4
    tip = lone.tip()
    for ref in (NOTES, LOG):
        git(lone.path, "update-ref", ref, f"{tip}~1")
    assert failures(lone) == {"log set back": 1}
    list(acknowledge(lone.session()))
    assert failures(lone) == {}


def test_after_a_push_nothing_is_said_to_be_missing_there(ann: Clone) -> None:
    ann.append(20)
    ann.push()
    found = verify_clone(ann.session(), second_opinion=False, tell=print)
    assert [each.ref for each in found.elsewhere if each.lacks.events] == []
    assert rev(ann.path, "refs/kbis/remotes/origin/notes") == ann.tip()


def test_a_pull_from_a_path_leaves_no_measure_for_later_pushes(ann: Clone, hub: Path, tmp_path: Path) -> None:
    other = clone_of(hub, tmp_path / "other", BOB)
    other.pull()
    ann.pull(str(other.path))
    ann.pull(str(hub))
    ann.append(20)
    found = verify_clone(ann.session(), second_opinion=False, tell=print)
    refs = git(ann.path, "for-each-ref", "--format=%(refname)", "refs/kbis/remotes").split()
    assert refs == ["refs/kbis/remotes/origin/notes"]
    assert len(found.elsewhere) == 2


def test_a_push_over_a_tag_that_leads_to_notes_of_ours_mends_it(ann: Clone, hub: Path) -> None:
    git(hub, "tag", "-a", "-m", "x", "tagged", NOTES)
    force(hub, rev(hub, "tagged"))
    ann.append(20)
    for _ in range(2):
        with suppress(UserError):
            ann.push()
    assert tip_at(hub) == ann.tip()
    assert ann.sync().rollbacks == ()


def test_another_notes_ref_has_a_memory_of_its_own(ann: Clone, hub: Path) -> None:
    git(ann.path, "config", "kbis.notesRef", "refs/notes/other")
    assert ann.pull().rollbacks == ()
    assert ann.push().rollbacks == ()
    git(ann.path, "config", "--unset", "kbis.notesRef")
    assert ann.sync().rollbacks == ()
