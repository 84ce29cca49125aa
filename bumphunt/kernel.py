"""Fisher scoring of log-linear backgrounds and signals, compiled: one row of counts in each lane of a vector unit.

Every inner loop runs over `LANES` rows, so that the compiler makes vector instructions of it. A lane that has converged
takes the next row, and no row's result depends on the rows beside it. The exponential and the logarithm are written out
for the same reason (relative error below 1e-15). A step is at most `longest` standard deviations long and is halved until
the likelihood does not get worse; a row that has not converged after `max_steps` evaluations is left to the caller.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
# ruff: noqa: FURB136  min() and max() look for NaN and are not vectorised

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

LANES = 64
FAST = {"contract", "nsz", "arcp", "nnan", "ninf"}
compiled = njit(fastmath=FAST, error_model="numpy", boundscheck=False, cache=True)
inlined = njit(
    inline="always"
)  # for functions of whole tuples of arrays: a call would count all their references

LOG2E = 1.4426950408889634
LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
SQRT_HALF = 0x3FE6A09E667F3BCD  # the bits of the float sqrt(1/2)
SMALLEST = 1e-100
RIDGE = 1e-9
FORBIDDEN = 1e200  # likelihood of a bin that expects no events or less
I2, I3, I4, I5, I6, I7, I8, I9, I10, I11, I12, I13 = (1 / math.factorial(k) for k in range(2, 14))


@njit(inline="always")
def exponential(x):
    """Return exp(x) by range reduction and a Taylor polynomial; x is clipped to +-230 as in the NumPy engine."""
    x = x if x > -230.0 else -230.0
    x = x if x < 230.0 else 230.0
    k = np.floor(x * LOG2E + 0.5)
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    p = I12 + r * I13
    p = p * r + I11
    p = p * r + I10
    p = p * r + I9
    p = p * r + I8
    p = p * r + I7
    p = p * r + I6
    p = p * r + I5
    p = p * r + I4
    p = p * r + I3
    p = p * r + I2
    p = p * r + 1.0
    p = p * r + 1.0
    return p * (np.int64((np.int64(k) + 1023) << 52)).view(np.float64)


@njit(inline="always")
def logarithm(x):
    """Return ln x of a positive normal number by its exponent and the series of the inverse hyperbolic tangent."""
    bits = np.float64(x).view(np.int64) - SQRT_HALF
    k = bits >> 52
    m = np.int64(bits - (k << 52) + SQRT_HALF).view(np.float64)
    f = (m - 1.0) / (m + 1.0)
    s = f * f
    p = 1 / 19 + s / 21
    p = p * s + 1 / 17
    p = p * s + 1 / 15
    p = p * s + 1 / 13
    p = p * s + 1 / 11
    p = p * s + 1 / 9
    p = p * s + 1 / 7
    p = p * s + 1 / 5
    p = p * s + 1 / 3
    p = p * s + 1.0
    e = np.float64(k)
    return e * LN2_HIGH + (2.0 * f * p + e * LN2_LOW)


class Problem(NamedTuple):
    """What is fitted: the arrays of a `Likelihood`.

    Shapes: counts (rows, bins), nodes (bins, nodes, background parameters), base (bins, nodes), template (rows or 1 or 0,
    bins), strength, lowest and unit (rows,), kappa (nuisances,), linear and quadratic (nuisances, bins), centres (rows,
    nuisances).
    """

    counts: Any
    nodes: Any
    base: Any
    template: Any
    strength: Any
    free: Any
    lowest: Any
    unit: Any
    kappa: Any
    linear: Any
    quadratic: Any
    centres: Any


class Found(NamedTuple):
    """Where the minima are written: the arrays of a `Minimum`; the starts are read from `point`."""

    point: Any
    nll: Any
    expected: Any
    edm: Any
    steps: Any
    converged: Any


class Lanes(NamedTuple):
    """The state of all lanes, which is the last axis of every array."""

    row: Any
    steps: Any
    seen: Any
    shape: Any
    expected: Any
    at: Any
    origin: Any
    step: Any
    newton: Any
    gradient: Any
    slope: Any
    fisher: Any
    strength: Any
    factor: Any
    unit: Any
    lowest: Any
    value: Any
    best: Any
    slack: Any
    edm: Any
    steepest: Any
    total: Any
    part: Any
    work: Any


@compiled
def opened(n_bins, n):
    """Return idle lanes for so many bins and parameters."""
    return Lanes(
        np.full(LANES, -1),
        np.zeros(LANES, np.int64),
        np.ones((n_bins, LANES)),
        np.zeros((n_bins, LANES)),
        np.zeros((n_bins, LANES)),
        np.zeros((n, LANES)),
        np.zeros((n, LANES)),
        np.zeros((n, LANES)),
        np.zeros((n, LANES)),
        np.zeros((n, LANES)),
        np.zeros((n, LANES)),
        np.zeros((n * (n + 1) // 2, LANES)),
        np.zeros(LANES),
        np.ones(LANES),
        np.ones(LANES),
        np.zeros(LANES),
        np.zeros(LANES),
        np.zeros(LANES),
        np.zeros(LANES),
        np.zeros(LANES),
        np.zeros(LANES),
        np.zeros(LANES),
        np.zeros(LANES),
        np.zeros(LANES),
    )


@inlined
def load(problem, found, lanes, lane, row):
    """Put a row into a lane."""
    lanes.row[lane] = row
    lanes.best[lane], lanes.slack[lane], lanes.steps[lane] = FORBIDDEN, 1e-10, 0
    for a in range(len(lanes.at)):
        lanes.at[a, lane] = found.point[row, a]
    for i in range(len(lanes.seen)):
        lanes.seen[i, lane] = problem.counts[row, i]
        lanes.slack[lane] += 1e-15 * problem.counts[row, i]
    if len(problem.template):
        which = row if len(problem.template) > 1 else 0
        for i in range(len(lanes.seen)):
            lanes.shape[i, lane] = problem.template[which, i]
        lanes.strength[lane], lanes.unit[lane] = problem.strength[row], problem.unit[row]
        lanes.lowest[lane] = problem.lowest[row] / problem.unit[row]


@inlined
def scale(problem, lanes):
    """Write the strength in each lane and what the nuisance parameters multiply it with."""
    n_background, at = problem.nodes.shape[2], lanes.at
    first = len(at) - len(problem.kappa)
    if problem.free:
        for lane in range(LANES):
            lanes.strength[lane] = at[n_background, lane] * lanes.unit[lane]
    for lane in range(LANES):
        lanes.part[lane] = 0.0
    for k in range(len(problem.kappa)):
        for lane in range(LANES):
            lanes.part[lane] += problem.kappa[k] * at[first + k, lane]
    for lane in range(LANES):
        lanes.factor[lane] = exponential(lanes.part[lane])


@compiled
def add_background(nodes, base, i, at, part, total, slope):
    """Write background and slopes of one bin."""
    n_background = nodes.shape[2]
    for lane in range(LANES):
        total[lane] = 0.0
    for a in range(n_background):
        for lane in range(LANES):
            slope[a, lane] = 0.0
    for q in range(nodes.shape[1]):
        for lane in range(LANES):
            part[lane] = 0.0
        for a in range(n_background):
            z = nodes[i, q, a]
            for lane in range(LANES):
                part[lane] += z * at[a, lane]
        weight = base[i, q]
        for lane in range(LANES):
            e = exponential(part[lane]) * weight
            part[lane] = e
            total[lane] += e
        for a in range(n_background):
            z = nodes[i, q, a]
            for lane in range(LANES):
                slope[a, lane] += z * part[lane]


@inlined
def add_signal(problem, lanes, i):
    """Add the signal in one bin, and its slopes by strength and nuisance parameters."""
    at, slope, size, total = lanes.at, lanes.slope, lanes.work, lanes.total
    strength, factor, unit, shape = lanes.strength, lanes.factor, lanes.unit, lanes.shape
    first = len(at) - len(problem.kappa)
    for lane in range(LANES):
        size[lane] = shape[i, lane]
    for k in range(len(problem.kappa)):
        by, bend = problem.linear[k, i], problem.quadratic[k, i]
        for lane in range(LANES):
            nu = at[first + k, lane]
            size[lane] += nu * (by + nu * bend)
    for k in range(len(problem.kappa)):
        by, bend, log_kappa = problem.linear[k, i], problem.quadratic[k, i], problem.kappa[k]
        for lane in range(LANES):
            nu = at[first + k, lane]
            change = log_kappa * size[lane] + by + 2.0 * nu * bend
            slope[first + k, lane] = strength[lane] * factor[lane] * change
    if problem.free:
        for lane in range(LANES):
            slope[first - 1, lane] = unit[lane] * factor[lane] * size[lane]
    for lane in range(LANES):
        total[lane] += strength[lane] * factor[lane] * size[lane]


@compiled
def accumulate(i, seen, total, part, residual, value, slope, gradient, fisher):
    """Add one bin to the likelihood, to its gradient and to the Fisher information."""
    for lane in range(LANES):
        expected, count = total[lane], seen[i, lane]
        positive = expected if expected > SMALLEST else SMALLEST
        part[lane] = 1.0 / positive
        ratio = count * part[lane]
        residual[lane] = 1.0 - ratio
        ratio = ratio if ratio > SMALLEST else 1.0
        price = 0.0 if expected > 0.0 else FORBIDDEN
        value[lane] += (expected - count + count * logarithm(ratio)) + price
    m = 0
    for a in range(len(slope)):
        for lane in range(LANES):
            gradient[a, lane] += slope[a, lane] * residual[lane]
        for b in range(a + 1):
            for lane in range(LANES):
                fisher[m, lane] += slope[a, lane] * part[lane] * slope[b, lane]
            m += 1


@inlined
def constrain(problem, lanes):
    """Add the constraints of the nuisance parameters, and keep a strength at its bound that would go below."""
    at, gradient, fisher = lanes.at, lanes.gradient, lanes.fisher
    first = len(at) - len(problem.kappa)
    for k in range(len(problem.kappa)):
        a = first + k
        for lane in range(LANES):
            pull = at[a, lane] - problem.centres[max(lanes.row[lane], 0), k]
            lanes.value[lane] += 0.5 * pull * pull
            gradient[a, lane] += pull
            fisher[a * (a + 3) // 2, lane] += 1.0
    if problem.free:
        a = first - 1
        for lane in range(LANES):
            if at[a, lane] <= lanes.lowest[lane] and gradient[a, lane] > 0.0:
                gradient[a, lane] = 0.0
                for b in range(a):
                    fisher[a * (a + 1) // 2 + b, lane] = 0.0
                for c in range(a + 1, len(at)):
                    fisher[c * (c + 1) // 2 + a, lane] = 0.0


@inlined
def evaluate(problem, lanes):
    """Evaluate likelihood, gradient and Fisher information in all lanes."""
    lanes.gradient[:], lanes.fisher[:], lanes.value[:] = 0.0, 0.0, 0.0
    signal = len(problem.template) > 0
    if signal:
        scale(problem, lanes)
    for i in range(len(lanes.seen)):
        add_background(problem.nodes, problem.base, i, lanes.at, lanes.part, lanes.total, lanes.slope)
        if signal:
            add_signal(problem, lanes, i)
        for lane in range(LANES):
            lanes.expected[i, lane] = lanes.total[lane]
        accumulate(
            i,
            lanes.seen,
            lanes.total,
            lanes.part,
            lanes.work,
            lanes.value,
            lanes.slope,
            lanes.gradient,
            lanes.fisher,
        )
    constrain(problem, lanes)


@compiled
def factorise(fisher, n):
    """Replace the Fisher information by its Cholesky root."""
    for a in range(n):
        for b in range(a + 1):
            ab, bb = a * (a + 1) // 2 + b, b * (b + 3) // 2
            for c in range(b):
                ac, bc = a * (a + 1) // 2 + c, b * (b + 1) // 2 + c
                for lane in range(LANES):
                    fisher[ab, lane] -= fisher[ac, lane] * fisher[bc, lane]
            if a == b:
                for lane in range(LANES):
                    s = fisher[ab, lane] + RIDGE
                    fisher[ab, lane] = math.sqrt(s if s > 1e-12 else 1e-12)
            else:
                for lane in range(LANES):
                    fisher[ab, lane] /= fisher[bb, lane]


@compiled
def solve(root, gradient, step, edm, steepest):
    """Write the Newton step, the estimated distance to the minimum and the largest derivative."""
    n = len(gradient)
    edm[:], steepest[:] = 0.0, 0.0
    for a in range(n):
        aa = a * (a + 3) // 2
        for lane in range(LANES):
            g = gradient[a, lane]
            step[a, lane] = -g
            g = g if g > 0.0 else -g
            steepest[lane] = steepest[lane] if steepest[lane] > g else g
        for c in range(a):
            ac = a * (a + 1) // 2 + c
            for lane in range(LANES):
                step[a, lane] -= root[ac, lane] * step[c, lane]
        for lane in range(LANES):
            s = step[a, lane] / root[aa, lane]
            step[a, lane] = s
            edm[lane] += 0.5 * s * s
    for a in range(n - 1, -1, -1):
        aa = a * (a + 3) // 2
        for c in range(a + 1, n):
            ca = c * (c + 1) // 2 + a
            for lane in range(LANES):
                step[a, lane] -= root[ca, lane] * step[c, lane]
        for lane in range(LANES):
            step[a, lane] /= root[aa, lane]


@inlined
def advance(problem, lanes, lane, worse, longest):
    """Take the Newton step in one lane, or half of the last step if that made the likelihood worse."""
    n, n_background = len(lanes.at), problem.nodes.shape[2]
    if worse:
        for a in range(n):
            lanes.step[a, lane] *= 0.5
    else:
        lanes.best[lane] = lanes.value[lane]
        length, norm = 2.0 * lanes.edm[lane], 0.0
        for a in range(n_background):
            norm += lanes.newton[a, lane] ** 2
        length = length if length > norm else norm
        cap = longest / math.sqrt(length) if length > longest * longest else 1.0
        for a in range(n):
            lanes.origin[a, lane] = lanes.at[a, lane]
            lanes.step[a, lane] = cap * lanes.newton[a, lane]
    for a in range(n):
        lanes.at[a, lane] = lanes.origin[a, lane] + lanes.step[a, lane]
    if problem.free and lanes.at[n_background, lane] < lanes.lowest[lane]:
        lanes.at[n_background, lane] = lanes.lowest[lane]
    lanes.steps[lane] += 1


@inlined
def store(lanes, found, lane, worse, done):
    """Write the result of one lane: where it stands, or where it came from if that was better."""
    row = lanes.row[lane]
    for a in range(len(lanes.at)):
        found.point[row, a] = lanes.origin[a, lane] if worse else lanes.at[a, lane]
    for i in range(len(lanes.expected)):
        found.expected[row, i] = lanes.expected[i, lane]
    found.nll[row], found.edm[row] = lanes.value[lane], lanes.edm[lane]
    found.steps[row], found.converged[row] = lanes.steps[lane], done


@compiled
def fit_rows(problem, found, edm, gradient, max_steps, longest):
    """Minimise the likelihood of all rows until distance and gradient are below the given ones."""
    n_rows, n_bins = problem.counts.shape
    lanes = opened(n_bins, found.point.shape[1])
    following, n_left = 0, n_rows
    while following < min(LANES, n_rows):
        load(problem, found, lanes, following, following)
        following += 1
    while n_left > 0:
        evaluate(problem, lanes)
        factorise(lanes.fisher, len(lanes.at))
        solve(lanes.fisher, lanes.gradient, lanes.newton, lanes.edm, lanes.steepest)
        for lane in range(LANES):
            if lanes.row[lane] < 0:
                continue
            worse = lanes.value[lane] > lanes.best[lane] + lanes.slack[lane]
            done = not worse and lanes.edm[lane] < edm and lanes.steepest[lane] < gradient
            if not done and lanes.steps[lane] < max_steps:
                advance(problem, lanes, lane, worse, longest)
                continue
            store(lanes, found, lane, worse, done)
            n_left -= 1
            lanes.row[lane] = -1
            if following < n_rows:
                load(problem, found, lanes, lane, following)
                following += 1
