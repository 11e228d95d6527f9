"""Pieces of code, and the names that the Values in them have."""

from __future__ import annotations

from tracer import Trace

# Code that ends with L, and the names of its op nodes in order of creation, as found while it runs; "" is none.
WATCHED: dict[str, tuple[str, list[str]]] = {
    "assignments": ("e = a*b\nd = e + c\nL = d*a", ["e", "d", "L"]),
    "inside an expression": ("L = a*b + c", ["", "L"]),
    "several lines": ("L = (\n    a\n    * b\n    + c\n)", ["", "L"]),
    "call over several lines": ("e = a*b\nL = sum(\n    [e, c],\n    a,\n)", ["e", "", "L"]),
    "rebound": ("s = a*b\ns = s + c\ns = s*s\nL = s", ["s", "s", "s"]),
    "augmented": ("s = a*b\ns += c\ns *= a\nL = s", ["s", "s", "s"]),
    "two targets": ("x = y = a*b\nL = x + y", ["x", "L"]),
    "alias": ("x = a*b\ny = x\nL = y*y", ["x", "L"]),
    "pair": ("p, q = a*b, b*c\nL = p + q", ["p", "q", "L"]),
    "pair in brackets": ("[p, q] = [a*b, b*c]\nL = p + q", ["p", "q", "L"]),
    "nested pair": ("(p, q), r = (a*b, b*c), a*c\nL = p + q + r", ["p", "q", "r", "", "L"]),
    "star": ("p, *q = a*b, b*c, a*c\nL = p + q[0] + q[1]", ["p", "q[0]", "q[1]", "", "L"]),
    "swap": ("p, q = a*b, b*c\np, q = q, p\nL = p - q", ["p", "q", "L"]),
    "walrus": ("L = (e := a*b) + c", ["e", "L"]),
    "walrus in a condition": ("if (e := a*b).data < 0:\n    L = e + c", ["e", "L"]),
    "walrus in a comprehension": ("h = [(e := a*k) for k in (b, c)]\nL = h[0] + e", ["e", "e", "L"]),
    "list": ("h = [a*b, b*c]\nL = h[0] + h[1]", ["h[0]", "h[1]", "L"]),
    "tuple": ("h = a*b, b*c\nL = h[0] + h[1]", ["h[0]", "h[1]", "L"]),
    "nested list": ("h = [[a*b], [b*c]]\nL = h[0][0] + h[1][0]", ["h[0][0]", "h[1][0]", "L"]),
    "dictionary": ("d = {'x': a*b, 2: b*c}\nL = d['x'] + d[2]", ["d['x']", "d[2]", "L"]),
    "keys that are tuples": ("d = {(1, 'x'): a*b, (2,): b*c}\nL = d[1, 'x'] + d[2,]", ["d[1, 'x']", "d[2,]", "L"]),
    "setting an item": ("h = [None]*2\nh[0] = a*b\nh[1] = h[0]*c\nL = h[1]", ["h[0]", "L"]),
    "setting an item again": ("h = [a*b]\nh[0] = h[0]*c\nL = h[0] + a", ["h[0]", "h[0]", "L"]),
    "setting a key": ("d = {}\nd['x'] = a*b\nd['y'] = d['x'] + c\nL = d['y']", ["d['x']", "L"]),
    "adding to an item": ("h = [a*b]\nh[0] += c\nL = h[0] * a", ["h[0]", "h[0]", "L"]),
    "append": ("h = []\nh.append(a*b)\nh.append(b*c)\nL = h[0] + h[1]", ["h[0]", "h[1]", "L"]),
    "append in a loop": ("h = []\nfor k in (b, c):\n    h.append(a*k)\nL = h[0] + h[1]", ["h[0]", "h[1]", "L"]),
    "append on one line": ("h = []\nfor k in (b, c): h.append(a*k)\nL = h[0] + h[1]", ["h[0]", "h[1]", "L"]),
    "comprehension": ("h = [a*k for k in (b, c)]\nL = h[0] + h[1]", ["h[0]", "h[1]", "L"]),
    "nested comprehension": (
        "h = [[w*k for k in (b, c)] for w in (a, b)]\nL = h[0][1] * h[1][0]",
        ["h[0][1]", "h[1][0]", "L"],
    ),
    "comprehension of a dictionary": ("d = {k: a*b for k in 'xy'}\nL = d['x'] + d['y']", ["d['x']", "d['y']", "L"]),
    "generator": ("h = list(a*k for k in (b, c))\nL = h[0] + h[1]", ["h[0]", "h[1]", "L"]),
    "sum": ("L = sum(a*k for k in (b, c))", ["", "", "", "L"]),
    "map": ("h = list(map(lambda k: a*k, (b, c)))\nL = h[0] + h[1]", ["h[0]", "h[1]", "L"]),
    "unpacked comprehension": ("p, q = [a*k for k in (b, c)]\nL = p + q", ["p", "q", "L"]),
    "loop": ("s = a*b\nfor k in (b, c):\n    s = s + k\nL = s", ["s", "s", "s"]),
    "loop on one line": ("s = a*b\nfor k in (b, c): s = s + k\nL = s", ["s", "s", "s"]),
    "loop with a pair": ("s = a\nfor k, w in ((a, b), (b, c)):\n    s = s + k*w\nL = s", ["", "s", "", "s"]),
    "while": ("s = a*b\nwhile s.data < 0:\n    s = s + c\nL = s", ["s", "s"]),
    "loop variable": ("h = [a*b, b*c]\nL = a\nfor k in h:\n    L = L + k", ["h[0]", "h[1]", "L", "L"]),
    "loop over a generator": (
        "def some():\n    yield a*b\n    yield b*c\nL = a\nfor k in some():\n    L = L + k",
        ["k", "L", "k", "L"],
    ),
    "named in a generator": ("def some():\n    y = a*b\n    yield y\nL = sum(some(), a)", ["y", "L"]),
    "return": ("def f(x):\n    return x*b\ny = f(a)\nL = y + c", ["y", "L"]),
    "return of a name": ("def f(x):\n    z = x*b\n    return z\ny = f(a)\nL = y + c", ["y", "L"]),
    "a name long gone": ("def f(x):\n    z = x*b\n    return z + c\nL = f(a)", ["z", "L"]),
    "names long gone, twice": (
        "def f(x):\n    z = x*b\n    return z + c\np = f(a)\nq = f(p)\nL = p*q",
        ["z", "p", "z", "q", "L"],
    ),
    "return of several": ("def f(x):\n    return x*b, x*c\np, q = f(a)\nL = p + q", ["p", "q", "L"]),
    "return in a list": ("def f(x):\n    return x*b\nh = [f(a), f(b)]\nL = h[0] + h[1]", ["h[0]", "h[1]", "L"]),
    "return through two": (
        "def f(x):\n    return x*b\ndef g(x):\n    return f(x)\ny = g(a)\nL = y + c",
        ["y", "L"],
    ),
    "argument": ("def f(x):\n    return x + c\nL = f(a*b)", ["", "L"]),
    "parameter bound anew": ("def f(x):\n    x = x*b\n    return x + c\nL = f(a)", ["x", "L"]),
    "recursion": ("def f(x, n):\n    y = x*b\n    return f(y, n - 1) if n else y\nL = f(a, 2)", ["y", "y", "L"]),
    "lambda": ("f = lambda x: x*b\ny = f(a)\nL = y + c", ["y", "L"]),
    "closure": (
        "def outer(x):\n    def inner():\n        y = x*b\n        return y + c\n    return inner()\nL = outer(a)",
        ["y", "L"],
    ),
    "nonlocal": (
        "def f():\n    s = a*b\n    def g():\n        nonlocal s\n        s = s + c\n    g()\n    return s*a\nL = f()",
        ["s", "s", "L"],
    ),
    "attribute": ("class N: pass\nn = N()\nn.h = a*b\nL = n.h + c", ["n.h", "L"]),
    "self": (
        "class N:\n    def run(self, x):\n        self.h = x*b\n        return self.h + c\nL = N().run(a)",
        ["self.h", "L"],
    ),
    "self by another name": (
        "class N:\n    def run(self, x):\n        self.h = x*b\n        return self.h + c\nn = N()\nL = n.run(a)",
        ["n.h", "L"],
    ),
    "self, bound anew": (
        "class N:\n    def run(self, x):\n        self.h = x*b\n        self.h = self.h + c\n"
        "n = N()\nn.run(a)\nL = n.h*a",
        ["self.h", "n.h", "L"],
    ),
    "list of an object": (
        "class N:\n    def __init__(self):\n        self.h = []\n    def run(self, x):\n"
        "        self.h.append(x*b)\n        return self.h[0] + c\nn = N()\nL = n.run(a)",
        ["n.h[0]", "L"],
    ),
    "slots": (
        "class N:\n    __slots__ = ('h', 'k')\nn = N()\nn.h = a*b\nL = n.h + c",
        ["n.h", "L"],
    ),
    "try": ("try:\n    e = a*b\n    raise KeyError\nexcept KeyError:\n    L = e + c", ["e", "L"]),
    "with": ("import contextlib\nwith contextlib.nullcontext(a*b) as e:\n    L = e + c", ["e", "L"]),
    "match": ("match [a*b, c]:\n    case [e, k]:\n        L = e + k", ["e", "L"]),
    "statements on one line": ("e = a*b; d = e + c; L = d*a", ["e", "d", "L"]),
    "private names": ("_e = a*b\nL = _e + c", ["", "L"]),
    "label": ("e = a*b\ne.label = 'mine'\nL = e + c", ["mine", "L"]),
    "methods": ("e = a.tanh()\nL = e.exp().log()", ["e", "", "L"]),
    "reversed": ("e = 2*a\nL = 1 - e", ["e", "L"]),
    "conditional": ("e = a*b if a.data else b*c\nL = e + c", ["e", "L"]),
    "deleted": ("e = a*b\nd = e + c\ndel e\nL = d*a", ["e", "d", "L"]),
}  # fmt: skip

