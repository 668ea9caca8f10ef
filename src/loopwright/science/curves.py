# SPDX-License-Identifier: Apache-2.0
"""From the wells of one compound to its half-maximal concentration, or to a reason why not.

A curve that cannot carry a number gets none: it becomes a limit (``>`` or ``<``) where the wells
bear one out, and stays without a value where they do not. No well is ever dropped in silence.
Nothing here knows a plate, a file or an assay; ``plate_quality`` makes the percent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from attrs import evolve, frozen
from scipy.special import fdtrc, stdtr, stdtrit

from loopwright.core.errors import DataError
from loopwright.core.values import FloatArray
from loopwright.science.curve_wells import CurveWell, read_wells, unused, without
from loopwright.science.logistic import Bounds, Logistic, fit_logistic, outlying

__all__ = ["Curve", "Rules", "fit_curve"]


@frozen(kw_only=True)
class Rules:
    """When a curve carries a number, and what is told beside it."""

    half_percent: float = 50.0
    """Half of the effect of the positive control: what a limit is about."""

    n_concentrations: int = 5
    """Fewest distinct concentrations that are fitted."""

    max_noise: float = 0.25
    """Largest residual standard deviation that is fitted, as a share of the curve's rise."""

    p_response: float = 0.01
    """Largest p value (curve or straight line against a constant) that counts as a response."""

    p_reversal: float = 0.05
    """Largest p value (F test, times the places tried) that counts as a bell shape."""

    min_fall: float = 0.2
    """Smallest fall that counts as a bell shape, as a share of the rise before it."""

    plateau_share: float = 0.8
    """Share of the window beyond which a plateau counts as reached."""

    hill: tuple[float, float] = (0.5, 3.0)
    """Slopes beyond these are told."""

    plateau_percent: float = 25.0
    """Plateaux farther than this from 0 and 100 % are told."""

    coverage: float = 0.95
    """Of all intervals."""


@frozen(kw_only=True)
class Curve:
    """What the wells of one compound say, with every well that was given."""

    wells: tuple[CurveWell, ...]
    """In the order of the input, all of them."""

    relation: Literal["=", ">", "<"] | None
    """None: the wells bear out neither a value nor a limit."""

    fit: Logistic | None
    """None unless ``relation`` is "="."""

    flags: tuple[str, ...]
    """What a person should know before using the value; plain sentences."""

    @property
    def ec50_molar(self) -> float | None:
        """The number that stands behind the relation, in mol/L."""
        if self.fit is not None:
            return float(10.0**self.fit.log10_ec50.value)
        tested = [w.concentration_molar for w in self.wells if w.is_used]
        match self.relation:
            case ">":
                return max(tested)
            case "<":
                return min(tested)
            case _:
                return None

    @property
    def interval_molar(self) -> tuple[float, float] | None:
        """The interval of a fitted value in mol/L; 0 or infinite where an end is open."""
        if self.fit is None:
            return None
        return 10.0**self.fit.log10_ec50.low, 10.0**self.fit.log10_ec50.high


