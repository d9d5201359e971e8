#!/usr/bin/env python3
"""Writes the golden numbers that the statistics of tournaments are tested against.

SciPy and NumPy compute every case, or a few lines of plain Python where they have no such function.
Run from the root of the repository:

    .venv/bin/python scripts/make-statistics-fixtures.py
"""

import itertools
import json
import math
import pathlib

import numpy as np
from scipy import optimize, stats

OUT = pathlib.Path("Tests/AssayArenaTests/Fixtures/statistics.json")
rng = np.random.default_rng(20260)


def detection(positives, negatives, bound):
    """The best share of positives over every threshold that accuses at most `bound` of negatives."""
    best = 0.0
    for threshold in sorted(set(positives) | set(negatives)):
        if np.mean([x >= threshold for x in negatives]) <= bound + 1e-12:
            best = max(best, float(np.mean([x >= threshold for x in positives])))
    return best


def newcombe(area, m, n, z=1.96):
    middle = (m + n) / 2 - 1

    def distance(theta):
        variance = theta * (1 - theta) * (
            1 + middle * (1 - theta) / (2 - theta) + middle * theta / (1 + theta)) / (m * n)
        return abs(theta - area) - z * math.sqrt(max(0.0, variance))

    inside = min(max(area, 1e-9), 1 - 1e-9)
    low = 0.0 if distance(0.0) <= 0 else optimize.brentq(distance, 0.0, inside, xtol=1e-13)
    high = 1.0 if distance(1.0) <= 0 else optimize.brentq(distance, inside, 1.0, xtol=1e-13)
    return [low, high]


def roc_case(positives, negatives):
    u = stats.mannwhitneyu(positives, negatives).statistic
    area = float(u) / (len(positives) * len(negatives))
    return {
        "positives": list(map(float, positives)), "negatives": list(map(float, negatives)),
        "area": area,
        "detection": {str(b): detection(positives, negatives, b) for b in (0.01, 0.05, 0.2)},
        "interval": newcombe(area, len(positives), len(negatives)),
    }


roc = [
    roc_case([0.9, 0.8, 0.7], [0.1, 0.2, 0.3]),
    roc_case([0.5, 0.5, 0.9], [0.5, 0.1]),
    roc_case([0.1, 0.2], [0.8, 0.9, 0.7]),
    roc_case([0.5] * 4, [0.5] * 6),
    # rounded, so that there are ties
    roc_case(np.round(rng.beta(3, 2, 40), 1), np.round(rng.beta(2, 3, 30), 1)),
]

stated = np.round(rng.random(60), 3)
happened = rng.random(60) < stated**2
bins = np.minimum((stated * 10).astype(int), 9)
error = sum(
    np.mean(bins == b) * abs(stated[bins == b].mean() - happened[bins == b].mean())
    for b in range(10) if np.any(bins == b))
calibration = {
    "stated": stated.tolist(), "happened": happened.tolist(), "error": float(error),
    "brier": float(np.mean((stated - happened) ** 2)), "bins": int(len(set(bins.tolist()))),
}


def sign_flip(values):
    result = stats.permutation_test(
        (np.array(values),), np.sum, permutation_type="samples", n_resamples=np.inf,
        alternative="two-sided")
    # SciPy doubles the smaller tail, which for a symmetric distribution is the same.
    exact = np.mean([
        abs(sum(s * v for s, v in zip(signs, values))) >= abs(sum(values)) - 1e-9
        for signs in itertools.product((1, -1), repeat=len(values))])
    assert math.isclose(result.pvalue, exact), (result.pvalue, exact)
    return {"values": values, "p": float(exact)}


flips = [
    sign_flip([0.1, 0.2, -0.05, 0.3, 0.25]),
    sign_flip([1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
    sign_flip(np.round(rng.normal(0.3, 1, 12), 3).tolist()),
]
many = np.round(rng.normal(0.25, 1, 60), 3)
draws = rng.choice([-1.0, 1.0], size=(400_000, 60))
large = {
    "values": many.tolist(),
    "p": float(np.mean(np.abs(draws @ many) >= abs(many.sum()) - 1e-9)),
}

mcnemar = [
    {"first": a, "second": b, "p": float(stats.binomtest(a, a + b).pvalue)}
    for a, b in ((5, 1), (10, 2), (7, 7), (0, 9), (40, 21))
]


def holm(values):
    """Straight from the definition: reject while p ≤ α / (m - rank)."""
    m = len(values)
    return [
        min(1.0, max(values[j] * (m - sorted(values).index(values[j]))
                     for j in range(m) if values[j] <= values[i]))
        for i in range(m)
    ]


adjusted = [
    {"values": values, "adjusted": holm(values)}
    for values in ([0.01, 0.04, 0.03, 0.005], [0.2, 0.5], [0.001, 0.9, 0.02, 0.3, 0.012])
]

sizes = [
    {"difference": d, "deviation": s,
     "pairs": math.ceil(((stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * s / d) ** 2)}
    for d, s in ((0.1, 0.3), (-0.05, 0.4), (0.5, 0.2), (0.02, 0.35))
]

quantiles = [
    {"probability": p, "value": float(stats.norm.ppf(p))}
    for p in (1e-6, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999)
]



def bradley_terry(players, games, deviation):
    """Strengths by SciPy's BFGS on the penalised likelihood, and the inverse of its exact curvature."""
    def loss(x):
        return (sum(w * np.logaddexp(0, x[j] - x[i]) + l * np.logaddexp(0, x[i] - x[j])
                    for i, j, w, l in games) + np.sum(x ** 2) / (2 * deviation ** 2))

    found = optimize.minimize(loss, np.zeros(players), method="BFGS", options={"gtol": 1e-10}).x
    found = optimize.minimize(
        loss, found, method="Nelder-Mead",
        options={"xatol": 1e-11, "fatol": 1e-15, "maxiter": 40000, "maxfev": 40000}).x
    curvature = np.eye(players) / deviation ** 2
    for i, j, w, l in games:
        chance = 1 / (1 + np.exp(found[j] - found[i]))
        edge = np.zeros(players)
        edge[i], edge[j] = 1, -1
        curvature += (w + l) * chance * (1 - chance) * np.outer(edge, edge)
    return {
        "players": players, "games": [list(map(float, game)) for game in games],
        "deviation": deviation, "strengths": found.tolist(),
        "deviations": np.sqrt(np.diag(np.linalg.inv(curvature))).tolist(),
    }


ratings = [
    bradley_terry(2, [(0, 1, 7, 3)], 2.0),
    bradley_terry(4, [(0, 1, 5, 0), (0, 2, 4, 2), (1, 2, 3, 3), (2, 3, 1, 6)], math.log(10)),
    bradley_terry(5, [(0, 3, 9, 1), (0, 4, 2, 2), (1, 3, 0, 6), (2, 4, 4, 0), (2, 3, 1, 1)], 1.5),
]

OUT.parent.mkdir(parents=True, exist_ok=True)
OUT.write_text(json.dumps({
    "roc": roc, "calibration": calibration, "flips": flips, "large": large, "mcnemar": mcnemar,
    "holm": adjusted, "sizes": sizes, "quantiles": quantiles,
    "ratings": ratings,
}, indent=1) + "\n")
print(OUT)
