"""One turn of the wheel: fold, decide, test one revision as long as the decision says, append what was seen.

Everything is appended as soon as it is known, so a step may be killed anywhere: the next one folds the same facts, and
goes on from there. A claim is kept from step to step while the worker stays at its revision; when the worker turns to
another one or the bisection ends, it is over by that, and when there is nothing to do it is taken back.
"""

import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from kbis.bisect.claims import Worker, busy, held_by
from kbis.bisect.compare import is_target
from kbis.bisect.decision import Conclusion, Decision, Judgement, Test, Unseen, Wait
from kbis.bisect.fold import Bisection
from kbis.bisect.no_op import unbuilt_parents
from kbis.bisect.policy import BootCounter, Policy, Terrain
from kbis.bisect.suspects import Suspects, suspects_of
from kbis.bisect.target import target_of
from kbis.errors import InfraError, KbisError, UserError
from kbis.log.eventlog import Draft
from kbis.log.kinds import Boot, Build, Claim, Conclude, Data, Retract, Verdict
from kbis.run.lab import Lab, Seen, rest_of
from kbis.run.session import Session

CLAIM_MS = 60 * 60 * 1000
"""How long a claim holds; it is renewed when half of it is over, so only a machine that died lets one run out."""

INFRA_TRIES = 3
"""Times in a row that the lab loses all boots made at once before kbis gives up and asks a person."""

CANDIDATES = 512
"""Most candidates that one conclusion lists; an event has 32 KiB."""


class Listener:
    """Is told what happens while it happens; each method may be overridden to show it."""

    def decided(self, bisection: Bisection, decision: Decision, suspects: Suspects | None) -> None:
        """The policy has said what to do next, and whom it suspects, if it weighs that."""

    def built(self, build: Build) -> None:
        """A build ended."""

    def reused(self, signature: bytes) -> None:
        """The kernel is here from before."""

    def booted(self, boot: Boot, bisection: Bisection) -> None:
        """A boot ended; the state includes it."""

    def judged(self, bisection: Bisection, revision: bytes, judgement: Judgement) -> None:
        """A revision has a verdict, or another one than before."""


