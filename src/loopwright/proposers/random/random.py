# SPDX-License-Identifier: Apache-2.0
"""Takes any."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.slate import Slate

__all__ = ["Random"]


@frozen(kw_only=True)
class Random:
    """Looks at nothing."""

    is_guided: bool = False

    def propose(
        self, slate: Slate, batch_size: int, rng: np.random.Generator
    ) -> npt.NDArray[np.intp]:
        """Return rows drawn without regard to anything."""
        return rng.permutation(len(slate.features))[:batch_size]
