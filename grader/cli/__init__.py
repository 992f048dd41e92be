"""The command line: thin click commands that parse, call and render. None of it imports torch."""


def main() -> None:
    """Run `grade`."""
    from grader.cli.app import EXIT_GRADER_ERROR, fail, grade
    from grader.course import CourseError

    try:
        grade(prog_name="grade")
    except CourseError as error:  # a file of the course is broken: nobody's usage, and nobody's code
        fail(error.text, EXIT_GRADER_ERROR)