def fit_curve(
    concentration_molar: npt.ArrayLike,
    response_percent: npt.ArrayLike,
    *,
    names: Sequence[str] | None = None,
    direction: Literal["rising", "falling"] = "rising",
    bounds: Bounds | None = None,
    rules: Rules | None = None,
) -> Curve:
    """Fit one dose-response curve if its wells can carry it, and say so if they cannot.

    A fitted value is the relative one: half way between the fitted plateaux. A limit speaks
    of half the positive control's effect. With plateaux at 0 and 100 % the two are the same.

    Args:
        concentration_molar: One per well, mol/L, > 0, shape (n,).
        response_percent: One per well, shape (n,); NaN where there is none. 0 % is the level
            without compound and 100 % the full effect if ``direction`` is "rising"; the other
            way round (percent of remaining activity) if it is "falling".
        names: What the wells are called; their numbers if None.
        direction: Which way an active compound moves the response.
        bounds: Where the parameters may lie, in the percent that was given.
        rules: When a curve carries a number.

    Raises:
        DataError: The inputs differ in length, a concentration is not above zero, a response
            is infinite, or there is no such direction.

    Source:
        Beck et al. (2017), Assay Operations for SAR Support, in: Assay Guidance Manual,
        NCBI Bookshelf NBK91994; the thresholds in ``Rules`` are our own.

    Example:
        >>> dose = np.repeat(10.0 ** np.arange(-9.0, -4.0), 2)
        >>> noise = np.tile([0.5, -0.5], 5)
        >>> curve = fit_curve(dose, 100 / (1 + 1e-7 / dose) + noise)
        >>> curve.relation, round(curve.ec50_molar, 9), curve.flags
        ('=', 1e-07, ())
    """
    rules, bounds = rules or Rules(), bounds or Bounds()
    wells = read_wells(concentration_molar, response_percent, names)
    is_falling = _is_falling(direction)
    wanted = _Fitting(rules, bounds.mirrored() if is_falling else bounds)
    x = np.array([math.log10(w.concentration_molar) for w in wells if w.is_used])
    y = np.array([w.response_percent for w in wells if w.is_used])
    said = wanted.judge(x, 100.0 - y if is_falling else y)
    fit = said.fit.mirrored() if said.fit is not None and is_falling else said.fit
    n_blank = sum(not w.is_used for w in wells)
    blank = (f"{_count(n_blank, 'well')} without a response left out",) if n_blank else ()
    used = [w for w in wells if w.is_used]
    odd = tuple(
        f"well {used[i].name} lies far off the curve; kept, look at it" for i in said.outlying
    )
    return Curve(
        wells=without(wells, above=said.cut_molar) if said.relation else unused(wells),
        relation=said.relation,
        fit=fit,
        flags=(*blank, *said.flags, *odd),
    )


@frozen(kw_only=True)
class _Said:
    """What became of responses that rise from 0 to 100."""

    relation: Literal["=", ">", "<"] | None = None
    fit: Logistic | None = None
    flags: tuple[str, ...] = ()
    cut_molar: float = math.inf
    """Wells at this concentration and above were left out."""

    outlying: tuple[int, ...] = ()
    """Places among the wells with a response."""


