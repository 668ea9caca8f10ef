# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError, SpecError
from loopwright.registry import build

RECIPES = build("modalities", "recipes", {})
GOOD = "temperature_C=80;time_h=2;ligand=XPhos;equivalents=1.5"
MIX = {
    "parameters": [
        {"name": "a", "low": 0, "high": 1},
        {"name": "b", "low": 0, "high": 1},
        {"name": "n", "kind": "integer", "low": 1, "high": 4},
    ],
    "constraints": [{"coefficients": {"a": 1, "b": 1}, "at_most": 0.3}],
}


@given(st.floats(20, 120), st.floats(0.5, 24), st.sampled_from(["XPhos", "SPhos", "PPh3"]))
def test_any_recipe_within_the_ranges_reads_back_as_itself(temperature, time, ligand):
    text = f"time_h={time!r}; ligand={ligand}; equivalents=1; temperature_C={temperature!r}"
    candidate = RECIPES.parse(text)
    assert RECIPES.parse(candidate.text) == candidate


def test_numbers_have_one_notation_and_parameters_one_order():
    other = "equivalents=1.50;ligand=XPhos; time_h = 2.0000001;temperature_C=8e1"
    assert RECIPES.parse(other).text == RECIPES.parse(GOOD).text == GOOD


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (GOOD.replace("80", "121"), "20 to 120"),
        (GOOD.replace("80", "nan"), "20 to 120"),
        (GOOD.replace("80", "hot"), "no number"),
        (GOOD.replace("XPhos", "xphos"), "not one of"),
        (GOOD.replace(";time_h=2", ""), "lacks time_h"),
        (GOOD + ";pressure=1", "has pressure"),
        (GOOD + ";time_h=3", "twice"),
    ],
)
def test_a_recipe_outside_its_space_is_refused_with_the_reason(bad, why):
    assert RECIPES.parse(GOOD)
    with pytest.raises(DataError, match=why):
        RECIPES.parse(bad)


def test_a_limit_holds_on_paper_in_spite_of_binary_fractions():
    mix = build("modalities", "recipes", MIX)
    assert mix.parse("a=0.1;b=0.2;n=1").text == "a=0.1;b=0.2;n=1"
    with pytest.raises(DataError, match="constraint 1"):
        mix.parse("a=0.1;b=0.21;n=1")


def test_draws_and_neighbours_keep_every_limit():
    mix = build("modalities", "recipes", MIX)
    rng = np.random.default_rng(0)
    drawn = mix.draw(100, rng)
    assert len(drawn) == 100
    for candidate in [*drawn, *mix.near(drawn[0], 50, rng)]:
        point = mix.space.point(candidate.text)
        assert point[0] + point[1] <= 0.3 + 1e-9 and 1 <= point[2] <= 4


def test_draws_reach_all_of_the_space():
    vector = RECIPES.describe(RECIPES.draw(400, np.random.default_rng(0)), RECIPES.offers).blocks[
        "vector"
    ]
    assert vector.shape == (400, 6)
    assert vector.min(0).max() < 0.05 and vector.max(0).min() > 0.95
    np.testing.assert_allclose(vector[:, 2:5].sum(1), 1.0)


def test_neighbours_are_nearer_than_draws():
    rng = np.random.default_rng(0)
    centre = RECIPES.parse("temperature_C=70;time_h=12;ligand=XPhos;equivalents=2")
    here = RECIPES.describe([centre], RECIPES.offers).blocks["vector"][:, [0, 1, 5]]

    def far(some):
        return np.abs(
            RECIPES.describe(some, RECIPES.offers).blocks["vector"][:, [0, 1, 5]] - here
        ).mean()

    assert far(RECIPES.near(centre, 100, rng)) < far(RECIPES.draw(100, rng)) / 2


def test_a_small_space_gives_all_it_holds_and_no_more():
    tiny = build(
        "modalities",
        "recipes",
        {"parameters": [{"name": "x", "kind": "categorical", "levels": ["a", "b", "c"]}]},
    )
    assert sorted(c.text for c in tiny.draw(10, np.random.default_rng(0))) == ["x=a", "x=b", "x=c"]
    assert len(tiny.near(tiny.parse("x=a"), 10, np.random.default_rng(0))) == 2


def test_a_narrow_mixture_can_still_be_drawn():
    names = "abcdef"
    parameters = [{"name": n, "low": 0, "high": 1} for n in names]
    limit = {"coefficients": dict.fromkeys(names, 1.0), "at_most": 1.0}
    mix = build("modalities", "recipes", {"parameters": parameters, "constraints": [limit]})
    assert len(mix.draw(20, np.random.default_rng(0))) == 20


