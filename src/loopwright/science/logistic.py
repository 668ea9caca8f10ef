# SPDX-License-Identifier: Apache-2.0
"""The four-parameter logistic curve: least squares within bounds, and profile intervals.

    response = bottom + (top - bottom) / (1 + 10 ** (hill * (log10 EC50 - log10 concentration)))

It fits whatever it is given. Whether a curve should be fitted at all is decided in ``curves``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import asdict, evolve, field, frozen
from attrs.validators import gt
from scipy.optimize import least_squares
from scipy.special import stdtr, stdtrit

from loopwright.core.errors import DataError
from loopwright.core.values import FloatArray

__all__ = ["Bounds", "Estimate", "Logistic", "fit_logistic", "outlying"]

N_STARTS = 3
FAR_DECADES, FAR_SPANS = 2.0, 10.0
"""How far the fit may go beyond the concentrations, and beyond the responses."""

_BOTTOM, _TOP, _MIDDLE, _HILL = range(4)


@frozen(kw_only=True)
class Bounds:
    """Where the parameters may lie; two equal ends hold a parameter at that value.

    Raises:
        DataError: An end is not finite, the ends are in the wrong order, or a slope is not > 0.
    """

    bottom_percent: tuple[float, float] | None = None
    """None: anywhere within ten spans of the responses around them."""

    top_percent: tuple[float, float] | None = None
    """None: the same."""

    log10_ec50: tuple[float, float] | None = None
    """None: from two decades below the lowest concentration to two above the highest."""

    hill: tuple[float, float] = (0.1, 10.0)
    """Of the slope's size, > 0."""

    def __attrs_post_init__(self) -> None:
        for name, ends in asdict(self).items():
            if ends is not None and not (ends[0] <= ends[1] and np.isfinite(ends).all()):
                raise DataError(
                    f"Bounds {ends} hold no value",
                    where=f"bounds.{name}",
                    remedy="Give a finite lower end and an upper end not below it.",
                )
        if self.hill[0] <= 0.0:
            raise DataError(
                f"A Hill slope of {self.hill[0]:g} is no slope",
                where="bounds.hill",
                remedy="Bound the size of the slope above zero; `direction` gives its sign.",
            )

    @property
    def n_free(self) -> int:
        """How many parameters are fitted rather than held."""
        return sum(ends is None or ends[0] < ends[1] for ends in asdict(self).values())

    def mirrored(self) -> Bounds:
        """Return the bounds of 100 minus the response."""
        bottom, top = (
            ends if ends is None else (100.0 - ends[1], 100.0 - ends[0])
            for ends in (self.top_percent, self.bottom_percent)
        )
        return evolve(self, bottom_percent=bottom, top_percent=top)


@frozen(kw_only=True)
class Estimate:
    """A fitted parameter with its profile interval; an infinite end was not to be found."""

    value: float
    low: float
    high: float


@frozen(kw_only=True)
class Logistic:
    """A fitted curve. ``bottom`` is the lower plateau, whichever way the curve runs."""

    bottom: Estimate
    """Percent."""

    top: Estimate
    """Percent."""

    log10_ec50: Estimate
    """Decimal logarithm of the half-maximal concentration in mol/L."""

    hill: Estimate
    """Negative where the response falls with the concentration."""

    residual_sd: float = field(validator=gt(-1.0))
    """Percent; of one well, with ``n_free`` degrees of freedom taken off."""

    r_squared: float
    """Share of the responses' variance that the curve explains."""

    n_free: int
    """Parameters that were fitted rather than held."""

    def response(self, concentration_molar: npt.ArrayLike) -> FloatArray:
        """Return the curve's response in percent at concentrations in mol/L, > 0."""
        away = self.log10_ec50.value - np.log10(np.asarray(concentration_molar, float))
        share = _share(self.hill.value * away)
        return np.asarray(self.bottom.value + (self.top.value - self.bottom.value) * share)

    def mirrored(self) -> Logistic:
        """Return the curve of 100 minus the response."""
        low, high = (
            Estimate(value=100.0 - e.value, low=100.0 - e.high, high=100.0 - e.low)
            for e in (self.top, self.bottom)
        )
        hill = Estimate(value=-self.hill.value, low=-self.hill.high, high=-self.hill.low)
        return evolve(self, bottom=low, top=high, hill=hill)


@frozen(eq=False)
class _Problem:
    """Responses to explain, and where the parameters may lie, as (bottom, top, log, log hill)."""

    x: FloatArray
    y: FloatArray
    low: FloatArray
    high: FloatArray

    def residuals(self, p: FloatArray) -> FloatArray:
        share = _share(10.0 ** p[_HILL] * (p[_MIDDLE] - self.x))
        return np.asarray(p[_BOTTOM] + (p[_TOP] - p[_BOTTOM]) * share - self.y)

    def slopes(self, p: FloatArray) -> FloatArray:
        """Return the derivatives of the residuals, shape (n, 4)."""
        hill, away = 10.0 ** p[_HILL], p[_MIDDLE] - self.x
        share = _share(hill * away)
        steep = math.log(10.0) * (p[_TOP] - p[_BOTTOM]) * share * (1.0 - share) * hill
        return np.stack([1 - share, share, -steep, -steep * away * math.log(10.0)], axis=1)

    @property
    def free(self) -> npt.NDArray[np.intp]:
        return np.flatnonzero(self.low < self.high)

    def held(self, which: int, value: float) -> _Problem:
        """Return the same problem with one parameter held at a value."""
        low, high = self.low.copy(), self.high.copy()
        low[which] = high[which] = value
        return _Problem(self.x, self.y, low, high)