@frozen
class _Fitting:
    """The decisions, for responses that rise from 0 to 100."""

    rules: Rules
    bounds: Bounds

    def judge(self, x: FloatArray, y: FloatArray) -> _Said:
        n_distinct = len(_doses(x))
        needed = max(self.rules.n_concentrations, self.bounds.n_free + 1)
        if n_distinct < needed:
            found = _count(n_distinct, "distinct concentration")
            return _Said(flags=(f"{found} where {needed} are needed; not fitted",))
        if _alike(y):
            return self._limit(x, y, None, "no response: all wells are alike; not fitted")
        whole = self._fit(x, y)
        n_past, fall = self._past_peak(x, y, whole)
        if n_past:
            return self._bell(x, y, n_past, fall)
        reason = self._unfit(x, y, whole)
        if reason:
            return self._limit(x, y, whole, reason)
        return self._value(x, y)

    def _fit(self, x: FloatArray, y: FloatArray, *, intervals: bool = False) -> Logistic:
        return fit_logistic(
            x, y, bounds=self.bounds, coverage=self.rules.coverage, intervals=intervals
        )

    def _unfit(self, x: FloatArray, y: FloatArray, fit: Logistic) -> str:
        """Return why a curve can carry no value; blank if it can."""
        rise = _rise(fit, x)
        if min(_p_curve(y, fit), _p_line(x, y)) > self.rules.p_response:
            return "no response that stands out of the noise; not fitted"
        if rise <= 0.0:
            return "the response runs against the expected direction; not fitted"
        if fit.residual_sd > self.rules.max_noise * rise:
            return f"noise of {fit.residual_sd:.3g} % against a rise of {rise:.3g} %; not fitted"
        return ""

    def _limit(self, x: FloatArray, y: FloatArray, fit: Logistic | None, reason: str) -> _Said:
        """Return the limit that wells without a value bear out, if they do."""
        level = 0.5 + self.rules.coverage / 2
        margin = float(stdtrit(len(y) - 1, level) * y.std(ddof=1))
        if fit is not None:
            margin = min(margin, float(stdtrit(len(y) - fit.n_free, level)) * fit.residual_sd)
        half = self.rules.half_percent
        first, last = (y[np.abs(x - end) < 1e-6] for end in (x.min(), x.max()))
        at_first, at_last = float(first.mean()), float(last.mean())
        if at_last + margin / math.sqrt(len(last)) < half and at_first < half:
            return _Said(relation=">", flags=(reason,))
        if at_first - margin / math.sqrt(len(first)) > half and at_last > half:
            return _Said(relation="<", flags=(reason, "saturated at the lowest concentration"))
        return _Said(flags=(reason, "the wells bear out no limit either"))

    def _past_peak(self, x: FloatArray, y: FloatArray, whole: Logistic) -> tuple[int, float]:
        """Return how many of the highest concentrations lie past a peak, and the fall there.

        A curve with a level of its own for each of the k highest concentrations is tested
        against the plain one (F test), for each k that leaves enough to fit.
        """
        doses, n_free = _doses(x), whole.n_free
        means = [float(y[np.abs(x - dose) < 1e-6].mean()) for dose in doses]
        if max(means) - means[-1] < 0.5 * self.rules.min_fall * np.ptp(means):
            return 0, 0.0
        most = min(len(doses) - self.rules.n_concentrations, len(doses) // 2)
        total = (len(y) - n_free) * whole.residual_sd**2
        best = (self.rules.p_reversal, 0, 0.0)
        for k in range(1, most + 1):
            past = x > doses[-k] - 1e-6
            n_left = len(y) - n_free - k
            if n_left < 1 or len(y) - past.sum() <= n_free:
                break
            if _alike(y[~past]):
                continue
            part = self._fit(x[~past], y[~past])
            fall = float(part.response(10.0 ** x[~past].max())) - means[-1]
            left = (len(y) - past.sum() - n_free) * part.residual_sd**2 + _within(x[past], y[past])
            ratio = max(total - left, 0.0) / k / max(left / n_left, 1e-300)
            p = float(fdtrc(k, n_left, ratio)) * most
            if p < best[0] and fall > self.rules.min_fall * max(_rise(part, x[~past]), 0.0):
                best = (p, k, fall)
        return best[1], best[2]

    def _bell(self, x: FloatArray, y: FloatArray, n_past: int, fall: float) -> _Said:
        """Return the fit of the rising part, if it stands on its own."""
        cut = _doses(x)[-n_past]
        rising = x < cut - 1e-6
        told = f"bell shape: the effect falls by {fall:.3g} % over the last {n_past} concentrations"
        part = self._fit(x[rising], y[rising])
        reason = self._unfit(x[rising], y[rising], part)
        if not reason and self._covered(part, x[rising])[1] < self.rules.plateau_share:
            reason = "no plateau before the fall; not fitted"
        said = _Said(flags=(reason,)) if reason else self._value(x[rising], y[rising])
        if said.relation != "=":
            return _Said(flags=(told, *said.flags))
        odd = tuple(int(np.flatnonzero(rising)[i]) for i in said.outlying)
        flags = (f"{told}; fitted without them", *said.flags)
        return evolve(said, flags=flags, outlying=odd, cut_molar=10.0**cut)

    def _value(self, x: FloatArray, y: FloatArray) -> _Said:
        """Return the value, or the limit if half the effect lies outside what was tested."""
        fit = self._fit(x, y)
        half, middle = self.rules.half_percent, fit.log10_ec50.value
        start, end = (float(fit.response(10.0**at)) for at in (x.min(), x.max()))
        over, under = (
            f"half the effect is not reached: {end:.3g} % at the highest concentration; not fitted",
            f"saturated: {start:.3g} % at the lowest concentration already; not fitted",
        )
        if middle > x.max() and end < half:
            return _Said(relation=">", flags=(over,))
        if middle < x.min() and start > half:
            return _Said(relation="<", flags=(under,))
        fit = self._inside(x, y, middle)
        if math.isinf(fit.top.high) and end < half:
            return _Said(relation=">", flags=(over,))
        if math.isinf(fit.bottom.low) and start > half:
            return _Said(relation="<", flags=(under,))
        return _Said(relation="=", fit=fit, flags=self._flags(fit, x), outlying=outlying(fit, x, y))

    def _inside(self, x: FloatArray, y: FloatArray, middle: float) -> Logistic:
        """Return the fit with intervals, its estimate held to the concentrations tested."""
        held = self
        if not x.min() <= middle <= x.max():
            ends = (float(x.min()), float(x.max()))
            held = _Fitting(self.rules, evolve(self.bounds, log10_ec50=ends))
        return held._fit(x, y, intervals=True)

    def _flags(self, fit: Logistic, x: FloatArray) -> tuple[str, ...]:
        """Return what to know of a fitted curve."""
        low, high = self._covered(fit, x)
        share, far = self.rules.plateau_share, self.rules.plateau_percent
        hill, (least, most) = fit.hill.value, self.rules.hill
        ec50, top, bottom = fit.log10_ec50, fit.top.value, fit.bottom.value
        told = {
            f"upper plateau not reached: {high:.0%} of the window at the highest concentration": (
                high < share
            ),
            f"lower plateau not reached: {low:.0%} of the window at the lowest concentration": (
                low > 1.0 - share
            ),
            "the interval of the EC50 has no upper end": math.isinf(ec50.high),
            "the interval of the EC50 has no lower end": math.isinf(ec50.low),
            f"full effect of this compound is {top:.3g} %, far from 100 %": abs(top - 100.0) > far,
            f"effect at the lowest concentrations is {bottom:.3g} %, far from 0 %": abs(bottom)
            > far,
            f"Hill slope of {hill:.3g}, outside {least:g} to {most:g}": not least <= hill <= most,
        }
        return tuple(sentence for sentence, holds in told.items() if holds)

    def _covered(self, fit: Logistic, x: FloatArray) -> tuple[float, float]:
        """Return the shares of the window at the lowest and the highest concentration."""
        window = fit.top.value - fit.bottom.value
        ends = (fit.response(10.0 ** np.array([x.min(), x.max()])) - fit.bottom.value) / window
        return float(ends[0]), float(ends[1])


def _is_falling(direction: str) -> bool:
    if direction not in {"rising", "falling"}:
        raise DataError(
            f"There is no direction {direction!r}",
            where="direction",
            remedy="Say 'rising' for percent of effect, 'falling' for percent that remains.",
        )
    return direction == "falling"


def _alike(y: FloatArray) -> bool:
    return float(np.ptp(y)) <= 1e-9 * max(1.0, float(np.abs(y).max(initial=0.0)))


def _p_curve(y: FloatArray, fit: Logistic) -> float:
    """Return the p value of the F test of a curve against a constant."""
    n_shape, n_left = max(fit.n_free - 1, 1), len(y) - fit.n_free
    left = n_left * fit.residual_sd**2
    gained = max(float(np.square(y - y.mean()).sum()) - left, 0.0)
    return float(fdtrc(n_shape, n_left, gained / n_shape / max(left / n_left, 1e-300)))


def _p_line(x: FloatArray, y: FloatArray) -> float:
    """Return the p value of a rise along a straight line, one-sided."""
    r = float(np.clip(np.corrcoef(x, y)[0, 1], -1.0 + 1e-12, 1.0 - 1e-12))
    n_left = len(y) - 2
    return float(stdtr(n_left, -r * math.sqrt(n_left / (1.0 - r * r))))


def _doses(x: FloatArray) -> FloatArray:
    """Return the distinct log concentrations, ascending; rounding parts no replicates."""
    ordered = np.sort(x)
    return np.asarray(ordered[np.diff(ordered, prepend=-np.inf) > 1e-6])


def _rise(fit: Logistic, x: FloatArray) -> float:
    """Return by how much the curve rises over the tested range, in percent."""
    low, high = fit.response(10.0 ** np.array([x.min(), x.max()]))
    return float(high - low)


def _within(x: FloatArray, y: FloatArray) -> float:
    """Return the squares of replicates about the mean of their concentration."""
    groups = (y[np.abs(x - dose) < 1e-6] for dose in _doses(x))
    return float(sum(np.square(g - g.mean()).sum() for g in groups))


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
