"""Compute reference.json: the models' quantities at 50 digits, on a random grid of hard cases.

Run it with any Python that has mpmath (it is no dependency of crmlab): ``python make_reference.py``. It takes
some minutes. Cases that take mpmath over 40 seconds, or in which it
loses its digits, are left out and listed.
"""

import json
import random
import signal
from functools import partial
from pathlib import Path

import mpmath as mp

mp.mp.dps = 50


def survive(R, a, b, y):
    """E[(1 + p y)^-R] over p ~ Beta(a, b); ValueError where mpmath's two forms of it differ."""
    plain = mp.hyp2f1(R, a, a + b, -y)
    pfaff = (1 + y) ** -a * mp.hyp2f1(a, a + b - R, a + b, y / (1 + y))
    if abs(plain - pfaff) > abs(pfaff) * mp.mpf(10) ** -14:
        raise ValueError("digits lost")
    return pfaff


def bg_count(t, R, alpha, a, b):
    """Expected purchases of a customer alive, equation 9; a = 1 is taken as a limit."""
    with mp.workdps(100):
        a = a + mp.mpf(10) ** -30 if a == 1 else a
        return (a + b - 1) / (a - 1) * (1 - mp.hyp2f1(R, a - 1, a + b - 1, -t / alpha))


def bg(case, extra):
    r, alpha, a, b, x, tx, T, t = (mp.mpf(case[k]) for k in ("r", "alpha", "a", "b", "x", "tx", "T", "t"))
    k = x + extra
    common = mp.log(mp.gammaprod([r + x], [r])) + r * mp.log(alpha)
    alive = common + mp.log(mp.beta(a, b + k) / mp.beta(a, b)) - (r + x) * mp.log(alpha + T)
    dead = -mp.inf
    if k:
        dead = common + mp.log(mp.beta(a + 1, b + k - 1) / mp.beta(a, b)) - (r + x) * mp.log(alpha + tx)
    p = 1 / (1 + mp.exp(dead - alive)) if k else mp.mpf(1)
    out = {"loglik": alive - mp.log(p), "p_alive": p}
    out["expected"] = p * bg_count(t, r + x, alpha + T, a, b + k)
    return out


def pareto(case):
    r, alpha, s, beta, x, tx, T, t = (
        mp.mpf(case[k]) for k in ("r", "alpha", "s", "beta", "x", "tx", "T", "t")
    )
    n = r + x + s
    common = mp.log(mp.gammaprod([r + x], [r])) + r * mp.log(alpha) + s * mp.log(beta)
    large, power = (alpha, s + 1) if alpha >= beta else (beta, r + x)  # the one with the larger offset

    def part(u):
        return mp.hyp2f1(n, power, n + 1, abs(alpha - beta) / (large + u)) / (large + u) ** n

    alive = (alpha + T) ** -(r + x) * (beta + T) ** -s
    with mp.workdps(70):
        dead = s / n * (part(tx) - part(T)) if tx < T else mp.mpf(0)
    p = alive / (alive + dead)
    if s == 1:  # the limit
        gain = (r + x) * (beta + T) / (alpha + T) * mp.log1p(t / (beta + T))
    else:
        gain = (r + x) * (beta + T) / ((alpha + T) * (s - 1)) * -mp.expm1((1 - s) * mp.log1p(t / (beta + T)))
    return {"loglik": common + mp.log(alive + dead), "p_alive": p, "expected": p * gain}


def bg_dert(case, extra):
    """Discounted purchases of a customer alive: the closed form of their rate, integrated over time."""
    r, alpha, a, b, x, T, force = (mp.mpf(case[k]) for k in ("r", "alpha", "a", "b", "x", "T", "force"))
    R, A, B = r + x, alpha + T, b + x + extra

    def inner(t):
        return mp.exp(-force * t) * R / A * survive(R + 1, a, B, t / A)

    start, end = mp.log(min(A / (R + 1), 1 / force) / 100), mp.log(60 / force)
    panels = int(mp.ceil(end - start))
    edges = [start + (end - start) * i / panels for i in range(panels + 1)]
    with mp.workdps(30):
        first = mp.quad(inner, [0, mp.exp(start)], method="gauss-legendre", maxdegree=3)
        rest = mp.quad(lambda w: inner(mp.exp(w)) * mp.exp(w), edges, method="gauss-legendre", maxdegree=4)
    return {"discounted": first + rest}


