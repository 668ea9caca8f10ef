# SPDX-License-Identifier: Apache-2.0
"""What stands beside predictions: computed numbers, structural alerts, a second reading.

Mutagenicity is read twice where a model states its probability: by the model, and by rules.

Source:
    ICH M7(R2) (2023), section 6: two (Q)SAR methods that complement each other, one of expert
    rules and one of statistics; where they disagree or cannot tell, an expert looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from loopwright.core.ports import Calculator, Modality, Warner
from loopwright.core.readings import Alert
from loopwright.core.values import Candidate
from loopwright.data.text import harmless

__all__ = ["MUTAGENICITY", "Statistics", "beside_cells", "beside_columns"]

MUTAGENICITY = "mutagenicity"
"""The property that is read twice, and the list of alerts that is its second reading."""

HALF, CLEAR = 0.5, 0.1
"""A probability within this of one half is inconclusive, however sure it is of that."""

_ALERTS = ("structure_read", "alerts", "alert_atoms")
_TWICE = ("mutagenicity_rules", "mutagenicity_agreement")

Statistics = tuple[float, float, bool]
"""Lower and upper end of a probability, and whether the structure is in the domain."""


def beside_columns(modality: Modality, *, is_read_twice: bool) -> list[str]:
    """Return the names of the columns that are added.

    Args:
        modality: What it can tell.
        is_read_twice: Whether a model states the probability of mutagenicity.
    """
    computed = modality.computed_names if isinstance(modality, Calculator) else ()
    warned = _ALERTS if isinstance(modality, Warner) else ()
    return [*computed, *warned, *(_TWICE if warned and is_read_twice else ())]


def beside_cells(
    modality: Modality, candidates: Sequence[Candidate], statistics: Sequence[Statistics]
) -> Iterator[list[str]]:
    """Yield the cells of each candidate, in the order of ``beside_columns``.

    Args:
        modality: What it can tell.
        candidates: n of them.
        statistics: What the model says of the mutagenicity of each, length n; empty if none does.
    """
    computed = modality.computed(candidates) if isinstance(modality, Calculator) else ()
    warned = modality.alerts(candidates) if isinstance(modality, Warner) else ()
    for place in range(len(candidates)):
        cells = [f"{value:.6g}" for value in computed[place].values()] if computed else []
        if warned:
            cells += [harmless(candidates[place].text), *_told(warned[place])]
            if statistics:
                cells += _read_twice(warned[place], statistics[place])
        yield cells


def _told(alerts: Sequence[Alert]) -> list[str]:
    """Return names and atoms; the two lists have one order."""
    names = [f"{a.catalogue}: {a.name}" for a in alerts]
    atoms = [" ".join(map(str, a.atoms)) for a in alerts]
    return ["; ".join(names), "; ".join(atoms)]


def _read_twice(alerts: Sequence[Alert], statistics: Statistics) -> list[str]:
    """Return what the rules say of mutagenicity, and whether the statistics say the same."""
    named = [a.name for a in alerts if a.catalogue == MUTAGENICITY]
    rules = "positive" if named else "negative"
    low, high, in_domain = statistics
    if not in_domain:
        said = "out of domain"
    elif low >= HALF and high > HALF + CLEAR:
        said = "positive"
    elif high < HALF and low < HALF - CLEAR:
        said = "negative"
    else:
        said = "inconclusive"
    agreed = f"both {rules}" if said == rules else f"statistics {said}, rules {rules}: look"
    return [rules + (f": {'; '.join(named)}" if named else ""), agreed]
