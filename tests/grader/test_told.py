"""What goes wrong is told in the learner's language: whose doing it was, where, and once."""

import json
import re
from pathlib import Path

import pytest
from judging import Judging

from grader.judge.workers.places import Places

ROOT = Path(__file__).parents[2]
TOLD = Path(__file__).with_name("told")
MASKED, GRADIENT, DOT = "attention/masked_softmax", "optimization/gradient_descent", "attention/dot_product_attention"


@pytest.fixture(scope="module")
def judgings(server, course, tmp_path_factory):
    """One judging per exercise: banks are drawn once."""
    made, cache = {}, tmp_path_factory.mktemp("cache")
    return lambda name: made.setdefault(name, Judging(server, course, name, cases=20, cache=cache))


@pytest.fixture
def grade(judgings):
    def run(name, submitted, **options):
        return judgings(name).grade(submitted, **options)

    return run


def solution(name, *edits):
    text = (ROOT / f"solutions/{name}.py").read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return text


def failures(result):
    return [
        each.failure for each in result.properties if each.failure and each.status in ("failed", "crashed", "timeout")
    ]


def told(result, lang="en"):
    return [failure.text[lang] for failure in failures(result)]


def where(result, lang="en"):
    return [failure.traceback[lang] for failure in failures(result) if failure.traceback]


def masked_softmax(body):
    """The reference with another masked_softmax below it."""
    return solution(MASKED) + f"\n\ndef masked_softmax(X, valid_lens):\n    {body}\n"


NOT_THEIRS = {
    "shape": (
        MASKED, masked_softmax("return torch.softmax(X, -1).sum(0)"),
        "has shape (1, 1), expected (1, 1, 1)", "形状是 (1, 1)，应为 (1, 1, 1)",
    ),
    "detached": (
        MASKED, solution(MASKED) + "\n\nright = masked_softmax\n\n\ndef masked_softmax(X, valid_lens):\n    return right(X, valid_lens).detach()\n",
        "what it returned has no gradient with respect to its inputs: was it detached", "返回值对输入没有梯度",
    ),
    "in place": (
        MASKED,
        solution(MASKED) + "\n\nright = masked_softmax\n\n\ndef masked_softmax(X, valid_lens):\n    y = right(X, valid_lens)\n    z = y * y\n    y += 1\n    return z.sqrt()\n",
        "the gradient of what it returned could not be computed: RuntimeError: one of the variables",
        "无法计算返回值的梯度：RuntimeError",
    ),
    "signature": (
        MASKED, masked_softmax("pass").replace("masked_softmax(X, valid_lens):\n    pass", "masked_softmax(X):\n    return X"),
        "the call masked_softmax(Tensor[1, 1, 1], Tensor[1]) does not fit your masked_softmax(X); keep the signature",
        "调用 masked_softmax(Tensor[1, 1, 1], Tensor[1]) 与你的 masked_softmax(X) 不相符",
    ),
    "constructor": (
        DOT, solution(DOT, ("__init__(self, dropout: float)", "__init__(self)"), ("nn.Dropout(dropout)", "nn.Dropout(0)")),
        "the call DotProductAttention(dropout=0.0) does not fit your DotProductAttention()", "与你的 DotProductAttention() 不相符",
    ),
    "attribute": (
        DOT, solution(DOT, ("self.attention_weights", "self.weights")),
        "DotProductAttention has no attribute attention_weights; the stub says", "DotProductAttention 没有属性 attention_weights",
    ),
    "parameter": (
        "attention/multi_head_attention", solution("attention/multi_head_attention", ("W_q", "Wq")),
        "MultiHeadAttention has no parameter W_q.weight; it has Wq.weight, W_k.weight", "没有名为 W_q.weight 的参数；它有 Wq.weight",
    ),
    "forward": (
        DOT, solution(DOT, ("def forward", "def foward")),
        "DotProductAttention does not define forward; is it foward?", "没有定义 forward；是不是写成了 foward？",
    ),
    "numpy": (
        GRADIENT, TOLD / "callback_gets_numpy.py",
        "grad was called with a numpy.ndarray, expected a tensor", "调用 grad 时传入了 numpy.ndarray，应传入张量",
    ),
    "list": (GRADIENT, TOLD / "callback_gets_list.py", "f was called with a list, expected a tensor", "调用 f 时传入了 list，应传入张量"),
    "keyboard": (
        MASKED, TOLD / "masked_softmax_breakpoint.py", "your code waits for the keyboard", "你的代码在等待键盘输入",
    ),
    "input": (MASKED, masked_softmax("return input()"), "your code waits for the keyboard", "你的代码在等待键盘输入"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "submitted", "en", "zh"), NOT_THEIRS.values(), ids=NOT_THEIRS)
