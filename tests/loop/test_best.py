# SPDX-License-Identifier: Apache-2.0
"""What is known to lie above the best value is better than it."""

import numpy as np
import pytest

from loopwright.core.values import Targets
from loopwright.loop.known import Best, Data
from loopwright.spec.goal import Goal


def _data(rows, **goal):
    """Data of rows such as ``("a", ">", 8.0)``."""
    ids, signs, values = zip(*rows, strict=True)
    bounds = [{"<": -1, "=": 0, ">": 1}[sign] for sign in signs]
    targets = Targets(
        values=np.array(values, float)[:, None],
        bounds=np.array(bounds, np.int8)[:, None],
        n_replicates=np.ones((len(rows), 1), np.int64),
    )
    return Data(goal=Goal(property="p", **goal), ids=ids, targets=targets, hits=frozenset(ids))


@pytest.mark.parametrize(
    ("rows", "goal", "best"),
    [
        ([("a", "=", 4.9), ("b", ">", 8.0)], {}, ("b", 8.0, ">")),
        ([("a", "=", 8.0), ("b", ">", 8.0)], {}, ("b", 8.0, ">")),
        ([("a", "=", 8.1), ("b", ">", 8.0)], {}, ("a", 8.1, "=")),
        ([("a", "=", 4.9), ("b", "<", 8.0)], {}, ("a", 4.9, "=")),
        ([("a", "=", 4.9), ("a", ">", 8.0), ("b", "=", 5.0)], {}, ("b", 5.0, "=")),
        ([("a", "=", 4.9), ("b", "<", 1.0)], {"direction": "minimize"}, ("b", 1.0, "<")),
        ([("a", "=", 4.9), ("b", ">", 1.0)], {"direction": "minimize"}, ("a", 4.9, "=")),
        ([("a", "=", 4.9), ("b", ">", 7.0)], {"match": 7.0}, ("a", 4.9, "=")),
        ([("b", "<", 8.0)], {}, None),
    ],
)
def test_a_limit_is_the_best_where_it_says_so(rows, goal, best):
    data = _data(rows, **goal)
    found = data.best_of()
    assert found == (best and Best(candidate=best[0], value=best[1], relation=best[2]))
    if best:
        assert data.best == data.goal.worth(np.array([best[1]]))[0]
        others = data.best_of(but={best[0]})
        assert others is None or others.candidate != best[0]


def test_belief_stays_within_the_limits_that_were_measured_and_else_as_it_was():
    rows = [("a", "=", 4.9), ("b", ">", 8.0), ("c", "<", 3.0), ("d", ">", 5.0), ("d", "<", 4.0)]
    rows += [("a", ">", 7.0)]
    mean = np.array([5.1, 6.0, 3.7, 6.5, 9.0])
    found = _data(rows).believed(["a", "b", "c", "d", "new"], mean)
    assert found.tolist() == [5.1, 8.0, 3.0, 6.5, 9.0]
    assert _data(rows).believed(["b"], np.array([9.5])).tolist() == [9.5]