# Code that ends with L, and the names of all values but literals, as found afterwards, when it was not watched.
ASKED: dict[str, tuple[str, list[str]]] = {
    "variables": ("a = Value(2.0)\nb = Value(3.0)\ne = a*b\nL = e + a", ["a", "b", "e", "L"]),
    "gone": ("a = Value(2.0)\ns = a*a\ns = s*a\nL = s + a", ["a", "", "s", "L"]),
    "label": ("a = Value(2.0, label='mine')\nL = a*a", ["mine", "L"]),
    "label equal to a name": ("a = Value(2.0, label='b')\nb = Value(3.0)\nL = a*b", ["b", "b", "L"]),
    "name equal to a later label": ("a = Value(2.0)\nb = Value(3.0, label='a')\nL = a*b", ["", "a", "L"]),
    "list": ("w = [Value(2.0), Value(3.0)]\nL = w[0]*w[1]", ["w[0]", "w[1]", "L"]),
    "tuple": ("w = (Value(2.0), [Value(3.0)])\nL = w[0]*w[1][0]", ["w[0]", "w[1][0]", "L"]),
    "deque": ("from collections import deque\nw = deque([Value(2.0)])\nL = w[0]*w[0]", ["w[0]", "L"]),
    "dictionary": ("p = {'w': Value(2.0), 1: Value(3.0)}\nL = p['w']*p[1]", ["p['w']", "p[1]", "L"]),
    "named tuple": (
        "from collections import namedtuple\nP = namedtuple('P', 'w b')\np = P(Value(2.0), Value(3.0))\nL = p.w*p.b",
        ["p.w", "p.b", "L"],
    ),
    "attributes": (
        "class N: pass\nn = N()\nn.w = Value(2.0)\nn.m = N()\nn.m.w = Value(3.0)\nL = n.w*n.m.w",
        ["n.w", "n.m.w", "L"],
    ),
    "dataclass": (
        "from dataclasses import dataclass\n@dataclass(slots=True)\nclass P:\n    w: object\n"
        "p = P(Value(2.0))\nL = p.w*p.w",
        ["p.w", "L"],
    ),
    "simple namespace": (
        "from types import SimpleNamespace\np = SimpleNamespace(w=Value(2.0))\nL = p.w*p.w",
        ["p.w", "L"],
    ),
    "variable before list": ("w = [Value(2.0), Value(3.0)]\nx, y = w\nL = x*y", ["x", "y", "L"]),
    "first of two names": ("a = Value(2.0)\nb = a\nL = a*b", ["a", "L"]),
    "shortest path": (
        "class N: pass\nn = N()\nn.m = N()\nn.m.w = [Value(2.0)]\nk = n.m.w\nL = k[0]*k[0]",
        ["k[0]", "L"],
    ),
    "left behind by a loop": (
        "w = [Value(2.0), Value(3.0)]\nfor p in w:\n    p.data += 0\nL = w[0]*w[1]",
        ["w[0]", "w[1]", "L"],
    ),
    "the last of a list": ("h = []\nfor k in range(3):\n    y = Value(k + 1.0)\n    h.append(y)\nL = y*y", ["y", "L"]),
    "the output in a list": (
        "h = [Value(2.0)]\nfor k in range(2):\n    L = h[-1]*h[-1]\n    h.append(L)",
        ["h[0]", "h[1]", "L"],
    ),
    "registry": ("all = []\na = Value(2.0)\nall.append(a)\nb = Value(3.0)\nall.append(b)\nL = a*b", ["a", "b", "L"]),
    "private": ("_a = Value(2.0)\nclass N: pass\nn = N()\nn._b = Value(3.0)\nL = _a*n._b", ["", "", "L"]),
    "history of IPython": (
        "In = [Value(2.0)]\nOut = {1: Value(3.0)}\n_ = Value(1.0)\nL = In[0]*Out[1] + _",
        ["", "", "", "", "L"],
    ),
    "cycle": ("w = [Value(2.0)]\nw.append(w)\nL = w[0]*w[0]", ["w[0]", "L"]),
    "odd keys": (
        "p = {1.5: Value(2.0), 'x'*99: Value(3.0), 'ok': Value(4.0)}\nL = p[1.5]*p['x'*99]*p['ok']",
        ["", "", "p['ok']", "", "L"],
    ),
    "set": (
        "a = Value(2.0)\nw = {a, Value(3.0)}\nL = a\nfor k in sorted(w, key=lambda v: v.data): L = L*k",
        ["a", "k", "", "L"],
    ),
}  # fmt: skip


def op_labels(found: Trace) -> list[str]:
    return [node.label for node in found.graph.nodes if node.kind == "op"]


def labels(found: Trace) -> list[str]:
    return [node.label for node in found.graph.nodes if node.kind != "constant"]
