"""An event in words: one line for the log, a few for `kbis show`."""

from kbis.log.event import Event
from kbis.log.kinds import (
    Alias,
    Boot,
    Build,
    Claim,
    Conclude,
    Override,
    Reproduce,
    Retract,
    Start,
    Unknown,
    Verdict,
)
from kbis.views.plain import percent, printable, seconds, short
from kbis.views.policy_text import terms_words


def not_built(build: Build) -> str:
    """Return why a kernel is known that was not made."""
    kernel, commit = short(build.signature or b""), short(build.inputs_of or b"")
    return f"kernel {kernel} of {commit}: no file that its build read differs"


def event_line(event: Event) -> str:
    """Return what happened, on one line, without id, time or signer."""
    return printable(f"{event.kind} {short(event.object)}: {_said(event)}")


def _said(event: Event) -> str:
    match event.data:
        case Start() as start:
            goods = ", ".join(short(each) for each in start.good) or "to be found"
            return f"bad end; good {goods}; {terms_words(start.policy, start.boots)}"
        case Claim() as claim:
            return f"{claim.phase}, by {claim.machine}"
        case Build() as build:
            if build.inputs_of is not None:
                return f"{build.outcome}, {not_built(build)}"
            made = f"kernel {short(build.signature)}" if build.signature else (build.error or "")
            return f"{build.outcome}, {made} in {seconds(build.duration_ns)} with {build.toolchain}"
        case Boot() as boot:
            what = ": ".join(filter(None, [boot.outcome, boot.title or boot.error]))
            how = f" in {seconds(boot.duration_ns)} ({boot.accel})" if boot.accel else ""
            return what + how
        case Verdict() as verdict:
            return f"{verdict.verdict} by {verdict.policy}: {verdict.reason}"
        case Override() as override:
            return f"{override.verdict}, a person's word: {override.reason}"
        case Alias() as alias:
            what = "the target too" if alias.is_target else "another bug"
            return f"{alias.title} is {what}, a person's word: {alias.reason}"
        case Retract() as retract:
            taken = ", ".join(short(each) for each in retract.events)
            return f"{taken} {'does' if len(retract.events) == 1 else 'do'} not count: {retract.reason}"
        case Conclude() as end:
            found = ", ".join(short(each) for each in end.candidates)
            sure = f", {percent(end.confidence_ppm)} sure" if end.confidence_ppm is not None else ""
            return f"{end.result}: {found}{sure} ({end.reason})"
        case Reproduce() as again:
            agreement = "the same as" if again.agrees else "not the same as"
            return f"{again.outcome}, {agreement} {short(again.event)}"
        case Unknown():
            return "a kind of event that this kbis does not know; kept, not counted"
