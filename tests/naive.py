"""A second implementation of the definitions, one Python loop per index, that shares nothing with the oracle."""

from __future__ import annotations

import itertools

import numpy as np


def conv_transpose(x, w, b, *, stride, dilation, groups, window):
    """x (N, Cin, *n), w (Cin, Cout/g, *k): y (N, Cout, *out), every input value times the kernel added where it falls."""
    outs = [out for _, out in window]
    per_group = w.shape[1]
    y = np.zeros((x.shape[0], per_group * groups, *outs), dtype=object)
    y[...] = 0
    for n, c in itertools.product(range(x.shape[0]), range(x.shape[1])):
        group = c // (x.shape[1] // groups)
        for i in itertools.product(*map(range, x.shape[2:])):
            for o in range(per_group):
                for t in itertools.product(*map(range, w.shape[2:])):
                    cell = [
                        a * s + k * d - lo for a, s, k, d, (lo, _) in zip(i, stride, t, dilation, window, strict=True)
                    ]
                    if all(0 <= position < out for position, out in zip(cell, outs, strict=True)):
                        y[(n, group * per_group + o, *cell)] += x[(n, c, *i)] * w[(c, o, *t)]
    return y if b is None else y + b.reshape(1, -1, *[1] * len(outs))


def conv(x, w, b, *, stride, dilation, groups, padding):
    """x (N, Cin, *n), w (Cout, Cin/g, *k): y (N, Cout, *out), the cross-correlation of the zero-padded input."""
    rank = len(stride)
    outs = [
        (n + low + high - d * (k - 1) - 1) // s + 1
        for n, k, s, d, (low, high) in zip(x.shape[2:], w.shape[2:], stride, dilation, padding, strict=True)
    ]
    y = np.zeros((x.shape[0], w.shape[0], *outs), dtype=object)
    y[...] = 0
    for n, o in itertools.product(range(x.shape[0]), range(w.shape[0])):
        group = o // (w.shape[0] // groups)
        for p in itertools.product(*map(range, outs)):
            for c in range(w.shape[1]):
                for t in itertools.product(*map(range, w.shape[2:])):
                    cell = [p[i] * stride[i] + t[i] * dilation[i] - padding[i][0] for i in range(rank)]
                    if all(0 <= position < length for position, length in zip(cell, x.shape[2:], strict=True)):
                        y[(n, o, *p)] += x[(n, group * w.shape[1] + c, *cell)] * w[(o, c, *t)]
    return y if b is None else y + b.reshape(1, -1, *[1] * rank)
