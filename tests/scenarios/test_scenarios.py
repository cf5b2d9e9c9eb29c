"""Situations that bisections get into, under every policy: real history, real decisions, a scripted lab.

`syzkaller/1` and `syzkaller-2019/1` must do what syzkaller's own tests expect. `git/1` and `bayes/1` let the boots of
one kernel count for all, so where two commits are one kernel they must not blame the change between them.
"""

import pytest

from kbis.bisect.decision import Conclusion, Unseen
from kbis.bisect.no_op import is_no_op
from kbis.bisect.policy import policy_named
from tests.scenarios.cases import FOUND, NO_OPS, Scenario
from tests.scenarios.history import History
from tests.scenarios.lab import ScenarioLab
from tests.scenarios.turning import Ending, LabDownError, Turning

SYZKALLER = ("syzkaller-2019/1", "syzkaller/1")
SHARING = ("git/1", "bayes/1")
POLICIES = (*SYZKALLER, *SHARING)

RUNS = 10
FLAKY_RUNS = {"syzkaller/1": 20}
"""How many runs a test has once the bug is known to be flaky, where that differs."""


def play(name: str, scenario: Scenario, history: History) -> Ending:
    runs = FLAKY_RUNS.get(name, RUNS) if scenario.flaky else RUNS
    lab = ScenarioLab(scenario, history, runs)
    goods = (history.oids[good_end(scenario, history)],) if name == "git/1" else ()
    return Turning(policy_named(name), lab, history.oids[scenario.start], goods).to_the_end()


def good_end(scenario: Scenario, history: History) -> str:
    """The end that a person would name: the newest release without the bug that boots, else the oldest release."""
    releases = [
        f"{number}00" for number in (9, 8, 7, 6, 5, 4) if history.contains(scenario.start, f"{number}00")
    ]
    first, last = scenario.boot_broken or (0, 0)
    broken = range(first, last + 1)
    cause = scenario.introduced_by
    fine = [
        each for each in releases if cause and not history.contains(each, cause) and int(each) not in broken
    ]
    return (fine or releases[-1:])[0]


def concluded(ending: Ending, history: History) -> tuple[Conclusion, list[str]]:
    assert isinstance(ending.decision, Conclusion), ending.decision
    return ending.decision, [history.title(each) for each in ending.decision.candidates]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", FOUND)
def test_the_culprit_is_found(
    name: str, policy: str, situations: dict[str, Scenario], history: History
) -> None:
    ending = play(policy, situations[name], history)
    end, candidates = concluded(ending, history)
    assert (end.result, candidates) == ("first bad commit", [situations[name].expect["culprit"]])
    assert end.remarks == ()


@pytest.mark.parametrize("policy", SYZKALLER)
@pytest.mark.parametrize("name", NO_OPS)
def test_syzkaller_names_a_change_without_effect_and_doubts_it(
    name: str, policy: str, situations: dict[str, Scenario], history: History
) -> None:
    expect = situations[name].expect
    ending = play(policy, situations[name], history)
    end, candidates = concluded(ending, history)
    assert (end.result, candidates) == ("first bad commit", [expect["culprit"]])
    assert (
        any("kernel is that of its parent" in each for each in end.remarks) == expect["noop_change"] is True
    )
    assert any("is the release" in each for each in end.remarks) == expect["is_release"]


@pytest.mark.parametrize("policy", SHARING)
@pytest.mark.parametrize("name", NO_OPS)
def test_a_change_without_effect_is_not_blamed(
    name: str, policy: str, situations: dict[str, Scenario], history: History
) -> None:
    """One kernel cannot crash at one commit and be well at the next, as the situation has it.

    What was seen of the kernel first decides for all its commits: the first of them is to blame, or the first after.
    """
    scenario = situations[name]
    ending = play(policy, scenario, history)
    end, [blamed] = concluded(ending, history)
    assert end.result == "first bad commit"
    assert ending.terrain.graph is not None
    assert not is_no_op(ending.bisection.kernels, ending.terrain.graph, history.oids[blamed])
    assert scenario.same_binary is not None
    numbers = range(scenario.same_binary[0], scenario.same_binary[1] + 1)
    beside = [parent for parent in history.parents[blamed] if parent.isdigit() and int(parent) in numbers]
    assert int(blamed) == numbers[0] or (beside and int(blamed) not in numbers)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_bug_that_all_releases_have_is_older_than_what_can_be_told(
    policy: str, situations: dict[str, Scenario], history: History
) -> None:
    scenario = situations["cause-crashes-oldest"]
    end, candidates = concluded(play(policy, scenario, history), history)
    assert (end.result, candidates) == ("already bad at the oldest", [scenario.expect["oldest_or_latest"]])


@pytest.mark.parametrize("policy", POLICIES)
def test_releases_that_cannot_be_tested_confirm_nothing(
    policy: str, situations: dict[str, Scenario], history: History
) -> None:
    end, _ = concluded(play(policy, situations["all-releases-broken"], history), history)
    assert end.result == "not confirmed"


@pytest.mark.parametrize("policy", [each for each in POLICIES if each != "git/1"])
def test_without_an_older_release_there_is_no_good_end_to_begin_with(
    policy: str, situations: dict[str, Scenario], history: History
) -> None:
    """`git/1` looks for no good end itself: `kbis start` demands one."""
    assert play(policy, situations["cause-does-not-repro"], history).decision == Unseen("release")


@pytest.mark.parametrize("policy", POLICIES)
def test_a_stretch_that_cannot_be_tested_is_named_whole(
    policy: str, situations: dict[str, Scenario], history: History
) -> None:
    scenario = situations["cause-inconclusive"]
    end, candidates = concluded(play(policy, scenario, history), history)
    assert end.result == "untestable between"
    assert len(candidates) == scenario.expect["commits"] == 15
    assert scenario.introduced_by in candidates


@pytest.mark.parametrize("policy", POLICIES)
def test_a_lab_that_fails_is_no_verdict(
    policy: str, situations: dict[str, Scenario], history: History
) -> None:
    assert situations["cause-infra-problems"].expect["error_type"] == "InfraError"
    with pytest.raises(LabDownError):
        play(policy, situations["cause-infra-problems"], history)


@pytest.mark.parametrize("name", ["cause-finds-cause", "cause-finds-cause-flaky"])
def test_syzkallers_confidence_is_what_it_would_print(
    name: str, situations: dict[str, Scenario], history: History
) -> None:
    limits = situations[name].expect["confidence"]
    end, _ = concluded(play("syzkaller/1", situations[name], history), history)
    assert end.confidence_ppm is not None
    assert limits["gt"] < end.confidence_ppm / 1e6
    assert end.confidence_ppm / 1e6 < limits.get("lt", 2)


def test_bayes_needs_a_fraction_of_syzkallers_boots(
    situations: dict[str, Scenario], history: History
) -> None:
    boots = {}
    for policy in ("syzkaller/1", "bayes/1"):
        kinds = [
            event.kind for event in play(policy, situations["cause-finds-cause"], history).bisection.events
        ]
        boots[policy] = kinds.count("boot")
    assert 5 * boots["bayes/1"] <= boots["syzkaller/1"]
