# SPDX-License-Identifier: Apache-2.0
"""What a campaign has measured so far, as a generator sees it."""

from __future__ import annotations

import numpy as np

from loopwright.core.past import Past
from loopwright.loop.view import View

__all__ = ["failed_of", "past_of"]


def past_of(view: View) -> Past:
    """Return what is measured of the first goal, and who failed, oldest first.

    Of a candidate with a value and a limit the value counts, of two limits the better one.
    """
    data = view.data
    worth: dict[str, tuple[bool, float]] = {}
    rows = zip(data.ids, data.worth.tolist(), data.targets.bounds[:, 0].tolist(), strict=True)
    for candidate, value, bound in rows:
        told = (bound == 0, value)
        worth[candidate] = max(told, worth.get(candidate, told))
    came = dict.fromkeys(m.candidate_id for m in view.measurements)
    failed = failed_of(view)
    known = [i for i in came if i in worth]
    return Past(
        measured=tuple(view.named(known)),
        worth=np.array([worth[i][1] for i in known]),
        failed=tuple(view.named([i for i in came if i in failed and i not in worth])),
    )


def failed_of(view: View) -> set[str]:
    """Return whose assay came home without a value; what another assay says of it is no failure."""
    asked = {goal.property for goal in view.spec.goals}
    assayed = (m for m in view.measurements if m.standard_type in asked)
    return {m.candidate_id for m in assayed if m.standard_value is None}
