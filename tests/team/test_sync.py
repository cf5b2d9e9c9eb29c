"""Pull, push and sync between clones and a hub: everybody gets everything, and nothing is done twice."""

from pathlib import Path

import pytest

from kbis.errors import UserError
from kbis.log.places import fetch_place
from tests.log.world import BOB, LOG, NOTES, Author, a_commit, git, open_log
from tests.team.clones import AUTHORS, Clone, clone_of, events_at, make_hub, rev, tip_at


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    return make_hub(tmp_path)


@pytest.fixture
def ann(hub: Path, tmp_path: Path) -> Clone:
    return clone_of(hub, tmp_path / "ann")


@pytest.fixture
def bob(hub: Path, tmp_path: Path) -> Clone:
    return clone_of(hub, tmp_path / "bob", BOB)


def test_what_one_pushes_the_other_pulls(ann: Clone, bob: Clone) -> None:
    ann.start()
    ann.append(count=3)
    pushed = ann.push()
    pulled = bob.pull()
    assert (pushed.place, pushed.sent, pushed.received) == ("origin", 4, 0)
    assert (pulled.received, pulled.counted, pulled.ignored, pulled.sent) == (4, 4, {}, 0)
    assert bob.ids() == ann.ids()
    assert bob.tip() == ann.tip()


def test_an_attachment_travels_with_its_event(ann: Clone, bob: Clone) -> None:
    from kbis.log.attachments import Content
    from kbis.log.eventlog import Draft
    from kbis.log.kinds import Boot

    start = ann.start()
    content = Content("console", b"\0some\n\nconsole")
    [event] = ann.session().log.append(
        start.repository, start.id, [start], [Draft(a_commit(1), Boot("ok"), (content,))]
    )
    ann.push()
    bob.pull()
    assert bob.session().log.content(event.attachments[0]) == content.data


def test_both_sides_append_and_one_sync_of_each_makes_them_the_same(
    ann: Clone, bob: Clone, hub: Path
) -> None:
    ann.start()
    ann.push()
    bob.pull()
    mine, theirs = ann.append(0, 3), bob.append(1, 3)
    first = ann.sync()
    second = bob.sync()
    third = ann.sync()
    assert (first.sent, first.merges) == (3, 0)
    assert (second.received, second.sent, second.merges, second.retries) == (3, 3, 1, 0)
    assert (third.received, third.sent, third.merges) == (3, 0, 0)
    assert ann.ids() == bob.ids() >= mine | theirs
    assert ann.tip() == bob.tip() == tip_at(hub)


def test_an_idle_sync_writes_nothing_anywhere(ann: Clone, bob: Clone, hub: Path) -> None:
    ann.start()
    for clone in (ann, bob, ann):
        clone.sync()
    before = [git(each, "for-each-ref") for each in (ann.path, bob.path, hub)]
    objects = [git(each, "count-objects", "-v") for each in (ann.path, bob.path, hub)]
    for clone in (ann, bob, ann):
        traded = clone.sync()
        assert (traded.received, traded.sent, traded.merges, traded.retries) == (0, 0, 0, 0)
        assert clone.push().sent == 0
    assert [git(each, "for-each-ref") for each in (ann.path, bob.path, hub)] == before
    assert [git(each, "count-objects", "-v") for each in (ann.path, bob.path, hub)] == objects


def test_an_idle_sync_does_not_even_push(ann: Clone, hub: Path) -> None:
    ann.start()
    ann.sync()
    (hub / "hooks" / "pre-receive").write_text("#!/bin/sh\nexit 1\n")
    (hub / "hooks" / "pre-receive").chmod(0o755)
    (ann.path / ".git" / "hooks" / "pre-push").write_text("#!/bin/sh\nexit 1\n")
    (ann.path / ".git" / "hooks" / "pre-push").chmod(0o755)
    assert ann.sync().sent == 0


def test_a_push_that_was_overtaken_unites_and_tries_again(ann: Clone, bob: Clone, hub: Path) -> None:
    ann.start()
    ann.push()
    bob.pull()
    ann.append(0)
    bob.append(1)
    bob.push()
    pushed = ann.push()
    assert (pushed.retries, pushed.merges, pushed.received, pushed.sent) == (1, 1, 1, 1)
    assert ann.tip() == tip_at(hub)
    assert bob.sync().received == 1
    assert bob.ids() == ann.ids()


def test_two_clones_that_unite_the_same_two_histories_make_the_same_commit(
    ann: Clone, bob: Clone, hub: Path, tmp_path: Path
) -> None:
    second = make_hub(tmp_path, "second.git")
    ann.start()
    ann.push()
    bob.pull()
    ann.append(0)
    bob.append(1)
    ann.push()
    bob.push(str(second))
    # Each now fetches the other's history from another hub.
    ann.pull(str(second))
    bob.pull()
    assert ann.tip() == bob.tip()
    assert git(ann.path, "rev-list", "--parents", "-1", LOG).count(" ") == 2


