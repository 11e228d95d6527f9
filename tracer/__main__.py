"""`python -m tracer` is the command `tracer`."""

from __future__ import annotations

from tracer.cli import main

if __name__ == "__main__":
    main()