@pytest.mark.parametrize(
    "options",
    [
        {"parameters": [{"name": "a", "low": 1, "high": 1}]},
        {"parameters": [{"name": "a"}]},
        {"parameters": [{"name": "a=b", "low": 0, "high": 1}]},
        {"parameters": [{"name": "a", "kind": "categorical"}]},
        {"parameters": [{"name": "a", "kind": "integer", "low": 0.5, "high": 3}]},
        {"parameters": [{"name": "a", "low": 0, "high": 1}, {"name": "a", "low": 0, "high": 1}]},
        {**MIX, "constraints": [{"coefficients": {"z": 1}, "at_most": 1}]},
        {**MIX, "constraints": [{"coefficients": {"a": 1}, "at_most": -1}]},
    ],
    ids=[
        "no width", "no range", "a sign in a name", "no levels", "half a whole number",
        "one name twice", "a limit on nothing", "a limit that nothing meets",
    ],
)  # fmt: skip
def test_options_that_describe_no_space_are_refused(options):
    assert build("modalities", "recipes", MIX)
    with pytest.raises(SpecError):
        build("modalities", "recipes", options)


def test_all_faults_of_the_options_are_told_at_once():
    bad = {"parameters": [{"name": "a"}, {"name": "b", "kind": "categorical"}]}
    with pytest.raises(SpecError, match=r"'a'.*'b'"):
        build("modalities", "recipes", bad)


# ---- substances
LIGANDS = [
    "CC(C)(C)P(C(C)(C)C)C(C)(C)C",
    "CC(C)(C)P(C(C)(C)C)C(C)C",
    "[OH-].[Na+]",
    "c1ccc2ncccc2c1",
]


def of_substances(levels):
    return build(
        "modalities",
        "recipes",
        {
            "parameters": [
                {"name": "ligand", "kind": "substance", "levels": levels},
                {"name": "T", "low": 0, "high": 10},
            ]
        },
    )


def apart(levels):
    """Distances between recipes that differ in their substance."""
    recipes = of_substances(levels)
    vector = recipes.describe([recipes.parse(f"ligand={v};T=5") for v in levels], recipes.offers)
    x = vector.blocks["vector"]
    return np.linalg.norm(x[:, None] - x[None], axis=2)


def test_like_substances_lie_nearer_than_unlike_ones():
    far = apart(LIGANDS)
    assert far[0, 1] == far[np.triu_indices(4, 1)].min()
    assert far[0, 1] < 0.95 * min(far[0, 2], far[0, 3])


def test_settings_one_by_one_are_alike_in_scale():
    parameters = [
        {"name": "ligand", "kind": "substance", "levels": LIGANDS},
        {"name": "base", "kind": "categorical", "levels": ["a", "b", "c"]},
        {"name": "T", "low": 20, "high": 120},
    ]
    recipes = build("modalities", "recipes", {"parameters": parameters})
    some = recipes.draw(400, np.random.default_rng(0))
    x = recipes.describe(some, recipes.offers).blocks["settings"]
    assert x.dtype == np.float32
    assert x.shape[:2] == (400, 3)
    apart = np.square(x[:, None] - x[None]).sum(3).mean((0, 1))
    np.testing.assert_allclose(apart, 1.0, atol=0.4)


def test_how_a_structure_is_written_and_where_it_stands_does_not_matter():
    other = ["P(C(C)(C)C)(C(C)(C)C)C(C)(C)C", *LIGANDS[1:]]
    np.testing.assert_allclose(apart(other), apart(LIGANDS), atol=1e-5)
    np.testing.assert_allclose(apart(LIGANDS[::-1]), apart(LIGANDS)[::-1, ::-1], atol=1e-5)


def test_substances_that_chemistry_cannot_tell_apart_are_still_two():
    far = apart(["OC", "CO", "CC#N"])
    assert 0 < far[0, 1] < far[0, 2]


def test_a_recipe_of_substances_keeps_the_text_of_the_level():
    recipes = of_substances(LIGANDS)
    assert recipes.parse("T=5;ligand=[OH-].[Na+]").text == "ligand=[OH-].[Na+];T=5"
    assert len(recipes.draw(40, np.random.default_rng(0))) == 40


@pytest.mark.parametrize("level", ["XPhos", "C1CC", "c1cc1"])
def test_a_substance_that_is_no_structure_is_refused_by_its_name(level):
    assert of_substances(LIGANDS)
    with pytest.raises(SpecError, match=f"'ligand': '{level}' is no structure"):
        of_substances([*LIGANDS, level])