def test_what_the_grader_did_or_asked_is_not_told_as_an_exception_of_theirs(grade, name, submitted, en, zh):
    result = grade(name, submitted)
    assert any(en in text for text in told(result)), told(result)
    assert any(zh in text for text in told(result, "zh")), told(result, "zh")
    assert not any(
        text.startswith(("raised CallbackFailed", "raised Slipped", "raised TypeError")) for text in told(result)
    )


def test_a_callback_called_wrongly_is_told_with_the_learners_line(grade):
    result = grade(GRADIENT, TOLD / "callback_gets_list.py")
    assert "line 34, in backtracking_line_search" in where(result)[0]
    assert "第 34 行，backtracking_line_search" in where(result, "zh")[0]


IN_TORCHS_WORDS = {
    "long": (MASKED, "masked_softmax_longdtype.py", '"softmax_lastdim_kernel_impl" not implemented for', "line 4, in sequence_mask"),
    "complex": (
        "optimization/critical_points", "critical_points_eigvals.py", '"gt_cpu" not implemented for', "line 17, in classify_critical_point",
    ),
    "shapes": (
        MASKED, "masked_softmax_deep.py", "raised RuntimeError: Padding length must be divisible by 2",
        "X float64 (1, 1, 1); valid_lens int64 (1,)",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "file", "says", "shows"), IN_TORCHS_WORDS.values(), ids=IN_TORCHS_WORDS)
def test_an_exception_of_torchs_has_its_text_its_line_and_the_tensors_on_it(grade, name, file, says, shows):
    result = grade(name, TOLD / file)
    assert any(says in text for text in told(result))
    assert any(shows in text for text in where(result))


def test_only_plain_tensors_on_the_line_are_told_and_few_of_them(grade):
    names = ", ".join(f"a{index}" for index in range(20))
    values = ", ".join("X" for _ in range(20))
    lines = [
        "class Sly(torch.Tensor):", "    shape = property(lambda self: 1 / 0)", "sly = torch.ones(1).as_subclass(Sly)",
        f"{names} = {values}", f"raise ValueError([sly, valid_lens, {names}])",
    ]  # fmt: skip
    shown = where(grade(MASKED, masked_softmax("\n    ".join(lines))))[0]
    assert "sly torch" not in shown
    assert shown.splitlines()[-1].count("float64 (1, 1, 1)") == 7


@pytest.mark.parametrize("mutual", [False, True], ids=["itself", "each other"])
def test_a_line_that_is_passed_again_and_again_is_shown_once(grade, mutual):
    other = "\n\ndef other(X, valid_lens):\n    return masked_softmax(X, valid_lens)\n" if mutual else ""
    called = "other" if mutual else "masked_softmax"
    result = grade(MASKED, masked_softmax(f"return {called}(X, valid_lens)") + other)
    assert told(result)[0].startswith("raised RecursionError")
    shown = where(result)[0]
    assert re.search(r"in masked_softmax \(\d\d\d times\)", shown)
    assert shown.count(f"return {called}(X, valid_lens)") == 1
    assert re.search(r"masked_softmax（\d\d\d 次）", where(result, "zh")[0])


def test_an_exception_without_a_message_ends_with_its_name(grade):
    result = grade(MASKED, masked_softmax("assert X is None"))
    assert set(told(result)) == {"raised AssertionError"}
    assert set(told(result, "zh")) == {"抛出了 AssertionError"}


LOOPS = {
    "torch": (MASKED, "masked_softmax_loop.py", "masked_softmax"),
    "callbacks": (GRADIENT, "gradient_descent_infloop.py", "backtracking_line_search"),
}


