"""An independent reading of the papers in NumPy, for golden tests: codecs, outer steps, MaxText's schedule.

Written from the equations, value by value, without a look at Atoll's C++.
"""

import math

import numpy as np


def fp32(x, **_):
    return x.copy()


def bf16(x, **_):
    """The nearest of the floats whose last 16 bits are 0; of two that are equally near, the one with an even last bit."""
    import torch
    return torch.from_numpy(x.copy()).to(torch.bfloat16).to(torch.float32).numpy()


def int8(x, block=256, **_):
    out = np.zeros_like(x)
    for i in range(0, len(x), block):
        part = x[i:i + block]
        scale = np.float32(np.abs(part).max() / np.float32(127))
        if scale > 0:
            out[i:i + block] = np.rint(part.astype(np.float64) / scale) * scale
    return out


def fp4(x, block=256, **_):
    """E3M0: the nearest of 0, 2^-6, .., 1 times the largest of the block."""
    levels = np.array([0.0] + [2.0 ** e for e in range(-6, 1)])
    out = np.zeros_like(x)
    for i in range(0, len(x), block):
        part = x[i:i + block]
        largest = np.abs(part).max()
        if largest > 0:
            ratio = np.abs(part.astype(np.float64)) / largest
            nearest = np.abs(ratio[:, None] - levels[None, :]).argmin(1)
            out[i:i + block] = np.sign(part) * levels[nearest] * largest
    return out


def topk(x, chunk=4096, keep=64, **_):
    """Of each chunk the `keep` largest, each as the mean of those above or not above their mean magnitude."""
    out = np.zeros_like(x)
    for i in range(0, len(x), chunk):
        part = x[i:i + chunk]
        places = np.argsort(-np.abs(part), kind="stable")[:keep]
        magnitude = np.abs(part[places].astype(np.float64))
        large = magnitude > np.float32(magnitude.mean())
        value = np.where(large, magnitude[large].mean() if large.any() else 0, magnitude[~large].mean() if (~large).any() else 0)
        out[i + places] = np.sign(part[places]) * value
    return out


def error_feedback(deltas, codec, decay, **config):
    """SparseLoCo: e <- b e + D; Q = codec(e); e <- e - Q."""
    e = np.zeros_like(deltas[0])
    sent = []
    for delta in deltas:
        e = (np.float32(decay) * e + delta).astype(np.float32)
        q = codec(e, **config)
        e = (e - q).astype(np.float32)
        sent.append(q)
    return sent, e


def torch_nesterov(start, deltas, rate, momentum):
    """What torch.optim.SGD(nesterov=True) makes of deltas as gradients."""
    import torch
    p = torch.nn.Parameter(torch.from_numpy(start.copy()))
    optimizer = torch.optim.SGD([p], lr=rate, momentum=momentum, nesterov=True)
    for delta in deltas:
        p.grad = torch.from_numpy(delta.copy())
        optimizer.step()
    return p.detach().numpy()


def delayed_nesterov(start, deltas, rate, momentum, n, c):
    """Asynchronous Local-SGD (2401.09135), algorithm 3."""
    theta, m, buffer = start.astype(np.float64), np.zeros_like(start, np.float64), np.zeros_like(start, np.float64)
    for t, g in enumerate(deltas):
        g = g.astype(np.float64)
        buffer = buffer + g
        if (t + 1) % n == 0:
            m = momentum * m + buffer / n
            theta = theta - rate * ((1 - c * n + c) * momentum * m + g / n)
            buffer = np.zeros_like(buffer)
        else:
            theta = theta - rate * (c * momentum * m + g / n)
    return theta


def maxtext_schedule(h, p, steps):
    """(step, fragment) of all that is due in the first `steps` steps."""
    dh = max(1, round(h / p))
    h_eff = p * dh
    return [(t, (t % h_eff) // dh) for t in range(1, steps + 1) if t % dh == 0]


def dynamic_steps(speeds, h):
    """DyLU: floor(v / v_max * H), at least 1."""
    fastest = max(speeds)
    return [max(1, math.floor(v / fastest * h)) for v in speeds]


def nesterov(theta, m, d, rate, momentum):
    m = momentum * m + d
    return theta - rate * (d + momentum * m), m


def islands_run(start, targets, steps, h, fragments=1, tau=0, alpha=0.0, rate=0.7, momentum=0.9, eager=False, sparse=None):
    """DiLoCo (2311.08105), Streaming DiLoCo (2501.18512), eager updates (2502.12996) and SparseLoCo (2508.15706) in one
    process. An inner step goes a tenth of the way to the island's target. Fragments are equal parts of the vector.

    Returns the global parameters after `steps` inner steps of every island.
    """
    k, n = len(targets), len(start)
    size = n // fragments
    part = [slice(i * size, (i + 1) * size) for i in range(fragments)]
    dh = max(1, round(h / fragments))
    period = fragments * dh
    theta = start.astype(np.float64)
    m = np.zeros(n)
    local = [theta.copy() for _ in range(k)]
    residual = [np.zeros(n, np.float32) for _ in range(k)]
    last = {}  # fragment: each island's last delta
    under_way = {}  # fragment: (step at which it is taken, new parameters, what each island went on from)
    for t in range(1, steps + 1):
        for i in range(k):
            local[i] += 0.1 * (targets[i] - local[i])
        if t % dh == 0:
            f = (t % period) // dh
            s = part[f]
            deltas = [theta[s] - x[s] for x in local]
            if sparse:
                for i in range(k):
                    residual[i][s] = sparse["decay"] * residual[i][s] + deltas[i]
                    deltas[i] = topk(residual[i][s].astype(np.float32), sparse["chunk"], sparse["keep"]).astype(np.float64)
                    residual[i][s] -= deltas[i]
            mean = np.mean(deltas, axis=0)
            guess = []
            if eager:
                for i in range(k):
                    others = np.mean(last[f], axis=0) - last[f][i] / k if f in last else deltas[i] * (k - 1) / k
                    guess.append(nesterov(theta[s], m[s], deltas[i] / k + others, rate, momentum)[0])
                    local[i][s] = guess[i]
            last[f] = deltas
            new, m[s] = (theta[s] - rate * mean, m[s]) if sparse else nesterov(theta[s], m[s], mean, rate, momentum)
            under_way[f] = (t + tau, new, guess)
        for f in [f for f, (due, _, _) in under_way.items() if due == t]:
            _, new, guess = under_way.pop(f)
            s = part[f]
            theta[s] = new
            for i in range(k):
                local[i][s] = local[i][s] + new - guess[i] if eager else alpha * local[i][s] + (1 - alpha) * new
    return theta
