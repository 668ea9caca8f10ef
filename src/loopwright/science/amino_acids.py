# SPDX-License-Identifier: Apache-2.0
"""What the twenty amino acids of the genetic code are like, by published numbers."""

from __future__ import annotations

import re

import numpy as np

from loopwright.core.values import FloatArray

__all__ = ["LETTERS", "Z_SCALES", "distances", "is_sequence"]

LETTERS = "ACDEFGHIKLMNPQRSTVWY"
"""In the order of every array here."""

_SEQUENCE = re.compile(rf"(?=.{{15}})(?=.*[DEHKLMQRVWY])[{LETTERS}]+\*?(?:[:/|][{LETTERS}]+\*?)*")
"""Fifteen letters and more, one of them that stands neither in DNA nor alone in SMILES."""


def is_sequence(text: str) -> bool:
    """Return whether a text can hardly be anything but a protein: its chains, in capitals.

    Example:
        >>> is_sequence("MQYKLILNGKTLKGE"), is_sequence("CCCCCCCCCCCCCCCCO"), is_sequence("KRAS")
        (True, False, False)
    """
    return _SEQUENCE.fullmatch("".join(text.split())) is not None


Z_SCALES: FloatArray = np.array(
    [
        (0.24, -2.32, 0.60, -0.14, 1.30),
        (0.84, -1.67, 3.71, 0.18, -2.65),
        (3.98, 0.93, 1.93, -2.46, 0.75),
        (3.11, 0.26, -0.11, -3.04, -0.25),
        (-4.22, 1.94, 1.06, 0.54, -0.62),
        (2.05, -4.06, 0.36, -0.82, -0.38),
        (2.47, 1.95, 0.26, 3.90, 0.09),
        (-3.89, -1.73, -1.71, -0.84, 0.26),
        (2.29, 0.89, -2.49, 1.49, 0.31),
        (-4.28, -1.30, -1.49, -0.72, 0.84),
        (-2.85, -0.22, 0.47, 1.94, -0.98),
        (3.05, 1.62, 1.04, -1.15, 1.61),
        (-1.66, 0.27, 1.84, 0.70, 2.00),
        (1.75, 0.50, -1.44, -1.34, 0.66),
        (3.52, 2.50, -3.50, 1.99, -0.17),
        (2.39, -1.07, 1.15, -1.39, 0.67),
        (0.75, -2.18, -1.12, -1.46, -0.40),
        (-2.59, -2.64, -1.54, -0.85, -0.02),
        (-4.36, 3.94, 0.59, 3.44, -1.59),
        (-2.54, 2.44, 0.43, 0.04, -1.47),
    ]
)
"""Five principal properties of each: lipophilicity, bulk, polarity and two of charge and electronic
effects; Sandberg et al. (1998), doi:10.1021/jm9700575, table 1."""


def distances() -> FloatArray:
    """Return squared distances of the z-scales, shape (20, 20); the typical pair is at 1."""
    apart = np.square(Z_SCALES[:, None, :] - Z_SCALES[None, :, :]).sum(-1)
    return np.asarray(apart / np.median(apart[np.triu_indices(len(LETTERS), 1)]))