def pareto_dert(case):
    """Closed form with Tricomi's function."""
    r, alpha, s, beta, x, T, force = (mp.mpf(case[k]) for k in ("r", "alpha", "s", "beta", "x", "T", "force"))
    B = beta + T
    with mp.workdps(80):
        return {"discounted": (r + x) / (alpha + T) * B**s * force ** (s - 1) * mp.hyperu(s, s, force * B)}


def pmf(model, case):
    """P(n purchases in t | alive) of a customer with x purchases at age T."""
    r, alpha, x, T, t = (mp.mpf(case[k]) for k in ("r", "alpha", "x", "T", "t"))
    n, R, A = case["n"], r + x, alpha + T

    def nbd(j, time):
        return mp.gammaprod([R + j], [R, j + 1]) * (A / (A + time)) ** R * (time / (A + time)) ** j

    if model == "BGNBD":
        a, b = mp.mpf(case["a"]), mp.mpf(case["b"]) + x
        chance = mp.beta(a, b + n) / mp.beta(a, b) * nbd(n, t)
        if n:
            with mp.workdps(300):
                rest = 1 - mp.fsum(nbd(j, t) for j in range(n))
            chance += mp.beta(a + 1, b + n - 1) / mp.beta(a, b) * rest
        return {"pmf": chance}
    s, B = mp.mpf(case["s"]), mp.mpf(case["beta"]) + T

    def leave(w):
        time = mp.exp(w)
        return nbd(n, time) * s / (B + time) * (B / (B + time)) ** s * time

    top = mp.log(t)  # what leaves earlier than exp(-40) t is nothing
    left = mp.quad(leave, [top - 40 + mp.mpf(i) / 8 for i in range(321)])
    return {"pmf": left + nbd(n, t) * (B / (B + t)) ** s}


def power(rng, low, high):
    return float(f"{10 ** rng.uniform(low, high):.6g}")


def customer(rng):
    x = rng.choice([0, 0, 1, 1, 2, 7, 60, 1000, 100_000])
    T = power(rng, -3, 5)
    tx = 0.0 if x == 0 else rng.choice([T, T * 1e-9, T * 0.999, T * rng.random(), T * rng.random()])
    return {"x": x, "tx": tx, "T": T, "t": T * power(rng, -2, 2), "n": rng.choice([0, 1, 2, 9, 80])}


def cases(rng, names, size, wide):
    for _ in range(size):
        case = customer(rng)
        for name in names:
            case[name] = power(rng, -3, 3) if wide else power(rng, -1, 1.5)
        if "a" in names and rng.random() < 0.3:
            case["a"] = rng.choice([1.0, 1 + 1e-12, 1 - 1e-7, 1 + 1e-4, 1e-3])
        if "s" in names and rng.random() < 0.3:
            case["s"], case["beta"] = (
                rng.choice([1.0, 1 + 1e-9, case["s"]]),
                case["alpha"] * rng.choice([1, 1 + 1e-9]),
            )
        case["force"] = power(rng, -4, -1)
        yield case


def main():
    rng = random.Random(20050401)
    btyd, pnbd = ("r", "alpha", "a", "b"), ("r", "alpha", "s", "beta")
    jobs = [("BGNBD", btyd, lambda c: bg(c, 0), 90, True), ("MBGNBD", btyd, lambda c: bg(c, 1), 60, True)]
    jobs += [("ParetoNBD", pnbd, pareto, 120, True), ("ParetoNBD", pnbd, pareto_dert, 40, True)]
    jobs += [
        ("BGNBD", btyd, lambda c: bg_dert(c, 0), 25, True),
        ("BGNBD", btyd, lambda c: bg_dert(c, 0), 30, False),
        ("MBGNBD", btyd, lambda c: bg_dert(c, 1), 15, False),
    ]
    jobs += [
        (name, names, partial(pmf, name), 40, True) for name, names in (("BGNBD", btyd), ("ParetoNBD", pnbd))
    ]
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError))
    rows = []
    for model, names, function, size, wide in jobs:
        for case in cases(rng, names, size, wide):
            signal.alarm(40)
            try:
                found = function(case)
            except (TimeoutError, mp.libmp.NoConvergence, ValueError, ZeroDivisionError, OverflowError) as e:
                print("left out:", model, type(e).__name__, e, case)
                continue
            finally:
                signal.alarm(0)
            values = {name: mp.nstr(mp.re(v), 20) for name, v in found.items()}
            rows.append({"model": model, "case": case, "values": values})
            print(len(rows), model, flush=True)
    text = ",\n".join(json.dumps(row) for row in rows)
    Path(__file__).with_name("reference.json").write_text(f"[\n{text}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
