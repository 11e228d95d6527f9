"""The command line, `tracer VERB SOURCE [NAME=NUMBER]... [OPTIONS]`: it parses, calls and prints.

* `commands.py` has the verbs;
* `arguments.py` has the words that several of them share;
* `words.py` tells options from expressions that begin with a minus sign;
* `rendering.py` writes the files that `render` was asked for;
* `helping.py` lays out help;
* `program.py` says how a run ends: messages and exit codes.
"""

from __future__ import annotations

from tracer.cli.commands import main

__all__ = ["main"]
