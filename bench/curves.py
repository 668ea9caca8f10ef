# SPDX-License-Identifier: Apache-2.0
"""Do 95 % intervals of fitted EC50s hold the truth, and are bad curves told apart?

Curves are simulated with known truth: plateaux at 0 and 100 %, EC50 at least one dilution step
inside the tested range, Hill slope between 0.7 and 1.8, normal noise. The peer fits the same
wells with ``scipy.optimize.curve_fit``, started from the data, with Wald intervals (Student's
t); it fits all it can. Bad curves may be flagged, and be given no EC50, a limit (true or false),
or, where there is a true one, an EC50 whose interval holds it. No rule was set on these draws.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from scipy.optimize import OptimizeWarning, curve_fit
from scipy.special import stdtrit

from _common import finish, load, parser, table
from loopwright.science.curves import Curve, fit_curve

SEED = 40917
TARGET = (0.93, 0.97)
DESIGNS = ((8, 1, 10**0.5), (8, 2, 10**0.5), (10, 2, 3.0), (12, 3, 3.0))
NOISES = (3.0, 5.0, 10.0)


@frozen
class One:
    """What one method says of one curve; the interval is in log10 mol/L."""

    estimate: float
    low: float
    high: float


def main() -> None:
    p = parser(__doc__)
    p.add_argument("--curves", type=int, default=250, help="good curves of each design")
    p.add_argument("--bad", type=int, default=50, help="bad curves of each kind and design")
    args = p.parse_args()
    print(f"load average {load()} at the start")
    good = [_good(d, noise, args.curves) for d in DESIGNS for noise in NOISES]
    every = _pooled(good)
    table(
        f"{every['n']} good curves: share of 95 % intervals that hold the true EC50 "
        f"(to reach: {TARGET[0]} to {TARGET[1]})",
        ("design", "noise", "fitted", "ours", "+-", "ours, all", "Wald", "bias", "Wald bias",
         "width", "Wald width", "flagged", "ms", "Wald ms"),
        [_row(g) for g in (*good, every)],
    )  # fmt: skip
    rng = np.random.default_rng([SEED, 2])
    bad = {
        f"{name}, {_name(d)}, noise {noise:g}": _bad(make, (d, noise), args.bad, rng)
        for name, make in BAD.items()
        for d, noise in ((DESIGNS[0], 5.0), (DESIGNS[2], 5.0))
    }
    table(
        f"{args.bad * len(bad)} bad curves: shares",
        ("kind", "flagged", "no EC50", "limit", "false limit", "EC50 held", "peer states an EC50"),
        [(k, *(f"{b[c]:.2f}" for c in ("flagged", "refused", "limit", "false", "held", "peer")))
         for k, b in bad.items()],
    )  # fmt: skip
    settings = {"curves": args.curves, "bad": args.bad, "seed": SEED}
    finish("curves", settings, {"good": [*good, every], "bad": bad}, record=not args.no_record)


def _rise(x: np.ndarray, middle: float, hill: float) -> np.ndarray:
    return 100.0 / (1.0 + 10.0 ** (hill * (middle - x)))


def _doses(design: tuple[int, int, float]) -> np.ndarray:
    """Return log10 mol/L of all wells, highest at 30 uM."""
    n, replicates, fold = design
    return np.repeat(np.log10(3e-5) - np.log10(fold) * np.arange(n)[::-1], replicates)


def _good(design: tuple[int, int, float], noise: float, n: int) -> dict[str, Any]:
    rng = np.random.default_rng([SEED, 1, *design[:2], int(noise)])
    x, step = _doses(design), np.log10(design[2])
    truth, curves, peers, ours_s, peer_s = [], [], [], 0.0, 0.0
    for _ in range(n):
        truth.append(rng.uniform(x.min() + step, x.max() - step))
        y = _rise(x, truth[-1], rng.uniform(0.7, 1.8)) + rng.normal(0.0, noise, len(x))
        begun = time.process_time()
        curves.append(fit_curve(10.0**x, y))
        between = time.process_time()
        peers.append(_wald(x, y))
        ours_s += between - begun
        peer_s += time.process_time() - between
    return {
        "design": _name(design),
        "noise": noise,
        "n": n,
        "ours": _figures(truth, [_said(c) for c in curves]),
        "wald": _figures(truth, peers),
        "held_or_limit": round(
            float(np.mean([_holds(c, t) for c, t in zip(curves, truth, strict=True)])), 4
        ),
        "false_limits": sum(c.relation in {"<", ">"} for c in curves),
        "flagged": round(float(np.mean([bool(c.flags) for c in curves])), 4),
        "ms": round(1000 * ours_s / n, 2),
        "wald_ms": round(1000 * peer_s / n, 2),
    }


def _name(design: tuple[int, int, float]) -> str:
    return f"{design[0]} x {design[1]}, {design[2]:.3g}-fold"


def _said(curve: Curve) -> One | None:
    if curve.fit is None:
        return None
    e = curve.fit.log10_ec50
    return One(e.value, e.low, e.high)


def _holds(curve: Curve, truth: float) -> bool:
    """Return whether what is said holds; a curve without a value says nothing wrong."""
    one = _said(curve)
    if one is not None:
        return one.low <= truth <= one.high
    return curve.relation is None


def _wald(x: np.ndarray, y: np.ndarray) -> One | None:
    """Return the peer's answer: curve_fit with the interval of its covariance."""

    def model(at: np.ndarray, bottom: float, top: float, middle: float, hill: float) -> np.ndarray:
        return bottom + (top - bottom) / (1.0 + 10.0 ** (hill * (middle - at)))

    half = x[np.argmin(np.abs(y - (y.min() + y.max()) / 2))]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            warnings.simplefilter("error", OptimizeWarning)
            p, cov = curve_fit(model, x, y, p0=[y.min(), y.max(), half, 1.0])
    except (RuntimeError, OptimizeWarning):
        return None
    reach = stdtrit(len(x) - 4, 0.975) * np.sqrt(cov[2, 2])
    return One(p[2], p[2] - reach, p[2] + reach)


