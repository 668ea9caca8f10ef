# SPDX-License-Identifier: Apache-2.0
"""Rates of reactions, and what a batch reactor holds after a while."""

from __future__ import annotations

import math

__all__ = ["consecutive_yield", "rate_at"]

GAS_CONSTANT_J_PER_MOL_K = 8.31446261815324


def rate_at(reference_per_h: float, *, activation_kJ_per_mol: float, temperature_C: float) -> float:
    """Return a rate constant at another temperature than 80 degrees C (Arrhenius).

    Args:
        reference_per_h: Rate constant at 80 degrees C, 1/h.
        activation_kJ_per_mol: Activation energy.
        temperature_C: Temperature asked for.

    Returns:
        Rate constant, 1/h.

    Source:
        Arrhenius (1889), doi:10.1515/zpch-1889-0416.
    """
    inverse = 1.0 / (temperature_C + 273.15) - 1.0 / (80.0 + 273.15)
    exponent = -activation_kJ_per_mol * 1000.0 / GAS_CONSTANT_J_PER_MOL_K * inverse
    return reference_per_h * math.exp(exponent)


def consecutive_yield(k1_per_h: float, k2_per_h: float, *, time_h: float) -> float:
    """Return the fraction of B in A -> B -> C, both of first order, starting from A alone.

    Args:
        k1_per_h: Rate constant of A -> B, > 0.
        k2_per_h: Rate constant of B -> C, >= 0.
        time_h: Time since the start, >= 0.

    Returns:
        Between 0 and 1.

    Source:
        Levenspiel (1999), Chemical Reaction Engineering, 3rd ed., eq. 3.47.

    Example:
        >>> round(consecutive_yield(1.0, 1.0, time_h=1.0), 4)
        0.3679
    """
    if math.isclose(k1_per_h, k2_per_h, rel_tol=1e-9):
        return k1_per_h * time_h * math.exp(-k1_per_h * time_h)
    early, late = math.exp(-k1_per_h * time_h), math.exp(-k2_per_h * time_h)
    return k1_per_h / (k2_per_h - k1_per_h) * (early - late)
