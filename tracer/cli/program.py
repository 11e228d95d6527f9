"""How a run ends: what is said on standard error, and the exit code.

| code | means |
|---|---|
| 0 | all went well |
| 1 | failure: something could not be read, computed or written, or `check` found a wrong gradient |
| 2 | usage: no such command or option, an expression or inputs that cannot be accepted |
| 130 | interrupted with Ctrl-C |

Whatever goes wrong through no fault of tracer's own is one line that begins with `tracer: `, never a traceback.
"""

from __future__ import annotations

import atexit
import gc
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, NoReturn

import click

from tracer.errors import ExpressionError, TracerError
from tracer.formatting import visible

NAME: Final = "tracer"
FAILURE: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130

# Python looks for garbage whenever so many objects more have been made than have gone. By default it is a few hundred,
# which takes a good part of a short run, where nearly all that is made is kept.
_OBJECTS_TO_GARBAGE_COLLECTION: Final = 50_000


class Program(click.Group):
    """A group of commands that ends as this module says."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Run the command that `args` ask for (the process's arguments, if left out) and exit.

        The name of the program and the mode are this class's own affair; click's other arguments are handed on.
        """
        ending = _Ending()
        if args is None:  # the words are the process's own, and so this is all that it is for
            gc.set_threshold(_OBJECTS_TO_GARBAGE_COLLECTION)
            atexit.register(ending.leave)
        _show_every_character()
        ending.code = self._run(args, complete_var, extra)
        sys.exit(ending.code)

    def get_help(self, ctx: click.Context) -> str:
        """The help."""
        from tracer.cli.helping import help_for

        return help_for(self, ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which they were defined."""
        return list(self.commands)

    def _run(self, args: Sequence[str] | None, complete_var: str | None, extra: dict[str, Any]) -> int:
        try:
            code = super().main(args, NAME, complete_var, standalone_mode=False, **extra)
            _flush()
        except click.exceptions.NoArgsIsHelpError as error:  # no command at all was named
            print(error.message)
            return USAGE
        except click.UsageError as error:
            where = error.ctx.command_path if error.ctx else NAME
            return _complain(f"{error.format_message().rstrip('.')}; try {where} --help", USAGE)
        except click.ClickException as error:
            return _complain(error.format_message(), FAILURE)
        except ExpressionError as error:
            return _complain(str(error), USAGE)
        except TracerError as error:
            return _complain(str(error), FAILURE)
        except (click.Abort, KeyboardInterrupt):
            return INTERRUPTED
        except BrokenPipeError:
            _abandon_output()
            return FAILURE
        except OSError as error:
            _abandon_output()
            return _complain(_in_words(error), FAILURE)
        return code if isinstance(code, int) else 0


class _Ending:
    """Ends the process without having Python take everything apart first, which takes as long as drawing an image.

    It is registered before anything else, and so its turn comes when all else that there is to do has been done.
    """

    def __init__(self) -> None:
        self.code: int | None = None

    def leave(self) -> None:
        """End the process now, unless it ends in another way than as this module says."""
        if _has_run_a_program():
            gc.collect()  # files that it has left open are written to while Python still can
            return
        if self.code is None:
            return
        with suppress(OSError):  # what cannot go out was complained of in `_run`
            _flush()
            os._exit(self.code)


def _has_run_a_program() -> bool:
    """Whether a program of the user's has run here. It may have left files open, which Python writes to the end."""
    return "tracer.sources.script" in sys.modules


def _complain(message: str, code: int) -> int:
    line = " ".join(part.strip() for part in message.split("\n"))
    print(f"{NAME}: {visible(line)}", file=sys.stderr)
    return code


def _in_words(error: OSError) -> str:
    reason = error.strerror or str(error)
    return reason if error.filename is None else f"{os.fsdecode(error.filename)}: {reason}"


def _show_every_character() -> None:
    """Print characters that the locale's character set lacks as escapes instead of failing."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _flush() -> None:
    """Find out now, and not when Python shuts down, whether all that was printed has gone out."""
    if sys.stdout is not None:
        sys.stdout.flush()


def _abandon_output() -> None:
    """Send what cannot be flushed nowhere, or Python would complain of it once more when it shuts down."""
    try:
        _flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
