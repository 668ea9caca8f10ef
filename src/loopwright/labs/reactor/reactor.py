# SPDX-License-Identifier: Apache-2.0
"""A -> B -> C in a batch reactor: hot and long makes more, and destroys more."""

from __future__ import annotations

import hashlib

import numpy as np
from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Candidate, Order, RawFile
from loopwright.data.results import order_rows, to_csv
from loopwright.science.kinetics import consecutive_yield, rate_at

__all__ = ["Reactor", "true_yield_percent"]

LIGAND_ACTIVITY = {"XPhos": 1.0, "SPhos": 0.6, "PPh3": 0.15}


def true_yield_percent(
    temperature_C: float, time_h: float, equivalents: float, ligand: str
) -> float:
    """Return the yield without noise, in percent.

    The wanted step has 60 kJ/mol and runs at the ligand's activity; the loss has 95 kJ/mol and
    grows with the excess of reagent.
    """
    k1 = rate_at(
        0.5 * LIGAND_ACTIVITY[ligand] * equivalents**0.5,
        activation_kJ_per_mol=60.0,
        temperature_C=temperature_C,
    )
    k2 = rate_at(0.02 * equivalents, activation_kJ_per_mol=95.0, temperature_C=temperature_C)
    return 100.0 * consecutive_yield(k1, k2, time_h=time_h)


@frozen(kw_only=True)
class Reactor:
    """Runs the example recipe: temperature_C, time_h, equivalents, ligand."""

    noise_percent: float
    is_costly: bool = False

    def submit(self, order: Order) -> None:
        """Do nothing: the reactor is always free."""

    def collect(self, order: Order) -> tuple[RawFile, ...]:
        """Return one file with the yield of every recipe of the order."""
        rows = [{**row, "unit": "%"} for row in order_rows(order)]
        by_id = {c.id: c for c in order.candidates}
        for row in rows:
            row["value"] = f"{self._measure(by_id[row['candidate_id']], order.id):.4f}"
        return (RawFile(name=f"{order.id}-results.csv", content=to_csv(rows)),)

    def _measure(self, candidate: Candidate, order_id: str) -> float:
        """Return one measured yield; the draw depends on recipe and order only."""
        try:
            settings = dict(part.split("=", 1) for part in candidate.text.split(";"))
            truth = true_yield_percent(
                float(settings["temperature_C"]),
                float(settings["time_h"]),
                float(settings["equivalents"]),
                settings["ligand"],
            )
        except (KeyError, ValueError) as ex:
            raise DataError(
                f"The reactor cannot run {candidate.text!r}: {ex}",
                where=candidate.id,
                remedy="Use the example recipe: temperature_C, time_h, equivalents, ligand.",
            ) from ex
        seed = hashlib.sha256(f"{order_id}|{candidate.id}".encode()).digest()[:8]
        rng = np.random.default_rng(int.from_bytes(seed, "little"))
        return float(np.clip(truth + self.noise_percent * rng.standard_normal(), 0.0, 100.0))
