"""Claims about calls: which error they raise, and that they leave their arguments alone."""

from __future__ import annotations

from collections.abc import Iterable

from grader.kit.assertions import Mismatch
from grader.kit.modules import Function, Object, Outcome, outcome
from grader.text import both


def assert_raises(
    error: str, function: Function | Object, *args: object, mentions: Iterable[object] = (), **kwargs: object
) -> None:
    """Require that a call raises `error` (or a subclass), with a message that names every value in `mentions`."""
    __tracebackhide__ = True
    ended = outcome(function, *args, **kwargs)
    if ended.error is None:
        raise Mismatch(both("raised nothing, expected {error}", error=error))
    if error not in ended.error.bases:
        raise ended.error
    missing = [str(value) for value in mentions if str(value) not in ended.error.reply.message]
    if missing:
        text = both(
            "raised {error} with the message {message!r}, which should name {missing}",
            error=error, message=ended.error.reply.message, missing=", ".join(missing),
        )  # fmt: skip
        raise Mismatch(text)


def assert_arguments_kept(
    function: Function | Object, *args: object, names: Iterable[str] = (), **kwargs: object
) -> Outcome:
    """Require that a call changes none of its tensor arguments in place; `names` are what the stub calls them."""
    __tracebackhide__ = True
    ended = outcome(function, *args, **kwargs)
    if ended.error is not None:
        raise ended.error
    if ended.changed:
        called = dict(enumerate(names))
        first = ended.changed[0]
        position, bracket, rest = first.partition("[")
        name = called.get(int(position), position) if position.isdigit() else position
        raise Mismatch(
            both("the argument {name} was changed in place, expected it to be left alone", name=name + bracket + rest)
        )
    return ended
