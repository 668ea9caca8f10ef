# SPDX-License-Identifier: Apache-2.0
"""Whether two learners differ, when both were tried on the same repeated splits of one data set.

Splits share rows, so their differences are not independent and a plain t-test calls equal
learners different far too often. Nothing here knows what was learned.
"""

from __future__ import annotations

import math

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import FloatArray

__all__ = ["Paired", "corrected_t"]


@frozen(kw_only=True)
class Paired:
    """The mean difference over splits, with its 95 % interval and two-sided p-value."""

    difference: float
    low: float
    high: float
    p: float

    @property
    def is_clear(self) -> bool:
        """Return whether the difference would be rare between equals: p < 0.05."""
        return self.p < 0.05


def corrected_t(differences: FloatArray, *, test_over_train: float) -> Paired:
    """Return the corrected resampled t-test of paired differences.

    Args:
        differences: Of the two errors on each held-out part, shape (j,), j >= 2.
        test_over_train: Rows of a held-out part over rows that were learned from, > 0.

    Raises:
        DataError: There are fewer than two differences.

    Source:
        Nadeau & Bengio (2003), doi:10.1023/A:1024068626366, section 3; for repeated
        cross-validation Bouckaert & Frank (2004), doi:10.1007/978-3-540-24775-3_3.

    Example:
        >>> import numpy as np
        >>> found = corrected_t(np.array([1.0, 2.0, 3.0]), test_over_train=2 / 3)
        >>> found.difference, round((found.high - found.low) / 2 / 4.302652729911275, 6)
        (2.0, 1.0)
    """
    from scipy.stats import t

    n = len(differences)
    if n < 2:
        raise DataError("One split shows no difference", remedy="Repeat the split.")
    mean = float(differences.mean())
    error = math.sqrt((1.0 / n + test_over_train) * float(differences.var(ddof=1)))
    if error == 0.0:
        return Paired(difference=mean, low=mean, high=mean, p=1.0 if mean == 0.0 else 0.0)
    reach = float(t.ppf(0.975, n - 1)) * error
    p = 2.0 * float(t.sf(abs(mean) / error, n - 1))
    return Paired(difference=mean, low=mean - reach, high=mean + reach, p=p)