def test_three_clones_that_synced_once_after_the_last_event_agree(hub: Path, tmp_path: Path) -> None:
    clones = [clone_of(hub, tmp_path / f"clone{number}", Author(number + 1)) for number in range(3)]
    clones[0].start()
    for clone in clones:
        clone.sync()
    made = set()
    for turn in range(3):
        for number, clone in enumerate(clones):
            made |= clone.append(10 * turn + number, 2)
            if (turn + number) % 2:
                clone.sync()
    for clone in [*clones, *clones]:
        clone.sync()
    assert {clone.tip() for clone in clones} == {tip_at(hub)}
    assert all(clone.ids() >= made for clone in clones)


def test_the_history_at_the_hub_only_grows(ann: Clone, bob: Clone, hub: Path) -> None:
    git(hub, "config", "receive.denyNonFastForwards", "true")
    ann.start()
    ann.sync()
    for turn in range(4):
        ann.append(turn)
        bob.sync()
        bob.append(10 + turn)
        bob.sync()
        ann.sync()
    bob.sync()
    assert ann.tip() == bob.tip() == tip_at(hub)


def test_events_that_do_not_count_are_told_with_their_reasons(ann: Clone, hub: Path, tmp_path: Path) -> None:
    ann.start()
    ann.push()
    stranger = clone_of(hub, tmp_path / "stranger", Author(77))
    log = open_log(stranger.path, stranger.author, [*AUTHORS, stranger.author])
    stranger.pull()
    [(start, *_)] = log.counted().bisections.values()
    from kbis.log.eventlog import Draft
    from kbis.log.kinds import Boot

    log.append(
        start.repository, start.id, [start], [Draft(a_commit(1), Boot("ok")), Draft(a_commit(2), Boot("ok"))]
    )
    git(stranger.path, "notes", "--ref=kbis", "append", "-m", "call mother", "main")
    stranger.push()
    pulled = ann.pull()
    assert (pulled.received, pulled.counted, pulled.ignored) == (2, 0, {"untrusted key": 2})
    assert pulled.no_events == 1
    assert len(ann.ids()) == 1


def test_a_hub_without_notes_is_no_error(ann: Clone, hub: Path) -> None:
    assert ann.pull().received == 0
    assert ann.push().sent == 0
    assert ann.sync().sent == 0
    assert tip_at(hub) == ""


def test_an_empty_hub_is_no_error(ann: Clone, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "empty.git")
    ann.start()
    assert ann.sync("../empty.git").sent == 1
    assert tip_at(tmp_path / "empty.git") == ann.tip()


def test_a_path_counts_from_where_the_user_is(ann: Clone, hub: Path) -> None:
    ann.start()
    assert ann.push("../hub.git").place == str(hub)
    assert tip_at(hub) == ann.tip()


def test_plain_git_fetch_head_and_branches_are_left_alone(ann: Clone, bob: Clone) -> None:
    ann.start()
    ann.push()
    before = git(bob.path, "for-each-ref", "refs/heads", "refs/remotes", "refs/tags")
    bob.sync()
    assert git(bob.path, "for-each-ref", "refs/heads", "refs/remotes", "refs/tags") == before
    assert not (bob.path / ".git" / "FETCH_HEAD").exists()
    assert git(bob.path, "status", "--porcelain") == ""


def test_nothing_is_tracked_below_refs_notes(ann: Clone, bob: Clone) -> None:
    ann.start()
    ann.push()
    bob.sync()
    assert git(bob.path, "for-each-ref", "--format=%(refname)", "refs/notes").split() == [NOTES]
    assert rev(bob.path, "refs/kbis/remotes/origin/notes") == ann.tip()


def test_the_notes_of_another_name_are_shared_under_it(ann: Clone, bob: Clone, hub: Path) -> None:
    from dataclasses import replace

    from kbis.log.eventlog import EventLog
    from kbis.log.repository import open_repository
    from kbis.run.session import Session
    from kbis.run.sync import Team
    from tests.log.world import started, trust

    def session(clone: Clone) -> Session:
        log = EventLog(open_repository(clone.path), trust(*AUTHORS), clone.author, "refs/notes/kbis-team")
        plain = clone.session()
        return Session(plain.repository, replace(plain.config, notes_ref="refs/notes/kbis-team"), log, None)

    there = session(ann)
    started(there.log, bytes.fromhex(rev(ann.path, "main")))
    Team(there, None, ann.path, tell=lambda _: None).push()
    assert git(hub, "for-each-ref", "--format=%(refname)", "refs/notes").split() == ["refs/notes/kbis-team"]
    here = session(bob)
    Team(here, None, bob.path, tell=lambda _: None).pull()
    assert here.counted().signers == there.counted().signers != {}


