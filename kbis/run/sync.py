"""Trading events with a remote: pull unites what is there with the log, push sends the log, and neither loses any.

Pushes are never forced. Where another machine was faster, its notes are fetched and united, and the push is tried
again: unions are the same commit in every clone, so the tries of many machines converge.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pygit2

from kbis.errors import InfraError, IntegrityError, KbisError, UserError
from kbis.log import remote
from kbis.log.blobs import MissingObjectError
from kbis.log.incoming import UnfitError, new_objects
from kbis.log.news import news
from kbis.log.notes import tree_of_commit
from kbis.log.places import Place, fetch_place, push_places
from kbis.log.recent import PrunedError
from kbis.log.remote import Accepted, Rejected
from kbis.log.seen import Rollback, find_rollback, last_seen, remember
from kbis.log.union import TreeTooLargeError
from kbis.run.session import Session

TRIES = 100
"""How often a push may be overtaken; with eight busy writers on one remote, a few are."""

PATIENCE_S = 600.0
"""How long a push may be overtaken."""

_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0

_WHOLE_TRIES = 2
"""How often to ask a remote again for what came without a part: a gc may have taken it from us in between."""
