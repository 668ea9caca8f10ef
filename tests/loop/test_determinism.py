# SPDX-License-Identifier: Apache-2.0
"""Equal specs do equal things, whatever the time, the place and the number of threads."""

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from loopwright.api import verbs
from loopwright.loop.run import advance, look
from loopwright.loop.state import State


def ran(place):
    """Run to the end; return all orders and the hash of the state."""
    verbs.run_campaign(place)
    state = look(place.reading()).state
    return [o.candidates for o in state.orders], state.digest()


@pytest.mark.parametrize("model", ["neighbour", "gp"])
def test_the_same_seed_gives_the_same_picks_and_the_same_state(recipes, model):
    one, two = ran(recipes(model=model)), ran(recipes(model=model))
    assert one == two
    assert len(one[0]) == 2 and len(one[0][1]) == 3


def test_another_seed_gives_other_picks(recipes):
    one, two = ran(recipes(seed=3)), ran(recipes(seed=4))
    assert one[0] != two[0] and one[1] != two[1]


@pytest.mark.slow
def test_one_thread_and_two_give_the_same_picks(recipes):
    picks = []
    for n in (1, 2):
        place = recipes(model="gp", start=12, cycles=2)
        with threadpool_limits(limits=n, user_api="blas"):
            used = {i["num_threads"] for i in threadpool_info() if i["user_api"] == "blas"}
            picks.append(ran(place)[0])
        assert max(used) <= n
    assert picks[0] == picks[1]
    assert len(picks[0]) == 3


def test_opening_a_campaign_after_each_step_ends_where_an_unbroken_one_does(recipes):
    whole, stepped = recipes(), recipes()
    unbroken = ran(whole)
    n_steps = 0
    while True:
        with stepped.writing() as campaign:
            if not isinstance(advance(campaign), State):
                break
        n_steps += 1
    assert n_steps == 7
    assert ran(stepped) == unbroken


def test_a_finished_campaign_that_is_run_again_adds_no_fact(recipes):
    place = recipes()
    once = ran(place)
    n_facts = len(place.ledger())
    assert ran(place) == once and len(place.ledger()) == n_facts
