# SPDX-License-Identifier: Apache-2.0
"""Loopwright: the lab in a loop. Measurements, models that know their doubt, the next batch.

The words of the command line as functions. Each is loaded when it is first asked for, so that
``import loopwright`` stays light.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loopwright.api.assays import assays
    from loopwright.api.batches import choose, revise
    from loopwright.api.batches import propose_batch as propose
    from loopwright.api.check import check
    from loopwright.api.comparing import compare
    from loopwright.api.corrections import correct
    from loopwright.api.curves import read_curves as curves
    from loopwright.api.evaluating import evaluate
    from loopwright.api.evidence import verify, why
    from loopwright.api.explain_page import write_explained
    from loopwright.api.explaining import explain
    from loopwright.api.fixes import drop_row, fix, fix_from, restore_row
    from loopwright.api.how import How
    from loopwright.api.layouts import take_layout
    from loopwright.api.mappings import mappings
    from loopwright.api.matched import pairs
    from loopwright.api.pages import write_report as report
    from loopwright.api.plain import Wanted, propose_from_files
    from loopwright.api.plate_views import look_at_plates
    from loopwright.api.plates import lay_out_order as layout
    from loopwright.api.predicting import predict
    from loopwright.api.promoting import promote
    from loopwright.api.property_models import train
    from loopwright.api.quarantine import quarantine, retry
    from loopwright.api.replays import Question
    from loopwright.api.replays import replay_file as replay
    from loopwright.api.shadow import shadow
    from loopwright.api.verbs import ingest, init, order, readback, status
    from loopwright.api.verbs import run_campaign as run
    from loopwright.api.verdicts import accept, exclude, flagged, reconsider
    from loopwright.api.workspace import Workspace

__all__ = [
    "How",
    "Question",
    "Wanted",
    "Workspace",
    "accept",
    "assays",
    "check",
    "choose",
    "compare",
    "correct",
    "curves",
    "drop_row",
    "evaluate",
    "exclude",
    "explain",
    "fix",
    "fix_from",
    "flagged",
    "ingest",
    "init",
    "layout",
    "look_at_plates",
    "mappings",
    "order",
    "pairs",
    "predict",
    "promote",
    "propose",
    "propose_from_files",
    "quarantine",
    "readback",
    "reconsider",
    "replay",
    "report",
    "restore_row",
    "retry",
    "revise",
    "run",
    "shadow",
    "status",
    "take_layout",
    "train",
    "verify",
    "why",
    "write_explained",
]

__version__ = "0.1.0"

_HOMES = {
    "How": "how",
    "Question": "replays",
    "Wanted": "plain",
    "Workspace": "workspace",
    "accept": "verdicts",
    "assays": "assays",
    "check": "check",
    "choose": "batches",
    "compare": "comparing",
    "correct": "corrections",
    "curves": "curves:read_curves",
    "drop_row": "fixes",
    "evaluate": "evaluating",
    "exclude": "verdicts",
    "explain": "explaining",
    "fix": "fixes",
    "fix_from": "fixes",
    "flagged": "verdicts",
    "ingest": "verbs",
    "init": "verbs",
    "layout": "plates:lay_out_order",
    "look_at_plates": "plate_views",
    "mappings": "mappings",
    "order": "verbs",
    "pairs": "matched",
    "predict": "predicting",
    "promote": "promoting",
    "propose": "batches:propose_batch",
    "propose_from_files": "plain",
    "quarantine": "quarantine",
    "readback": "verbs",
    "reconsider": "verdicts",
    "replay": "replays:replay_file",
    "report": "pages:write_report",
    "restore_row": "fixes",
    "retry": "quarantine",
    "revise": "batches",
    "run": "verbs:run_campaign",
    "shadow": "shadow",
    "status": "verbs",
    "take_layout": "layouts",
    "train": "property_models",
    "verify": "evidence",
    "why": "evidence",
    "write_explained": "explain_page",
}
"""Name on this face -> module of the api, and the name there where it differs."""

if not TYPE_CHECKING:  # a type checker reads the imports above, and refuses any other name

    def __getattr__(name: str) -> object:
        """Load one function of the api."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, _, there = _HOMES[name].partition(":")
        found = getattr(import_module(f"loopwright.api.{module}"), there or name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        """Return what the face shows."""
        return sorted([*__all__, "__version__"])
