"""Numerical verification in the terminal: a mark and a number a gradient, a summary, and the lecture's nudge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Final

from rich.console import Console
from rich.text import Text

from tracer.checking import Check, NodeCheck, Nudge
from tracer.formatting import full, visible
from tracer.outputs.console import Page, open_console
from tracer.telling import listed
from tracer.tracing import Trace
from tracer.wording import Wording

MARKS: Final[Mapping[str, tuple[str, str]]] = {
    "right": ("✓", "right"),
    "wrong": ("✗", "wrong"),
    "early": ("✗", "unsure"),
    "inconclusive": ("≈", "unsure"),
}


def checked(found: NodeCheck, page: Page, *, margin: bool = False) -> Text:
    """What the check says about one gradient: `✓ numerically -2.0`, with a margin `✓ numerically -2.0 ± 1e-11`."""
    mark, style = MARKS[found.answer]
    figure = page.words.figure
    if not isfinite(found.numeric):
        said = found.reason
    elif found.answer == "right" and found.size > 1:
        said = f"numerically the same in {_entries(found)}" + (f" ± {found.error:.0e}" if margin else "")
    elif found.answer == "right":
        said = f"numerically {figure(_rounded(found))}" + (f" ± {found.error:.0e}" if margin else "")
    else:
        said = f"numerically {figure(found.numeric)}: {found.reason}"
    return page.text((f"{mark} {said}", style))


def checked_together(found: Sequence[NodeCheck], page: Page) -> Text:
    """What the check says about the entries of one gradient, of which there is one unless it is a vector."""
    if len(found) == 1:
        return checked(found[0], page)
    for answer in ("wrong", "inconclusive"):
        if some := [one for one in found if one.answer == answer]:
            mark, style = MARKS[answer]
            said = (
                f"{len(some)} of {len(found)} entries {_verb(len(some))} {answer}: {listed(one.name for one in some)}"
            )
            return page.text((f"{mark} {said}", style))
    mark, style = MARKS["right"]
    return page.text((f"{mark} numerically the same in all {len(found)} entries", style))


def summary(check: Check, page: Page) -> Text:
    """The check in one line: `✓ all 7 gradients agree with central differences`."""
    total, wrong, unsure = len(check.nodes), len(check.wrong), len(check.inconclusive)
    if wrong:
        names = ", ".join(found.name for found in check.wrong)
        return page.text((f"✗ {wrong} of {total} gradients {_verb(wrong)} wrong: {names}", "wrong"))
    if unsure:
        names = ", ".join(found.name for found in check.inconclusive)
        agree = total - unsure
        said = f"✓ {agree} of {total} gradients agree with central differences"
        return page.text((said, "right"), (f"; inconclusive: {names}", "unsure"))
    every = f"all {total} gradients agree" if total > 1 else "the gradient agrees"
    return page.text((f"✓ {every} with central differences", "right"))


def print_check(check: Check, trace: Trace, console: Console | None = None) -> None:
    """Print what the check found, a gradient a line, and a summary."""
    page = Page(console or open_console())
    words = Wording(trace, page.words)
    page.write(page.text((words.title(), "title")))
    page.write()
    claims = [_claim(found, trace, words) for found in check.nodes]
    width = max((Text(claim).cell_len for claim in claims), default=0)
    for claim, found in zip(claims, check.nodes, strict=True):
        beside = page.is_plain or width + 40 <= page.width
        line = page.text((claim + " " * (width - Text(claim).cell_len if beside else 0), "gradient"), "   ")
        said = checked(found, page, margin=True)
        if beside:
            page.write(line + said, hang=4)
        else:
            page.write(page.text((claim, "gradient")))
            page.write(said, indent=4)
    page.write()
    page.write(summary(check, page))


def print_nudge(nudge: Nudge, console: Console | None = None) -> None:
    """Print the lecture's own check: the output before and after a small step, and the slope."""
    page = Page(console or open_console())
    page.write(page.text((f"L1 = {full(nudge.before)}", "numbers"), ("    the output as it is", "why")))
    page.write(
        page.text(
            (f"L2 = {full(nudge.after)}", "numbers"),
            (f"    the output with {nudge.name} moved by {full(nudge.h)}", "why"),
        )
    )
    page.write(page.text("(L2 - L1)/h = ", (full(nudge.slope), "result")))


def _claim(found: NodeCheck, trace: Trace, words: Wording) -> str:
    own = found.name == trace.names[found.node]  # otherwise it is an entry of a vector
    gradient = words.style.derivative(words.output, words.names[found.node] if own else visible(found.name))
    return f"{gradient} = {words.style.figure(found.claimed)}"


def _rounded(found: NodeCheck) -> float:
    """The numeric derivative to the digits that it is known to."""
    return float(f"{found.numeric:.6g}")


def _entries(found: NodeCheck) -> str:
    """Which entries of a tensor were moved: `all 6 entries`, `8 of 4096 entries and in a random direction`."""
    if found.tried == found.size:
        return "both entries" if found.size == 2 else f"all {found.size} entries"
    return f"{found.tried} of {found.size} entries" + (" and in a random direction" if found.along else "")


def _verb(count: int) -> str:
    return "is" if count == 1 else "are"
