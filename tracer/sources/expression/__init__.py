"""A small language for computations: `e = a*b; d = e + c; L = d*f`.

Statements are separated by `;` or line ends; the result of the last one is the output. There are numbers, names,
`+ - * / **`, parentheses and the functions of the op table. What a name stands for never changes, so each is a label:

* a name that is computed, `e = a*b`, is computed once, is used by the output, and is no input;
* a name that is a plain number, `a = 2`, is a leaf with that label;
* a name that stands for another, `L = e`, is a second name for the same value, which keeps its first label;
* every other name is an input, and is given from outside.

Numbers without a name are constants, and ops on nothing but numbers are worked out beforehand: `1/3` is one constant.
Values are created in the order in which they are written, operands from left to right.

Numbers are decimal, in ASCII digits, and within what floats can hold. Names are as in Python: letters of any script,
digits and _, normalised (NFKC), without Python's reserved words and the names of functions. There are no comments. A
text has at most 10,000 characters, a name 100, a statement 500 ops; parentheses nest at most 50 deep.
"""

from __future__ import annotations

from tracer.sources.expression.computing import parse, title
from tracer.sources.expression.inputs import read_inputs

__all__ = ["parse", "read_inputs", "title"]