@frozen(eq=False)
class _Minimum:
    p: FloatArray
    squares: float


def fit_logistic(
    log10_molar: FloatArray,
    response_percent: FloatArray,
    *,
    bounds: Bounds,
    coverage: float = 0.95,
    intervals: bool = True,
) -> Logistic:
    """Fit a rising four-parameter logistic curve by least squares.

    The noise is taken as equal in all wells and independent between them. The start is a grid
    of half-maximal concentrations and slopes, for which the best plateaux are known in closed
    form; the best three cells are descended from. Intervals follow the profile of the sum of
    squares: a value is inside while holding the parameter there raises the sum by no more
    than the residual variance times the squared t quantile.

    Args:
        log10_molar: Decimal logarithms of concentrations in mol/L, shape (n,).
        response_percent: Shape (n,), finite, not all alike; n exceeds the free parameters.
        bounds: Where the parameters may lie.
        coverage: Of the intervals.
        intervals: Whether to seek them; without, all ends are infinite.

    Returns:
        The curve; ``top`` lies below ``bottom`` where the responses fall.

    Source:
        Profile intervals: Bates & Watts (1988), Nonlinear Regression Analysis and Its
        Applications, sec. 6.1. Closed form of linear parameters: Golub & Pereyra (1973),
        doi:10.1137/0710036.
    """
    problem = _problem(log10_molar, response_percent, bounds)
    best = min((_descend(problem, s) for s in _starts(problem)), key=lambda m: m.squares)
    n_free = len(problem.free)
    n_left = len(response_percent) - n_free
    sd = math.sqrt(best.squares / n_left)
    ends = [(-math.inf, math.inf)] * 4
    if intervals:
        reach = float(stdtrit(n_left, 0.5 + coverage / 2)) * max(sd, 1e-6 * _span(problem))
        ends = [_interval(problem, best, i, reach) for i in range(4)]
    ends[_HILL] = (10.0 ** ends[_HILL][0], 10.0 ** ends[_HILL][1])
    values = [*best.p[:_HILL], 10.0 ** best.p[_HILL]]
    each = [
        Estimate(value=float(v), low=low, high=high)
        for v, (low, high) in zip(values, ends, strict=True)
    ]
    total = float(np.square(problem.y - problem.y.mean()).sum())
    return Logistic(
        bottom=each[_BOTTOM],
        top=each[_TOP],
        log10_ec50=each[_MIDDLE],
        hill=each[_HILL],
        residual_sd=sd,
        r_squared=1.0 - best.squares / total,
        n_free=n_free,
    )


def outlying(
    fit: Logistic, log10_molar: FloatArray, response_percent: FloatArray, *, alpha: float = 0.05
) -> tuple[int, ...]:
    """Return the places of responses that lie too far off a curve to be its noise.

    Residuals are divided by their own standard deviation without that well, at the curve's
    tangent (externally studentised), and judged by Student's t over all wells (Bonferroni).

    Args:
        fit: The curve, as it was fitted to just these responses.
        log10_molar: As for ``fit_logistic``, shape (n,).
        response_percent: Shape (n,).
        alpha: Chance of naming any well where all share one normal noise.

    Source:
        Cook & Weisberg (1982), Residuals and Influence in Regression, sec. 2.2.2.
    """
    n, n_left = len(response_percent), len(response_percent) - fit.n_free - 1
    if n_left < 1 or not fit.residual_sd > 0.0:
        return ()
    each = (fit.bottom, fit.top, fit.log10_ec50, fit.hill)
    p = np.array([*(e.value for e in each[:_HILL]), math.log10(fit.hill.value)])
    free = [i for i, e in enumerate(each) if not e.low == e.value == e.high]
    problem = _Problem(log10_molar, response_percent, p, p)
    slopes = problem.slopes(p)[:, free]
    leverage = np.sum(slopes * np.linalg.pinv(slopes).T, axis=1)
    share = np.square(problem.residuals(p)) / np.maximum(1.0 - leverage, 1e-9)
    left = (n_left + 1) * fit.residual_sd**2 - share
    t = np.sqrt(share / np.maximum(left / n_left, 1e-12 * fit.residual_sd**2))
    odd = (2.0 * stdtr(n_left, -t) * n < alpha) & (leverage < 0.999)
    return tuple(int(i) for i in np.flatnonzero(odd))


def _share(away: FloatArray) -> FloatArray:
    """Return 1 / (1 + 10 ** away) without overflow."""
    return np.asarray(0.5 - 0.5 * np.tanh(0.5 * math.log(10.0) * away))


