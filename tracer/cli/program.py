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

import gc
import io
import os
import sys
from collections.abc import Sequence
from typing import Any, Final, NoReturn

import rich_click as click

from tracer.errors import ExpressionError, TracerError
from tracer.formatting import visible

NAME: Final = "tracer"
FAILURE: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130


class Program(click.RichGroup):
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
        _show_every_character()
        code = self._run(args, complete_var, extra)
        # The process is over. Looking through all that it has left behind would take longer than a picture.
        gc.freeze()
        sys.exit(code)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which they were defined."""
        return list(self.commands)

    def _run(self, args: Sequence[str] | None, complete_var: str | None, extra: dict[str, Any]) -> int:
        try:
            code = super().main(args, NAME, complete_var, standalone_mode=False, **extra)
            _flush()
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