def test_a_bare_clone_and_a_linked_worktree_sync_too(ann: Clone, hub: Path, tmp_path: Path) -> None:
    ann.start()
    git(ann.path, "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    assert Clone(tmp_path / "linked").sync().sent == 1
    bare = clone_of(hub, tmp_path / "bare.git", BOB, "--bare")
    assert bare.sync().received == 1
    bare.append(1)
    assert bare.sync().sent == 1
    assert Clone(tmp_path / "linked").sync().received == 1
    assert ann.tip() == bare.tip()


def test_a_mirror_of_the_hub_pushes_one_ref_and_no_force(hub: Path, ann: Clone, tmp_path: Path) -> None:
    ann.start()
    ann.push()
    mirror = clone_of(hub, tmp_path / "mirror.git", BOB, "--mirror")
    git(mirror.path, "config", "remote.origin.mirror", "true")
    ann.append(0)
    ann.push()
    mirror.append(1)
    assert mirror.push().retries == 1
    assert events_at(hub, tmp_path / "reader") == mirror.ids()
    assert git(hub, "for-each-ref", "--format=%(refname)", "refs/kbis") == ""


class TestWhichRemote:
    def test_the_upstream_of_the_current_branch_comes_first(self, ann: Clone, tmp_path: Path) -> None:
        make_hub(tmp_path, "other.git")
        git(ann.path, "remote", "add", "other", "../other.git")
        git(ann.path, "config", "branch.main.remote", "other")
        assert ann.team().name == "other"

    def test_then_origin(self, ann: Clone) -> None:
        git(ann.path, "remote", "add", "other", "../other.git")
        git(ann.path, "checkout", "--quiet", "--detach")
        assert ann.team().name == "origin"

    def test_then_the_only_one(self, ann: Clone) -> None:
        git(ann.path, "remote", "rename", "origin", "team/hub")
        git(ann.path, "checkout", "--quiet", "--detach")
        ann.start()
        assert ann.team().name == "team/hub"
        assert ann.sync().sent == 1

    def test_a_branch_whose_upstream_is_local_says_nothing(self, ann: Clone) -> None:
        git(ann.path, "config", "branch.main.remote", ".")
        assert ann.team().name == "origin"

    def test_none_can_be_chosen_of_two(self, ann: Clone) -> None:
        git(ann.path, "remote", "rename", "origin", "one")
        git(ann.path, "remote", "add", "two", "../other.git")
        git(ann.path, "checkout", "--quiet", "--detach")
        with pytest.raises(UserError, match="2 remotes") as caught:
            ann.team()
        assert "one, two" in caught.value.hint

    def test_there_is_none(self, ann: Clone) -> None:
        git(ann.path, "remote", "remove", "origin")
        with pytest.raises(UserError, match="no remote") as caught:
            ann.team()
        assert "git remote add" in caught.value.hint

    @pytest.mark.parametrize("name", ["nobody", "--upload-pack=touch"])
    def test_a_name_that_is_no_remote(self, ann: Clone, name: str) -> None:
        with pytest.raises(UserError, match=f"no remote called {name}") as caught:
            ann.team(name)
        assert "origin" in caught.value.hint

    def test_a_url_has_the_same_tracking_ref_every_time_and_shows_no_password(
        self, ann: Clone, hub: Path
    ) -> None:
        repository = ann.session().repository
        one, two = (fetch_place(repository, f"file://{hub}{end}", ann.path) for end in ("", "/"))
        assert one.tracking == two.tracking
        secret = fetch_place(repository, "https://ada:secret@example.org/linux", ann.path)
        assert secret.name == "https://ada:***@example.org/linux"
        assert "secret" not in secret.tracking + secret.seen


class TestTwoUrls:
    """A remote that is fetched from one URL and pushed to another, as kernel.org's mirrors are."""

    def test_push_goes_to_the_push_url_and_a_lagging_mirror_is_no_rollback(
        self, ann: Clone, hub: Path, tmp_path: Path
    ) -> None:
        git(tmp_path, "clone", "--quiet", "--bare", str(hub), str(tmp_path / "writable.git"))
        git(ann.path, "config", "remote.origin.pushUrl", str(tmp_path / "writable.git"))
        ann.start()
        assert ann.sync().sent == 1
        assert (tip_at(hub), tip_at(tmp_path / "writable.git")) == ("", ann.tip())
        assert ann.sync().rollbacks == ()

    def test_what_others_pushed_there_is_united(
        self, ann: Clone, bob: Clone, hub: Path, tmp_path: Path
    ) -> None:
        git(tmp_path, "clone", "--quiet", "--bare", str(hub), str(tmp_path / "writable.git"))
        for clone in (ann, bob):
            git(clone.path, "config", "remote.origin.pushUrl", str(tmp_path / "writable.git"))
        ann.start()
        ann.sync()
        bob.pull(str(tmp_path / "writable.git"))
        bob.append(1)
        ann.append(2)
        assert bob.sync().sent == 1
        assert ann.sync().retries == 1
        assert events_at(tmp_path / "writable.git", tmp_path / "reader") == ann.ids() > bob.ids()