def _figures(truth: Sequence[float], said: Sequence[One | None]) -> dict[str, Any]:
    """Return coverage with its standard error, bias and median width of the stated values."""
    both = [(t, s) for t, s in zip(truth, said, strict=True) if s is not None]
    share = float(np.mean([s.low <= t <= s.high for t, s in both]))
    gaps = np.array([s.estimate - t for t, s in both])
    return {
        "n": len(both),
        "coverage": round(share, 4),
        "coverage_se": round(float(np.sqrt(share * (1 - share) / len(both))), 4),
        "bias": round(float(np.median(gaps)), 4),
        "width": _finite(np.median([s.high - s.low for _, s in both])),
        "open": round(float(np.mean([np.isinf(s.high - s.low) for _, s in both])), 4),
    }


def _finite(width: float) -> float | None:
    """Return a width rounded; None where more than half of the intervals are open."""
    return round(float(width), 4) if np.isfinite(width) else None


def _pooled(good: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of all designs together; all have one number of curves."""
    pooled: dict[str, Any] = {"design": "all", "noise": "", "n": sum(g["n"] for g in good)}
    for who in ("ours", "wald"):
        n = np.array([g[who]["n"] for g in good])
        mean = {k: float(np.average([g[who][k] for g in good], weights=n))
                for k in ("coverage", "bias", "open")}  # fmt: skip
        se = np.sqrt(mean["coverage"] * (1 - mean["coverage"]) / n.sum())
        pooled[who] = {"n": int(n.sum()), "coverage_se": round(float(se), 4)}
        pooled[who] |= {k: round(v, 4) for k, v in mean.items()} | {"width": None}
    for k in ("held_or_limit", "flagged", "ms", "wald_ms"):
        pooled[k] = round(float(np.mean([g[k] for g in good])), 4)
    return pooled | {"false_limits": sum(g["false_limits"] for g in good)}


def _row(g: dict[str, Any]) -> tuple[object, ...]:
    ours, wald = g["ours"], g["wald"]
    return (
        g["design"], g["noise"], f"{ours['n']}/{g['n']}", f"{ours['coverage']:.3f}",
        f"{1.96 * ours['coverage_se']:.3f}", f"{g['held_or_limit']:.3f}",
        f"{wald['coverage']:.3f}", f"{ours['bias']:+.3f}", f"{wald['bias']:+.3f}",
        *("" if w is None else f"{w:.2f}" for w in (ours["width"], wald["width"])),
        f"{g['flagged']:.2f}",
        f"{g['ms']:.0f}", f"{g['wald_ms']:.1f}",
    )  # fmt: skip


def _bell(x: np.ndarray, left: float) -> np.ndarray:
    """Return a curve that falls from its plateau to ``left`` of it at high concentrations."""
    rise = _rise(x, x.min() + 1.0, 1.2)
    return rise * (1.0 - (1.0 - left) * _rise(x, x.max() - 0.8, 2.0) / 100.0)


Shape = Callable[[np.ndarray], Any]
Kind = tuple[Shape, float, str, Shape | None]

BAD: dict[str, Kind] = {
    "flat at 0 %": (np.zeros_like, 1.0, ">", None),
    "flat at 100 %": (lambda x: np.full_like(x, 100.0), 1.0, "<", None),
    "flat, noise of 40 %": (lambda x: np.full_like(x, 50.0), 8.0, "", None),
    "reaches 30 %": (lambda x: _rise(x, x.max() + 0.37, 1.0), 1.0, ">", None),
    "reaches 45 %": (lambda x: _rise(x, x.max() + 0.09, 1.0), 1.0, ">", None),
    "starts at 70 %": (lambda x: _rise(x, x.min() - 0.37, 1.0), 1.0, "<", None),
    "rises, noise of 40 %": (lambda x: _rise(x, x.mean(), 1.0), 8.0, "", np.mean),
    "bell, falls to 20 %": (lambda x: _bell(x, 0.2), 1.0, "", lambda x: x.min() + 1.0),
    "bell, falls to 60 %": (lambda x: _bell(x, 0.6), 1.0, "", lambda x: x.min() + 1.0),
    "falls from 100 %": (lambda x: 100.0 - _rise(x, x.mean(), 1.0), 1.0, "", None),
}
"""Shape, factor on the noise, the limit that would be true, and the true log10 EC50."""


def _bad(
    kind: Kind, at: tuple[tuple[int, int, float], float], n: int, rng: np.random.Generator
) -> dict[str, float]:
    make, factor, limit, truth = kind
    x = _doses(at[0])
    count = dict.fromkeys(("flagged", "refused", "limit", "false", "held", "peer"), 0)
    for _ in range(n):
        y = make(x) + rng.normal(0.0, factor * at[1], len(x))
        curve, peer = fit_curve(10.0**x, y), _wald(x, y)
        count["flagged"] += bool(curve.flags)
        count["refused"] += curve.fit is None
        count["limit"] += curve.relation in {"<", ">"}
        count["false"] += curve.relation in {"<", ">"} and curve.relation != limit
        if truth is not None and curve.fit is not None:
            count["held"] += curve.fit.log10_ec50.low <= truth(x) <= curve.fit.log10_ec50.high
        count["peer"] += peer is not None and x.min() <= peer.estimate <= x.max()
    return {k: round(v / n, 4) for k, v in count.items()}


if __name__ == "__main__":
    main()
