"""The command `grade` and the list of its commands, each imported when it is needed."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Final

import click

from grader import __version__
from grader.cli.app import LANG, common_options, find_course
from grader.text import translations

_ = translations(LANG).gettext

COMMANDS: Final = {
    "exercise": "grader.cli.exercise",
    "list": "grader.cli.study",
    "hint": "grader.cli.study",
    "reset": "grader.cli.workspace",
    "start": "grader.cli.workspace",
    "demo": "grader.cli.demo",
    "doctor": "grader.cli.doctor",
    "author": "grader.cli.author",
}


class Commands(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """The commands in the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """Import a command."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(importlib.import_module(module), f"{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, or say which one may have been meant."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = (
                _("did you mean `grade {command}`?").format(command=near[0]) if near else _("`grade --help` lists them")
            )
            raise click.UsageError(_("there is no command {name!r}; {hint}").format(name=args[0], hint=hint), ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, invoke_without_command=True, help=_("Learn attention and optimization by writing them."))
@click.version_option(__version__, prog_name="gradlings")
@common_options
@click.pass_context
def grade(ctx: click.Context, course: Path | None, lang: str | None) -> None:  # noqa: ARG001  # --lang was read before click
    """Without a command: where you stand and what is next."""
    if ctx.invoked_subcommand is None:
        from grader.cli.study import show_progress

        show_progress(find_course(course))
