"""The command line: thin click commands that parse, call and render. None of it imports torch."""

import contextlib
import errno
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

_CANNOT_WRITE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

EXIT_INTERRUPTED = 130
EXIT_PIPE_CLOSED = 141
"""What a shell sees of a program that writes to `head` after that has ended: 128 + SIGPIPE."""


def main() -> None:
    """Run `grade`, and leave with a code that says how it ended: 1 is a verdict, so nothing else may end with 1."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # `grade >&-`, and some ways to start a program on Windows
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115, RUF100  # stays open as long as the program
    try:
        try:
            from grader.cli.terminal import prepare

            prepare()  # before the language is chosen
            code = _run()
            sys.stdout.flush()  # here, where it can still be told what is wrong
        except SystemExit as error:
            if isinstance(error.__context__, BrokenPipeError):  # rich's way to leave
                raise BrokenPipeError from None
            sys.stdout.flush()
            raise
    except KeyboardInterrupt:
        code = _interrupted()
    except BrokenPipeError:
        code = _pipe_closed()
    except OSError as error:
        if error.errno not in _CANNOT_WRITE:
            raise
        code = _disk_full(error)
    raise SystemExit(code)


def _run() -> int:
    """Parse, call, and say what went wrong. (click's own way would end with 1 for an interrupt or a closed pipe.)"""
    import click

    from grader.cli.app import EXIT_GRADER_ERROR, EXIT_USAGE, fail
    from grader.cli.group import grade
    from grader.formats import CourseError
    from grader.text import both

    if os.environ.get("_GRADE_COMPLETE"):  # the shell asks for names
        grade.main(prog_name="grade")
    try:
        Path.cwd()
    except OSError:
        fail(both("the folder you are in is gone, or may not be entered; go to another one with cd"))
    try:
        with grade.make_context("grade", sys.argv[1:]) as context:
            grade.invoke(context)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except CourseError as error:  # a file of the course is broken: nobody's usage, and nobody's code
        fail(error.text, EXIT_GRADER_ERROR)
    except (KeyboardInterrupt, BrokenPipeError, click.Abort):
        raise
    except OSError as error:
        if error.errno in _CANNOT_WRITE:
            raise
        return _failed()
    except Exception:  # noqa: BLE001, RUF100  # whatever it is, it is ours: a traceback, and not the exit code of a verdict
        return _failed()
    return 0


def _failed() -> NoReturn:
    """Say what went wrong on our side, in full."""
    import traceback

    from grader.cli.app import EXIT_GRADER_ERROR, fail
    from grader.text import both

    traceback.print_exc()
    fail(both("gradlings failed; this says nothing about your code. Please report it"), EXIT_GRADER_ERROR)


def _disk_full(error: OSError) -> int:
    """What was to be printed has no place: say so where there is one, and let nothing be written when Python ends."""
    from grader.cli.app import EXIT_GRADER_ERROR, LANG
    from grader.text import both

    text = both("Error: the output cannot be written: {error}", error=error.strerror)
    with contextlib.suppress(OSError):
        print(text[LANG], file=sys.stderr)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_GRADER_ERROR


def _interrupted() -> int:
    """One line, whatever was going on; no second Ctrl-C gets in between."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from grader.cli.app import _

    print("\n" + _("Interrupted."), file=sys.stderr)
    return EXIT_INTERRUPTED


def _pipe_closed() -> int:
    """Nobody reads any more: let nothing be written when Python ends, which would complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_PIPE_CLOSED