@pytest.mark.parametrize(("name", "file", "function"), LOOPS.values(), ids=LOOPS)
def test_a_loop_without_end_is_told_with_the_line_it_was_at(grade, name, file, function):
    result = grade(name, TOLD / file)
    timeouts = [each.failure for each in result.properties if each.status == "timeout"]
    place = rf"it was at (line \d+, in {function})$"
    assert len(timeouts) > 2
    assert (found := re.search(place, timeouts[0].text["en"]))
    assert timeouts[0].traceback["en"].startswith(found[1])
    assert len({failure.text["en"] for failure in timeouts}) == 1
    assert re.search(rf"当时执行到第 \d+ 行，{function}$", timeouts[0].text["zh"])


def test_a_loop_in_c_is_found_as_well(another, mini, tmp_path, server):
    from grader.course import open_course

    text = (mini / "solutions/numbers/halve.py").read_text(encoding="utf-8")
    path = tmp_path / "halve.py"
    path.write_text(text + "\n\ndef halve(X):\n    return sum(range(10**15))\n", encoding="utf-8")
    result = Judging(server, open_course(mini), "halve", cases=5).grade(path)
    assert any("it was at line" in text and "in halve" in text for text in told(result)), told(result)


def test_who_does_not_say_where_it_is_has_run_out_of_time_all_the_same(mini, tmp_path, server):
    from grader.course import open_course

    path = tmp_path / "halve.py"
    hidden = "import signal\nsignal.signal(signal.SIGUSR1, signal.SIG_IGN)\n\n\ndef halve(X):\n    while True: pass\n"
    path.write_text(hidden, encoding="utf-8")
    result = Judging(server, open_course(mini), "halve", cases=5).grade(path)
    assert told(result)[0] == "one call took longer than 1 s"
    assert not where(result)[0]


def test_an_answer_that_lies_or_never_ends_is_bounded():
    places = Places()
    import os

    os.set_blocking(places.writing, False)
    lie = (
        b'  File "other.py", line 1 in f\n  File "mine.py", line 99999999 in f\n  File "mine.py", line 3 in \xff\xfe\n'
    )
    os.write(places.writing, lie * 1000)
    frames = places.frames({"mine.py": ""})
    assert len(frames) == 8
    assert {frame.line for frame in frames} == {3}
    places.close()


MEMORY = {
    "a tensor": "return torch.empty(10**6, 10**6)",
    "a list": "a = []\n    while True: a.append([0] * 10**7)",
    "a text": "a = 'x'\n    while True: a += a",
}


@pytest.mark.parametrize("body", MEMORY.values(), ids=MEMORY)
def test_memory_that_runs_out_is_told_as_memory(grade, body):
    result = grade(MASKED, masked_softmax(body))
    assert told(result)[0].startswith("ran out of memory")
    assert told(result, "zh")[0].startswith("内存用尽")
    assert "in masked_softmax" in where(result)[0]


def test_prints_are_ten_lines_and_a_count(grade):
    result = grade(MASKED, masked_softmax("print('\\n'.join(map(str, range(1, 501))))\n    return X"))
    failure = next(failure for failure in failures(result) if failure.prints)
    assert failure.prints.splitlines() == [str(number) for number in range(1, 11)]
    assert failure.unprinted == 490


def test_what_torch_warns_of_is_shown_once_with_its_line(grade):
    body = "for _ in range(3): Y = torch.tensor(X)\n    return Y"
    result = grade(MASKED, masked_softmax(body))
    failure = next(failure for failure in failures(result) if failure.prints)
    assert failure.prints.count("UserWarning: To copy construct from a tensor") == 1
    assert re.search(r"text.py:\d+: UserWarning", failure.prints)


def test_functions_of_torch_func_work_behind_the_lock(grade):
    text = solution(MASKED) + (
        "\n\nright = masked_softmax\n\n\ndef masked_softmax(X, valid_lens):\n"
        "    torch.func.grad(lambda x: (x**2).sum())(X)\n    torch.func.jacrev(lambda x: x * 2)(X[0, 0])\n"
        "    torch.func.vmap(lambda x: x * 2)(X)\n    torch.func.hessian(lambda x: (x**2).sum())(X[0, 0])\n"
        "    return right(X, valid_lens)\n"
    )
    assert grade(MASKED, text).status == "passed"


