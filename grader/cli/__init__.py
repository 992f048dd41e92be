"""The command line: thin click commands that parse, call and render. None of it imports torch."""


def main() -> None:
    """Run `grade`."""
    from grader.cli.app import grade

    grade(prog_name="grade")
