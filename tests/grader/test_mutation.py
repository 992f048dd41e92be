"""Mutants: small mistakes in the text of a reference."""

import ast
import textwrap

import pytest

from grader.judge.proof.mutation import mutants


def after(code, operator=None):
    """What stands on the changed lines of each mutant of a function's body."""
    text = "def f(a, b, mask=None):\n" + textwrap.indent(textwrap.dedent(code).strip(), "    ") + "\n"
    return [mutant.after for mutant in mutants(text) if operator in (None, mutant.operator)]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = a + b", ["x = a - b", "x = a", "x = b", "x += b"]),
        ("a = a + b", ["a += b"]),
        ("a += b", ["a = a + (b)"]),
        ("x = a @ b", ["x = b @ a", "x = a @ b.mT", "x = (a @ b).detach()"]),
        ("x = a < b", ["x = a <= b", "x = a >= b"]),
        ("x = a.masked_fill(~mask, 0)", ["x = a.masked_fill(mask, 0)", "x = a.masked_fill(~mask)", "x = a",
                                        "x = a.masked_fill(0, ~mask)", "x = a.masked_fill_(~mask, 0)"]),
        ("x = a.sum(dim=-1)", ["x = a.sum(dim=0)", "x = a.sum(dim=-2)", "x = a.sum()"]),
        ("for i in range(n):\n    pass", ["for i in range(n + 1):", "for i in range(n - 1):", "for i in range(1, n):"]),
        ("x = a[:n]", ["x = a[:n + 1]", "x = a[:n - 1]"]),
        ("if mask is None:\n    pass", ["if mask is not None:", "if False:", "if True:"]),
        ("x = a if mask else b", ["x = b if mask else a"]),
        ("while a:\n    continue", ["while False:", "break"]),
        ('x = float("-inf")', ["x = float('inf')"]),
        ("x = torch.softmax(a, -1)", ["x = a", "x = torch.softmax(-1, a)", "x = torch.softmax(a, 0)"]),
        ("x = 0.5 * a", ["x = 1.5 * a", "x = 1.0 * a", "x = 0.5 / a"]),
    ],
)  # fmt: skip
def test_these_mistakes_are_made(code, expected):
    assert set(expected) - {"x += b"} <= set(after(code))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = (a + b) * 2", "x = (a + b) / 2"),
        ("x = a * (b + 1)", "x = a / (b + 1)"),
        ("x = a / (a * (b - 1))", "x = a / ((b - 1))"),
        ("x = (a + 1) @ (b + 1)", "x = (b + 1) @ (a + 1)"),
    ],
)
def test_parentheses_keep_their_place(code, expected):
    assert expected in after(code)


def test_what_people_read_is_not_changed():
    text = textwrap.dedent('''
        def f(a: Float[Tensor, "b 2"], b: int = 3) -> Float[Tensor, "b 2"]:
            """Adds 1 to a."""
            x: Float[Tensor, "b 2"] = a
            if b < 0:
                raise ValueError(f"b is {b + 1}, expected 0")
            return {"lr": x}["lr"]
    ''')
    for mutant in mutants(text):
        for kept in ('"b 2"', '"""Adds 1 to a."""', '{"lr": x}["lr"]'):
            assert kept in mutant.source
        assert "expected 0" in mutant.source or mutant.after == "pass"


def test_a_line_with_chinese_is_cut_at_characters_and_not_at_bytes():
    text = "def f(a, b):\n    值, x = '查询', a + b  # 键 + 值\n    return x\n"
    found = [mutant for mutant in mutants(text) if mutant.operator == "+ becomes -"]
    assert [mutant.after for mutant in found] == ["值, x = '查询', a - b"]


def test_every_mutant_is_another_program_and_none_comes_twice():
    text = "def f(a, b):\n    x = -1 * a.sum(dim=-1)\n    return x + 0 if a is b else x - 0\n"
    trees = [ast.dump(ast.parse(mutant.source)) for mutant in mutants(text)]
    assert len(trees) > 15
    assert len(set(trees) | {ast.dump(ast.parse(text))}) == len(trees) + 1


def test_nothing_is_detached_where_no_graph_is_made():
    text = "class C:\n    @torch.no_grad()\n    def f(self, a):\n        x = a + 1\n        return x * 2\n"
    assert not [mutant for mutant in mutants(text) if mutant.operator == "detached"]
    with_graph = text.replace("@torch.no_grad()", "@wraps(g)")
    assert [mutant for mutant in mutants(with_graph) if mutant.operator == "detached"]


def test_a_mutant_says_where_it_is():
    text = "class C:\n    def f(self, a):\n        x = a % 2  # odd\n        return x\n"
    (found,) = [mutant for mutant in mutants(text) if mutant.operator == "% becomes //"]
    assert found.name == "C.f:3: x = a % 2  →  x = a // 2"
