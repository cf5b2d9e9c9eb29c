"""`kbis key`: the key that signs your events."""

import typer

from kbis.cli.context import JsonOption, context_of
from kbis.cli.output import data, note, say


def key(ctx: typer.Context, json: JsonOption = False) -> None:
    """Show the key that signs your events, or make one.

    Its events count in this clone from then on. git's user.signingKey or a key of the ssh-agent is taken when
    it is an Ed25519 key.
    """
    from kbis.run.key import adopt_key

    used = adopt_key(context_of(ctx).directory)
    public = used.found.signer.public
    for each in used.found.passed_over:
        note(each)
    if json:
        data(
            {
                "key": public.line(),
                "fingerprint": public.sha256_text,
                "origin": used.found.origin,
                "made": used.made,
                "trusted_in": str(used.trusted_in) if used.trusted_in else None,
            }
        )
        return
    say(f"{public.sha256_text} {'was made' if used.made else 'signs your events'}: {used.found.origin}.")
    if used.trusted_in:
        say(f"Its events count in this clone from now on: {used.trusted_in}.")
    say(public.line())


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(key)