@dataclass(frozen=True)
class Wheel:
    """What a step needs.

    Attributes:
        session: The repository, opened for writing.
        lab: Performs the tests.
        policy: The rule.
        machine: What claims call this worker; two workers must not share a name.
        ground: Gives the terrain of a state.
        listener: Is told what happens.
        exchange: Pulls and pushes the log; None to work alone.
        claim_ms: How long a claim holds.
        clock: Milliseconds since 1970.
    """

    session: Session
    lab: Lab
    policy: Policy
    machine: str
    ground: Callable[[Bisection], Terrain]
    listener: Listener
    exchange: Callable[[], None] | None = None
    claim_ms: int = CLAIM_MS
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000

    def step(self, bisection: Bisection) -> tuple[Bisection, Decision]:
        """Turn once: do the test that is due, or record the conclusion.

        A test ends as the decision says: at a verdict, or after some boots. A boot that the lab lost is made again.

        Returns:
            The state afterwards and the decision that was carried out; `Wait` when all that is worth testing is being
            tested by others, or another machine was faster with its claim.

        Raises:
            UserError: the commits to be tested are not in this repository.
            InfraError: the lab failed again and again; what was seen is recorded.
        """
        try:
            return self._step(bisection)
        except (KeyboardInterrupt, KbisError):
            with suppress(KbisError):
                self.let_go(self.session.again(bisection), "stopped before the test was over")
            raise

    def let_go(self, bisection: Bisection, reason: str) -> Bisection:
        """Take back this worker's claim, if it has one, so that others need not wait until it runs out."""
        claim = held_by(bisection, self.clock(), self._own)
        if claim is None:
            return bisection
        return self._exchanged(self._append(bisection, Draft(claim.object, Retract((claim.id,), reason))))

    def _step(self, bisection: Bisection) -> tuple[Bisection, Decision]:
        bisection = self._settle(self._exchanged(bisection))
        terrain = self.ground(bisection)
        decision = self.policy.decide(bisection, terrain, self._busy(bisection))
        self.listener.decided(bisection, decision, suspects_of(bisection, self.policy, terrain, decision))
        match decision:
            case Test():
                return self._claimed_test(bisection, decision)
            case Conclusion():
                parents = self._not_compared(bisection, decision)
                if parents:
                    for each in parents:
                        bisection, _ = self._kernel(bisection, each)
                    return self._step(bisection)
                return self._exchanged(self._conclude(bisection, decision)), decision
            case Wait():
                return self.let_go(bisection, "all that is worth testing is being tested by others"), decision
            case Unseen(phase):
                missing = "no release tags (v1.2)" if phase == "release" else "not the commits"
                raise UserError(
                    f"The next revision ({phase}) cannot be chosen: this repository has {missing} that it needs.",
                    "Fetch them, or name a good end with kbis start; kbis replay needs neither.",
                )

    def _claimed_test(self, bisection: Bisection, test: Test) -> tuple[Bisection, Decision]:
        bisection = self._claimed(bisection, test)
        # The first claim that the others can see holds; whoever finds another's beside its own gives way.
        if test.revision in self._busy(bisection):
            return self.let_go(bisection, "another machine was faster"), Wait((test.revision,))
        bisection = self._test(bisection, test)
        return self._judged(bisection, test.revision), test

    def _test(self, bisection: Bisection, test: Test) -> Bisection:
        image = None
        made, lost = 0, 0
        most: int | None = None
        while self._goes_on(bisection, test, made):
            if image is None:
                same = bisection.kernels.twins(test.revision)
                bisection, image = self._kernel(bisection, test.revision)
                if image is None:
                    self._require_verdict(bisection, test.revision)
                    return bisection
                if bisection.kernels.twins(test.revision) != same:
                    # It is a kernel that was seen before: perhaps enough is known of it.
                    if test.boots is not None:
                        return bisection
                    continue
            renewed = self._renewed(bisection, test)
            if renewed is None:
                return bisection
            number = min(most or self.lab.capacity(image), self._wanted(renewed, test, made))
            bisection, boots = self._booted(renewed, test.revision, image, number)
            told = [each for each in boots if each.outcome != "infra"]
            made += len(told)
            if test.boots is not None and any(_shows_target(each, bisection) for each in told):
                return bisection
            lost = 0 if told else lost + 1
            if len(told) < len(boots):
                image = None  # it may be gone; then it is made again
                most = max(1, number // 2)  # or so many at once were too many
            if lost >= INFRA_TRIES:
                raise InfraError(
                    f"{lost} times in a row all boots were lost to the lab: {_why(boots)}.",
                    "See kbis doctor; then kbis run goes on from here.",
                )
        return bisection

    def _booted(
        self, bisection: Bisection, revision: bytes, image: Path, number: int
    ) -> tuple[Bisection, list[Boot]]:
        """Boot an image so many times at once, and record each boot as soon as it is known.

        All of them end, whatever the first ones show: a crash ends sooner than a boot that passes, so stopping the rest
        would count crashes too often.
        """
        boots: list[Boot] = []
        with closing(self.lab.boots(image, number)) as ended:
            try:
                for seen in ended:
                    bisection = self._record(bisection, revision, seen)
                    boots.append(seen.fact)
            except KeyboardInterrupt as why:
                for seen in rest_of(ended, why):
                    bisection = self._record(bisection, revision, seen)
                raise
        return bisection, boots

    def _record(self, bisection: Bisection, revision: bytes, seen: Seen) -> Bisection:
        bisection = self._append(bisection, Draft(revision, seen.fact, seen.contents))
        self.listener.booted(seen.fact, bisection)
        return bisection

    def _require_verdict(self, bisection: Bisection, revision: bytes) -> None:
        """See to it that a revision that does not build has a verdict by that, or it would be tried for ever."""
        judgement = self._verdict(bisection, revision)
        if judgement is None:
            raise InfraError(
                f"{revision.hex()[:12]} was built before and does not build now.",
                "Look at its build log with kbis show, and at the tools with kbis doctor.",
            )
        if judgement.verdict != "skip":
            raise UserError(
                f"{revision.hex()[:12]} is {judgement.verdict} ({judgement.reason}), but it does not build, so that "
                "what it shows cannot be learned.",
                "Begin again with kbis start --target TITLE, or take the word back with kbis retract.",
            )

    def _goes_on(self, bisection: Bisection, test: Test, made: int) -> bool:
        if test.boots is not None:
            return made < test.boots
        return self._verdict(bisection, test.revision) is None

    def _wanted(self, bisection: Bisection, test: Test, made: int) -> int:
        """Return how many boots may be made at once, so that none is beyond what was decided."""
        if test.boots is not None:
            return test.boots - made
        state = bisection.with_trees(self.ground(bisection).trees)
        return self.policy.boots_left(state, test.revision) if isinstance(self.policy, BootCounter) else 1

    def _settle(self, bisection: Bisection) -> Bisection:
        """Record verdicts that are due: of a step killed before its last word, or by what was seen elsewhere since.

        What others are testing is left to them.
        """
        for revision, evidence in bisection.evidence.items():
            # Asked anew each time: others go on while verdicts are written here.
            if evidence.claims and revision not in self._busy(bisection):
                bisection = self._judged(bisection, revision)
        return bisection

    def _verdict(self, bisection: Bisection, revision: bytes) -> Judgement | None:
        """Judge by all that decisions are made of, or a test that a decision asks for might never be over."""
        return self.policy.judge(bisection.with_trees(self.ground(bisection).trees), revision)

    def _judged(self, bisection: Bisection, revision: bytes) -> Bisection:
        """Record what the policy says of a revision, unless it says nothing or the same as before."""
        judgement = self._verdict(bisection, revision)
        newest = next((each.data for each in reversed(bisection.of(revision).verdicts)), None)
        if judgement is None or (isinstance(newest, Verdict) and newest.verdict == judgement.verdict):
            return bisection
        verdict = Verdict(judgement.verdict, self.policy.name, judgement.reason[:2000])
        bisection = self._append(bisection, Draft(revision, verdict))
        self.listener.judged(bisection, revision, judgement)
        return bisection

    def _renewed(self, bisection: Bisection, test: Test) -> Bisection | None:
        """Renew the claim that a test stands on; None when it is over, by its time or by another worker's conclusion.

        A new one must not be made in the middle of a test: it would be a decision that nothing was decided on.
        """
        held = held_by(bisection, self.clock(), self._own)
        if held is None or held.object != test.revision:
            return None
        return self._claimed(bisection, test)

    def _claimed(self, bisection: Bisection, test: Test) -> Bisection:
        """Say that this worker tests the revision, unless its claim for that has more than half its time left."""
        now = self.clock()
        held = held_by(bisection, now, self._own)
        match held.data if held is not None and held.object == test.revision else None:
            case Claim(until=until, phase=test.phase) if until - now > self.claim_ms // 2:
                return bisection
            case _:
                pass
        claim = Claim(
            boots=bisection.terms.boots if test.boots is None else test.boots,
            until=now + self.claim_ms,
            machine=self.machine,
            phase=test.phase,
            left=test.left,
            steps=test.steps,
        )
        return self._exchanged(self._append(bisection, Draft(test.revision, claim)))

    def _busy(self, bisection: Bisection) -> frozenset[bytes]:
        return busy(bisection, self.clock(), self._own)

    @property
    def _own(self) -> Worker:
        signer = self.session.signer
        return (signer.signer.public.fingerprint if signer else b"", self.machine)

    def _exchanged(self, bisection: Bisection) -> Bisection:
        """Trade events with the others, and return the state with theirs; other processes' here are in it anyway."""
        if self.exchange is not None:
            self.exchange()
        return self.session.again(bisection)

    def _kernel(self, bisection: Bisection, revision: bytes) -> tuple[Bisection, Path | None]:
        """Return an image of the revision: one made before, or a new build; None when it does not build."""
        signature = bisection.of(revision).signature
        kept = self.lab.image(signature) if signature else None
        if kept is not None and signature is not None:
            self.listener.reused(signature)
            return bisection, kept
        made = self.lab.build(revision)
        bisection = self._append(bisection, Draft(revision, made.fact, made.contents))
        self.listener.built(made.fact)
        if made.fact.outcome == "infra":
            raise InfraError(
                f"The lab could not build {revision.hex()[:12]}. {made.fact.error or ''}".rstrip(),
                "See kbis doctor; then kbis run goes on from here. If this machine cannot build it at all: "
                f"kbis skip {revision.hex()[:12]} --why REASON.",
            )
        return bisection, made.image

    def _not_compared(self, bisection: Bisection, conclusion: Conclusion) -> tuple[bytes, ...]:
        """Return the parents to build, once, so that a change without effect is seen to be one."""
        terrain = self.ground(bisection)
        if conclusion.result != "first bad commit" or terrain.graph is None:
            return ()
        return unbuilt_parents(bisection.with_trees(terrain.trees), terrain.graph, conclusion.candidates[0])

    def _conclude(self, bisection: Bisection, conclusion: Conclusion) -> Bisection:
        """Record a conclusion, unless the newest one recorded says the same."""
        if is_recorded(bisection, conclusion):
            return bisection
        target = target_of(bisection)
        end = Conclude(
            result=conclusion.result,
            policy=self.policy.name,
            candidates=conclusion.candidates[:CANDIDATES],
            reason="; ".join([conclusion.reason, *conclusion.remarks]),
            confidence_ppm=conclusion.confidence_ppm,
            revisions=len(bisection.evidence),
            build_ns=_spent(bisection, Build),
            boot_ns=_spent(bisection, Boot),
            title=target.title if target else None,
        )
        return self._append(bisection, Draft(bisection.bad, end))

    def _append(self, bisection: Bisection, draft: Draft) -> Bisection:
        self.session.log.append(bisection.start.repository, bisection.id, bisection.heads, [draft])
        return self.session.again(bisection)


def is_recorded(bisection: Bisection, conclusion: Conclusion) -> bool:
    """Tell whether the newest recorded conclusion says the same."""
    last = bisection.conclusions[-1].data if bisection.conclusions else None
    said = (conclusion.result, conclusion.candidates[:CANDIDATES])
    return isinstance(last, Conclude) and (last.result, last.candidates) == said


def _shows_target(boot: Boot, bisection: Bisection) -> bool:
    target = target_of(bisection)
    return target is not None and is_target(boot, target)


def _why(boots: list[Boot]) -> str:
    return next((each.error for each in boots if each.error), "no reason given")


def _spent(bisection: Bisection, kind: type[Data]) -> int:
    facts = (each.data for each in bisection.events if isinstance(each.data, kind))
    return sum(getattr(each, "duration_ns", None) or 0 for each in facts)
