# SPDX-License-Identifier: Apache-2.0
"""How alike two recipes are to the process: setting by setting, and all settings together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.values import Features, FloatArray
from loopwright.models.gp.kernel import Floats, rough
from loopwright.science.similarity import squared_distance

__all__ = ["BySettings"]


@frozen(kw_only=True, eq=False)
class BySettings:
    """A relation of two parts: what each setting does by itself, and what only all of them do.

    A good base is good with most ligands: that is learned from few experiments. That this one
    ligand needs that one base is not, and the second part leaves room for it.

    Source:
        Duvenaud, Nickisch & Rasmussen (2011), Additive Gaussian Processes, arXiv:1112.4394.
    """

    noise: float
    """Variance of one measurement, as a share of the prior variance."""

    mix: float
    """Weight of the settings one by one, 0 to 1."""

    length: float
    """Length scale of all settings together."""

    reach: float
    """Length scale of one setting by itself; both in units of typical distances."""

    shares: FloatArray
    """Of each of k settings in what they do by themselves, shape (k,), sum 1."""

    lengths: FloatArray
    """How far one has to go in each setting, beside the others, shape (k,); 1 for levels."""

    def prior(self, a: Features, b: Features) -> Floats:
        """Return prior correlations of n recipes with m recipes, shape (n, m)."""
        x, y = (np.asarray(f.blocks["settings"]) / self.lengths[:, None] for f in (a, b))
        together = np.zeros((len(x), len(y)), np.float32)
        alone = np.zeros_like(together)
        for j, share in enumerate(self.shares):
            apart = squared_distance(*(p[:, j].astype(np.float32) for p in (x, y)))
            together += apart / np.float32(len(self.shares))
            alone += np.float32(share) * rough(apart / np.float32(self.reach**2))
        return np.asarray(
            np.float32(self.mix) * alone
            + np.float32(1.0 - self.mix) * rough(together / np.float32(self.length**2))
        )

    def dump(self) -> dict[str, npt.NDArray[Any]]:
        """Return all that was learned."""
        numbers = np.array([self.noise, self.mix, self.length, self.reach])
        return {"numbers": numbers, "shares": self.shares, "lengths": self.lengths}

    @staticmethod
    def load(arrays: Mapping[str, npt.NDArray[Any]]) -> BySettings:
        """Return the relation of a dump."""
        noise, mix, length, reach = arrays["numbers"].tolist()
        return BySettings(
            noise=noise,
            mix=mix,
            length=length,
            reach=reach,
            shares=arrays["shares"],
            lengths=arrays["lengths"],
        )