NOT_LOADED = {
    "compile": ("masked_softmax_compile.py", "torch.compile is not available while being graded; leave it out", "评分时不能使用 torch.compile"),
    "renamed": ("masked_softmax_renamed.py", "mask_softmax → masked_softmax", "mask_softmax → masked_softmax"),
    "d2l": (
        "imports_d2l.py",
        "ModuleNotFoundError: No module named 'd2l'; there are torch, numpy, scipy, the standard library, and your own earlier "
        "exercises: from exercises.attention.masked_softmax import masked_softmax",
        "No module named 'd2l'；评分时可用的有 torch, numpy, scipy、标准库",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("file", "en", "zh"), NOT_LOADED.values(), ids=NOT_LOADED)
def test_what_does_not_load_says_what_there_is(grade, file, en, zh):
    result = grade(MASKED, TOLD / file)
    assert result.status == "invalid"
    assert en in result.problem["en"]
    assert zh in result.problem["zh"]


WIDE = {
    "comma": (
        TOLD / "full_width_comma.py",
        "line 7 has the full-width character “，”; write , (",
        "第 7 行有全角标点“，”，请改为半角 ,",
    ),
    "bracket": ("def f（x):\n    pass\n", "“（”; write (", "“（”，请改为半角 ("),
    "colon": ("def f(x)：\n    pass\n", "“：”; write :", "“：”，请改为半角 :"),
    "stop": ("x = 1。\n", "“。”; write .", "“。”，请改为半角 ."),
    "quote": ("x = “a”\n", '“““; write "'.replace("“““", "““”"), "“““".replace("“““", "““”")),
    "space": ("x =\u30001\n", "line 1 has a space that is no plain one (U+3000)", "第 1 行有一个特殊空格（U+3000）"),
}


@pytest.mark.parametrize(("submitted", "en", "zh"), WIDE.values(), ids=WIDE)
def test_characters_of_an_input_method_are_told_with_what_to_write(grade, submitted, en, zh):
    result = grade(DOT, submitted)
    assert result.status == "invalid"
    assert en in result.problem["en"], result.problem["en"]
    assert zh in result.problem["zh"], result.problem["zh"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_file_that_never_loads_is_told_once_with_its_line_and_nothing_of_the_sandbox(program, lang):
    asked = ("exercise", "masked_softmax", "--cases", "20", "--submission", TOLD / "masked_softmax_toploop.py")
    shown = program(*asked, cwd=ROOT, lang=lang).stdout
    flat = "".join(shown.split())
    line, above, sandbox = {"en": ("itwasatline9", "as above", "Sandbox"), "zh": ("当时执行到第9行", "同上", "沙箱")}[
        lang
    ]
    assert flat.count(line) == 1
    assert shown.count(above) >= 3
    assert sandbox not in shown


def test_the_debugger_waits_for_the_keyboard_too(program, tmp_path):
    path = tmp_path / "masked_softmax.py"
    path.write_text(masked_softmax("import pdb; pdb.set_trace()\n    return X"), encoding="utf-8")
    asked = ("exercise", "masked_softmax", "--cases", "20", "--submission", path)
    assert "your code waits for the keyboard" in program(*asked, cwd=ROOT).stdout


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_prints_without_end_are_told_in_the_report(program, tmp_path, lang):
    path = tmp_path / "masked_softmax.py"
    path.write_text(masked_softmax("print('a\\n' * 20)\n    return X"), encoding="utf-8")
    asked = ("exercise", "masked_softmax", "--cases", "20", "--submission", path, "--format", "json")
    report = json.loads(program(*asked, cwd=ROOT, lang=lang).stdout)
    prints = next(each["prints"] for each in report["properties"] if each["prints"])
    assert prints.splitlines()[-1] == {"en": "… (11 more lines)", "zh": "……（另有 11 行）"}[lang]
    assert len(prints.splitlines()) == 11
