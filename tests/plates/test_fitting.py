# SPDX-License-Identifier: Apache-2.0
"""Many curves at once."""

import numpy as np
import pytest

from loopwright.plates.fitting import PARALLEL_FROM, Task, fit_curves
from loopwright.science.logistic import Bounds

DOSE = 10.0 ** np.arange(-9.0, -4.0, 0.5)


def task(i):
    rng = np.random.default_rng(i)
    response = 100 / (1 + 10 ** (-6.0 - 0.05 * i - np.log10(DOSE))) + 3 * rng.normal(size=10)
    return Task(
        concentration_molar=tuple(map(float, DOSE)),
        response_percent=tuple(map(float, response)),
        names=tuple(f"A{j + 1}" for j in range(10)),
        bounds=Bounds(hill=(0.5, 2.0)),
    )


@pytest.mark.slow
def test_curves_are_the_same_to_the_last_bit_on_one_process_and_on_many():
    tasks = [task(i) for i in range(PARALLEL_FROM + 1)]
    assert fit_curves(tasks, n_workers=2) == fit_curves(tasks, n_workers=1)


def test_a_curve_that_cannot_be_fitted_comes_back_from_another_process_with_its_reason():
    empty = Task(concentration_molar=(), response_percent=(), names=())
    found = fit_curves([empty, *(task(i) for i in range(PARALLEL_FROM))], n_workers=2)
    assert found[0].relation is None and "0 distinct concentrations" in found[0].flags[0]
    assert {c.relation for c in found[1:]} == {"="}