def _span(problem: _Problem) -> float:
    return float(np.ptp(problem.y))


def _problem(x: FloatArray, y: FloatArray, bounds: Bounds) -> _Problem:
    """Return the problem, with bounds from the data where none are given."""
    room = FAR_SPANS * float(np.ptp(y))
    anywhere = (float(y.min()) - room, float(y.max()) + room)
    ends = [
        bounds.bottom_percent or anywhere,
        bounds.top_percent or anywhere,
        bounds.log10_ec50 or (float(x.min()) - FAR_DECADES, float(x.max()) + FAR_DECADES),
        (math.log10(bounds.hill[0]), math.log10(bounds.hill[1])),
    ]
    low, high = np.array(ends, float).T
    return _Problem(np.asarray(x, float), np.asarray(y, float), low, high)


def _starts(problem: _Problem) -> list[FloatArray]:
    """Return the best cells of a grid over log EC50 and log Hill that lie apart."""
    middles = np.arange(problem.x.min() - 0.5, problem.x.max() + 0.51, 0.1)
    hills = np.linspace(problem.low[_HILL], problem.high[_HILL], 12)
    m, h = (a.ravel() for a in np.meshgrid(middles, hills))
    share = _share(10.0 ** h[:, None] * (m[:, None] - problem.x))
    centred, y = share - share.mean(axis=1, keepdims=True), problem.y - problem.y.mean()
    variance = np.maximum(np.square(centred).sum(axis=1), 1e-12)
    window = centred @ y / variance
    bottom = problem.y.mean() - window * share.mean(axis=1)
    p = np.clip(np.stack([bottom, bottom + window, m, h], axis=1), problem.low, problem.high)
    fitted = p[:, :1] + (p[:, 1:2] - p[:, :1]) * share
    order = np.argsort(np.square(fitted - problem.y).sum(axis=1), kind="stable")
    chosen: list[FloatArray] = []
    for row in p[order]:
        if all(np.abs(row[_MIDDLE:] - c[_MIDDLE:]).max() > 0.35 for c in chosen):
            chosen.append(row)
        if len(chosen) == N_STARTS:
            break
    return chosen


def _descend(problem: _Problem, start: FloatArray) -> _Minimum:
    """Return the least squares that a start leads to, within the bounds."""
    free, p = problem.free, np.clip(start, problem.low, problem.high)
    if not len(free):
        return _Minimum(p, float(np.square(problem.residuals(p)).sum()))

    def whole(part: FloatArray) -> FloatArray:
        full = p.copy()
        full[free] = part
        return full

    span = _span(problem)
    found: Any = least_squares(
        lambda part: problem.residuals(whole(part)),
        p[free],
        jac=lambda part: problem.slopes(whole(part))[:, free],
        bounds=(problem.low[free], problem.high[free]),
        method="dogbox",
        x_scale=np.array([span, span, 1.0, 1.0])[free],
        max_nfev=100,
    )
    return _Minimum(whole(found.x), 2.0 * float(found.cost))


def _interval(problem: _Problem, best: _Minimum, which: int, reach: float) -> tuple[float, float]:
    """Return the ends of a parameter's profile interval; infinite where a bound comes first."""
    value = float(best.p[which])
    if which not in problem.free:
        return value, value
    slopes = problem.slopes(best.p)[:, problem.free]
    spread = np.linalg.pinv(slopes.T @ slopes)[tuple(2 * [list(problem.free).index(which)])]
    room = float(problem.high[which] - problem.low[which])
    step = min(max(reach * math.sqrt(max(spread, 0.0)), 1e-6 * room), 0.25 * room)
    low, high = (_end(problem, best, (which, side * step), reach) for side in (-1, 1))
    return low, high


def _end(problem: _Problem, best: _Minimum, move: tuple[int, float], reach: float) -> float:
    """Walk along the profile until it leaves the reach, then close in on where it does."""
    which, step = move
    bound = float((problem.low if step < 0 else problem.high)[which])
    inside, short, start = float(best.p[which]), -reach, best.p
    while True:
        if inside == bound:
            return math.copysign(math.inf, step)
        outside = min(inside + step, bound) if step > 0 else max(inside + step, bound)
        over, p = _excess(problem, best, (which, outside, start), reach)
        if over >= 0.0:
            break
        inside, short, start, step = outside, over, p, 2.0 * step
    for _ in range(20):
        if abs(over - short) < 1e-12 or min(abs(short), over) < 2e-3 * reach:
            break
        middle = inside + (outside - inside) * min(max(-short / (over - short), 0.1), 0.9)
        at, p = _excess(problem, best, (which, middle, start), reach)
        if at < 0.0:
            inside, short, start = middle, at, p
        else:
            outside, over = middle, at
    return outside if over < -short else inside


def _excess(
    problem: _Problem, best: _Minimum, at: tuple[int, float, FloatArray], reach: float
) -> tuple[float, FloatArray]:
    """Return by how much the profile's root deviation exceeds the reach at a held value."""
    which, value, start = at
    found = _descend(problem.held(which, value), start)
    return math.sqrt(max(found.squares - best.squares, 0.0)) - reach, found.p
