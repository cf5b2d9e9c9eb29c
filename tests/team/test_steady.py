"""The exchange of a long run: the first must succeed, later failures are told once, and the run goes on."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kbis.errors import IntegrityError, KbisError, UserError
from kbis.run.sync import OFFLINE_S, SteadyExchange
from tests.log.world import BOB
from tests.team.clones import Clone, clone_of, make_hub, tip_at


@dataclass
class Run:
    """A long run of a clone with a hub that can go away."""

    clone: Clone
    hub: Path
    now: float = 1000.0
    told: list[str] = field(default_factory=list)

    def exchange(self) -> SteadyExchange:
        return SteadyExchange(self.clone.team(), self.told.append, lambda: self.now)

    def hub_goes(self) -> None:
        self.hub.rename(self.hub.with_name("away"))

    def hub_comes(self) -> None:
        self.hub.with_name("away").rename(self.hub)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    hub = make_hub(tmp_path)
    clone = clone_of(hub, tmp_path / "ann")
    clone.start()
    return Run(clone, hub)


def test_it_pulls_and_pushes(run: Run, tmp_path: Path) -> None:
    exchange = run.exchange()
    exchange()
    bob = clone_of(run.hub, tmp_path / "bob", BOB)
    bob.sync()
    theirs = bob.append(1)
    bob.sync()
    mine = run.clone.append(2)
    exchange()
    assert run.clone.ids() >= mine | theirs
    assert tip_at(run.hub) == run.clone.tip()
    assert run.told == []


def test_a_remote_that_is_not_there_at_the_start_is_an_error(run: Run) -> None:
    run.hub_goes()
    with pytest.raises(UserError, match="origin is not a git repository"):
        run.exchange()()


def test_a_remote_that_goes_away_is_told_once_and_caught_up_with(run: Run) -> None:
    exchange = run.exchange()
    exchange()
    run.hub_goes()
    run.clone.append(1)
    for _ in range(3):
        exchange()
        run.now += OFFLINE_S + 1
    [sentence] = run.told
    assert "kbis goes on without origin" in sentence
    run.hub_comes()
    exchange()
    assert "origin is there again" in run.told[1]
    assert tip_at(run.hub) == run.clone.tip()


def test_a_remote_that_is_away_is_not_asked_all_the_time(run: Run) -> None:
    exchange = run.exchange()
    exchange()
    run.hub_goes()
    exchange()
    run.hub_comes()
    run.clone.append(1)
    run.now += OFFLINE_S / 2
    exchange()
    assert tip_at(run.hub) != run.clone.tip()
    run.now += OFFLINE_S
    exchange()
    assert tip_at(run.hub) == run.clone.tip()


def test_damage_is_never_passed_over(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = run.exchange()
    exchange()
    blob = run.clone.path / ".git" / "refs" / "kbis" / "log"
    blob.write_text("7" * 40 + "\n")
    with pytest.raises(IntegrityError) as caught:
        exchange()
    assert isinstance(caught.value, KbisError)


def test_what_could_not_be_sent_is_said_when_the_run_ends(run: Run) -> None:
    exchange = run.exchange()
    exchange()
    exchange.finish()
    assert run.told == []
    run.hub_goes()
    run.clone.append(1)
    exchange()
    exchange.finish()
    assert "origin is still out of reach: what was recorded since is in this clone only" in run.told[-1]
    run.hub_comes()
    exchange.finish()
    assert tip_at(run.hub) == run.clone.tip()
