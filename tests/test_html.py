"""The player's page as text: what is in it, what can never be in it, and what is left without JavaScript."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.browsing import EVIL_LABELS
from tests.strategies import outputs
from tests.test_scene import with_a_long_word
from tracer import Value, group, parse, recording, trace
from tracer.drawing.scene import scenes
from tracer.drawing.shapes import Text
from tracer.drawing.stage import Stage
from tracer.drawing.theme import DARK, LIGHT, THEMES, Theme
from tracer.nn import MLP
from tracer.ops import OPS
from tracer.outputs import html
from tracer.outputs.options import Options
from tracer.outputs.web import sources
from tracer.outputs.web.markup import embedded_json, filled
from tracer.outputs.web.typeface import web_font
from tracer.sources.logbook import Assigned, Logbook
from tracer.tensors import Tensor
from tracer.tracing import Trace
from tracer.wording import PICTURE, Wording


def lecture() -> Trace:
    return trace(parse("e = a*b; d = e + c; L = d*f", a=2, b=-3, c=10, f=-2))


class Reader(HTMLParser):
    """Reads a page: elements with their attributes, and the words of the table as they can be seen."""

    VOID = frozenset({"meta", "input", "img", "br"})

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, list[str]] = {}
        self.rows: list[list[str]] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("p", "th", "td") and self.rows:
            self.rows[-1].append("")
        if tag not in self.VOID:
            self._open.append((tag, "hidden" in dict(attrs)))
            self.text.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        opened, _ = self._open.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"

    def handle_data(self, data: str) -> None:
        if any(hidden for _, hidden in self._open):
            return
        for tag, _ in self._open:
            self.text[tag][-1] += data
        if any(tag == "tr" for tag, _ in self._open):
            self.rows[-1][-1] += data

    def products(self) -> list[tuple[str, str, str]]:
        """The rows of the table: number, product and reason."""
        return [(" ".join(row[0].split()), " ".join(row[2].split()), " ".join(row[3].split())) for row in self.rows[1:]]


def sources_of(page: str) -> tuple[str, str]:
    """The page's style sheet and its script."""
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    (script,) = re.findall(r'<script type="module">(.*?)</script>', page, re.DOTALL)
    return style, script


def records_of(page: str) -> dict[str, object]:
    (found,) = re.findall(r'<script type="application/json" class="records">(.*?)</script>', page, re.DOTALL)
    records: dict[str, object] = json.loads(found)
    return records


def test_the_policy_allows_nothing_but_the_pages_own_style_and_script() -> None:
    page = html.page(lecture())
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    allowed = dict(entry.strip().split(" ", 1) for entry in unescape(policy).split(";"))
    hashes = [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in sources_of(page)]
    assert allowed == {
        "default-src": "'none'",
        "script-src": hashes[1],
        "style-src": hashes[0],
        "font-src": "data:",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_the_page_asks_for_nothing() -> None:
    page = html.page(lecture())
    for tag, attributes in Reader(page).elements:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base")
        assert not attributes.keys() & {"src", "srcset", "action", "formaction", "style"}
        assert not any(name.startswith("on") for name in attributes)
    style, script = sources_of(page)
    assert set(re.findall(r"url\((.{10})", style)) == {"data:font/"}
    assert not re.search(r"https?:", page.replace("http://www.w3.org/2000/svg", ""))
    assert not re.search(r"\b(eval|Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|fetch)\b", script)


@pytest.mark.parametrize("evil", EVIL_LABELS)
def test_labels_are_data(evil: str) -> None:
    a, b = Value(2.0, label=evil), Value(3.0, label="b")
    out = a * b
    out.label = evil + "!"
    plain = (Value(2.0, label="a") * Value(3.0, label="b")).__mul__(1.0)
    plain.label = "L"
    page = html.page(trace(out * 1.0))
    expected = [tag for tag, _ in Reader(html.page(trace(plain))).elements]
    read = Reader(page)
    # Where a label is too long for its card no narrow picture is drawn, but that is the player's business.
    assert [tag for tag, _ in read.elements] == expected
    assert page.count("<script") == 2
    records_of(page)
    assert "\x00" not in page
    assert "\x1b" not in page
    assert "\ufffe" not in page
    html.fragment(trace(out))


@settings(max_examples=40)
@given(label=st.text(min_size=1, max_size=12))
def test_any_label_leaves_a_page_that_can_be_read(label: str) -> None:
    out = Value(2.0, label=label) * Value(3.0, label="b")
    page = html.page(trace(out))
    assert page.count("<script") == page.count("</script>") == 2
    Reader(page)
    page.encode()


def test_json_cannot_close_its_element() -> None:
    data = {"a": "</script>", "b": "<!--", "c": "\u2028"}
    text = embedded_json(data)
    assert "<" not in text
    assert json.loads(text) == data


def test_what_is_filled_in_is_not_searched_for_places() -> None:
    assert filled("{{a}} {{b}}", {"a": "{{b}}", "b": "x"}) == "{{b}} x"


def test_the_examples_page_is_small_and_always_the_same() -> None:
    page = html.page(lecture())
    assert len(page.encode()) < 60_000
    assert page == html.page(lecture())


def test_the_networks_page_is_small() -> None:
    net = MLP(3, [4, 4, 1], seed=1)
    t = trace(net([2.0, 3.0, -1.0]))
    assert len(t.graph) == 116
    assert len(html.page(t).encode()) < 200_000


def _told(t: Trace) -> list[tuple[str, str, str]]:
    """The rows that the table should have: the words of the pictures."""
    words = Wording(t, PICTURE)
    places = [(str(frame.index + 1), words.product(frame).text, words.caption(frame)) for frame in t.frames]
    return [
        (number, " ".join(product.split()), " ".join(why.partition(PICTURE.divider)[2].replace("·", "").split()))
        for number, product, why in places
    ]


def _without_dots(rows: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    return [(number, product, " ".join(why.replace("·", "").split())) for number, product, why in rows]


def test_without_javascript_the_table_tells_every_product_and_reason() -> None:
    read = Reader(html.page(lecture())).products()
    assert read[0][:2] == ("0", "L = −8.0")
    assert read[6] == (
        "6",
        "dL/da = dL/de · de/da = −2.0 × −3.0 = 6.0",
        "e = a × b, so de/da is the other factor: b = −3.0",
    )
    assert _without_dots(read[1:]) == _told(lecture())


@settings(max_examples=40)
@given(outputs(max_ops=6))
def test_the_table_has_the_words_of_the_pictures(output: Value) -> None:
    t = trace(output)
    assert _without_dots(Reader(html.page(t)).products()[1:]) == _told(t)


def test_every_case_of_a_local_derivative_is_there_and_one_is_seen() -> None:
    page = html.page(trace(parse("max(a, b)", a=3, b=2)))
    assert "so dL/da is 1: it is the larger one" in page
    assert '<span data-case="1" hidden>L = max(a, b), so dL/da is 0: it is not the larger one' in page
    assert '<span data-case="2" hidden>L = max(a, b), so dL/da is 0.5: the two are equal' in page
    assert '<span data-case="-1" hidden>L = max(a, b), so dL/da is <i data-n=l>' in page
    powers = html.page(trace(parse("x**y", x=3, y=2)))
    assert '<span data-case="0">y × x**(y − 1) =</span>' in powers


def test_without_javascript_the_picture_is_the_last_image() -> None:
    t = lecture()
    page = html.page(t)
    assert page.count('class="card done"') == 6
    assert page.count('class="card active"') == 1
    assert page.count('class="chip"') == 2
    last = list(scenes(Stage(t)))[-1]
    for part in last.parts:
        if part.key.startswith(("card", "chip", "op")):
            for shape in part.shapes:
                assert not isinstance(shape, Text) or f">{shape.text}</text>" in page
    caption = page[page.index('<div class="caption"') : page.index('<div class="origins"')]
    assert " ".join(Reader(caption).text["div"][0].split()) == (
        "dL/db = dL/de · de/db = −2.0 × 2.0 = −4.0step 4 of 4 · e = a × b, so de/db is the other factor: a = 2.0"
    )


def test_gradients_that_were_assigned_by_hand_keep_their_numbers_and_notes() -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    out = a * b
    out.label = "L"
    with recording(out) as t:
        out.grad = 1.0
        a.grad = 5.0
        b.grad = 2.0
    page = html.page(t)
    records = records_of(page)
    assert records["fixed"] == "the gradients were assigned by code that this page cannot run"
    frames = records["frames"]
    assert isinstance(frames, list)
    assert [(frame["verdict"], frame["contribution"]) for frame in frames] == [
        ("right", 1), ("wrong", 5), ("right", 2),
    ]  # fmt: skip
    assert '<tr class="wrong">' in page
    assert "should be" in page


def test_ops_of_other_libraries_are_shown_but_not_live() -> None:
    stored = json.loads(lecture().to_json())
    stored["nodes"][2]["op"] = "conv"
    records = records_of(html.page(Trace.from_json(json.dumps(stored))))
    assert records["fixed"] == "this page does not know how to compute conv"


def test_infinite_numbers_are_text_in_the_records_and_marked_in_the_table() -> None:
    page = html.page(trace(parse("sqrt(x)", x=0)))
    nodes = records_of(page)["nodes"]
    assert isinstance(nodes, list)
    assert nodes[1]["local"] == ["Infinity"]
    assert '<span class="mark"> · not finite</span>' in page


def test_options() -> None:
    t = lecture()
    assert "∂L/∂a" in html.page(t, Options(notation="∂"))
    assert 'data-theme="dark"' in html.page(t, Options(theme="dark"))
    assert "data-theme=" not in html.page(t).split("<main")[1].split(">")[0]
    plain = sources_of(html.page(t))[0]
    assert f"--ink:light-dark({LIGHT.ink},{DARK.ink})" in plain
    contrast = THEMES["contrast"]
    assert f"--ink:light-dark({contrast.ink},{contrast.ink})" in sources_of(html.page(t, Options(theme="contrast")))[0]
    assert "#123456" in html.page(t, Options(theme=Theme(accent="#123456")))
    down = re.search(r'wide v0" viewBox="\S+ \S+ (\S+) (\S+)"', html.page(t, Options(direction="TB")))
    assert down is not None
    assert float(down[1]) < float(down[2])


def test_write() -> None:
    file = BytesIO()
    html.write(lecture(), file, Options(), None)
    assert file.getvalue().decode() == html.page(lecture())


def test_a_frame_for_a_post() -> None:
    (element,) = Reader(html.iframe(lecture(), source='a "b".html')).elements
    assert element[0] == "iframe"
    assert (element[1]["src"], element[1]["title"]) == ('a "b".html', "L = (a × b + c) × f")
    whole = Reader(html.iframe(lecture())).elements[0][1]
    assert whole["srcdoc"] == html.page(lecture())
    assert 400 < int(whole["height"] or 0) < 1000


def test_a_fragment_for_a_post() -> None:
    text = html.fragment(lecture())
    read = Reader(text)
    assert [tag for tag, _ in read.elements][:4] == ["style", "tracer-player", "template", "style"]
    assert ("template", {"shadowrootmode": "open"}) in read.elements
    assert not {"h1", "h2", "main", "html", "body"} & {tag for tag, _ in read.elements}


def test_the_font_has_what_the_page_needs_and_no_more() -> None:
    family, rules = web_font("a1×汉", "L")
    assert re.fullmatch(r"tracer-[0-9a-f]{8}", family)
    assert rules == web_font("×1a汉", "L")[1]
    assert family != web_font("a1×", "b")[0]
    files = [TTFont(BytesIO(b64decode(found))) for found in re.findall(r"base64,([^)]+)\)", rules)]
    assert [sorted(map(chr, file.getBestCmap())) for file in files] == [["1", "a", "×"], ["L"]]
    digits = TTFont(BytesIO(b64decode(re.findall(r"base64,([^)]+)\)", web_font("0123456789", "")[1])[0])))
    assert len({digits["hmtx"][name][0] for name in digits.getBestCmap().values()}) == 1


def test_the_font_has_the_words_that_the_player_says() -> None:
    with group("jazz"):
        hidden = Value(4.0, label="x").log()
    for t, said in (
        (trace(hidden * 2.0), "Fold all jazz ; must be above"),
        (with_tensors(), "here: this page tensors"),
    ):
        [regular, _] = re.findall(r"base64,([^)]+)\)", html.page(t))
        assert set(said) <= set(map(chr, TTFont(BytesIO(b64decode(regular))).getBestCmap()))


def test_modules_have_to_keep_to_their_habits(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "page.js": 'import { one } from "./one.js";\n\nconst two = `${one} b`;\n',
        "one.js": "/** One. */\nexport const one = 1;\n",
    }
    monkeypatch.setattr(sources, "text", files.__getitem__)

    def bundle() -> str:
        return sources.script.__wrapped__(sources.PAGE, frozenset(), frozenset())

    assert bundle() == "const one=1,two=`${one} b`;"
    files["page.js"] += "const one = 2;\n"
    with pytest.raises(ValueError, match="declare one"):
        bundle()
    files["page.js"] = 'const two = `a ${b ? `c` : ""}`;\n'
    with pytest.raises(ValueError, match="nested template"):
        bundle()


def with_groups() -> Trace:
    with group("first"):
        inner = Value(2.0, label="a") * Value(3.0, label="b")
    return trace(inner + 1.0)


def with_tensors() -> Trace:
    book = Logbook()
    x = book.leaf("parameter", Tensor.of((2,), "float32", [1.0, 2.0]), "x", dtype="float32")
    output = book.op("sum", 3.0, (x,), "L", dtype="float32")
    book.assign(None, Assigned.outright(output, 1.0))
    ones = Tensor.filled((2,), "float32", 1.0)
    book.assign(output, Assigned(x, output, 0, 1.0, 1.0, ones, None, ones))
    return book.trace(output, "sum")


@pytest.mark.parametrize(
    ("shown", "folding", "tensors"), [(lecture, False, False), (with_groups, True, False), (with_tensors, False, True)]
)
def test_a_page_has_only_what_its_trace_needs(shown: Callable[[], Trace], folding: bool, tensors: bool) -> None:
    page = html.page(shown())
    assert ("DecompressionStream" in page, ".groups{" in page) == (folding, folding)
    assert ("its transpose" in page, "bfloat16" in page) == (tensors, tensors)
    assert "tracer-player" not in page


def test_what_is_folded_may_need_more_than_the_whole() -> None:
    """The results of a layer are one tensor where it is folded."""
    page = html.page(trace(MLP(2, [2, 1], seed=1)([1.0, -2.0])))
    assert "its transpose" in page


def test_the_first_script_in_a_post_serves_all_players_there() -> None:
    post = html.fragment(lecture())
    assert all(words in post for words in ("DecompressionStream", "its transpose", "tracer-player", *OPS))
    assert ".groups{" not in post  # each player has a style sheet of its own


def test_space_is_only_taken_out_of_code() -> None:
    code = 'const a = "b , c"; // not a comment of its own line\n'
    assert sources._dense('const a = b ? "c , d" : `e + ${f}`;\n// gone\nreturn /a , b/.test(c) - -d;\n') == (
        'const a=b?"c , d":`e + ${f}`;return/a , b/.test(c)- -d;'
    )
    assert "b , c" in sources._dense(code)


@pytest.mark.parametrize(
    ("code", "dense"),
    [
        ("f((x) => x % 2 / (y - 1) + (z -= 1));", "f(x=>x%2/(y-1)+(z-=1));"),
        ('a.replace(/ b = c/, "") / (d / e) / f;', 'a.replace(/ b = c/,"")/(d/e)/f;'),
        ("use(async (x) => (y) => [\n  x,\n  y,\n]);", "use(async(x)=>y=>[x,y]);"),
        ("const a = 1;\nconst { b } = a;\nlet c = b;\nlet d;\nreturn -c;", "const a=1,{b}=a;let c=b,d;return -c;"),
        ('const f = () => {\n  const a = 1;\n  return "x";\n};', 'const f=()=>{const a=1;return"x"};'),
        ("i++ + +j - -k;", "i++ + +j - -k;"),
    ],
)
def test_code_is_put_in_short(code: str, dense: str) -> None:
    assert sources._dense(code) == dense


def test_styles_are_put_in_short() -> None:
    style = "/* Why. */\n.a > .b,\n.c + .d {\n  margin: 0 0.5em 10.5px !important;\n  width: calc(100% + 1em);\n}\n"
    assert sources._dense_style(style) == ".a>.b,.c + .d{margin:0 .5em 10.5px!important;width:calc(100% + 1em)}"


def test_every_file_of_the_player_is_used() -> None:
    folder = Path(sources.__file__).parents[2] / "player"
    modules = {path.name for path in folder.glob("*.js")} | {"rules.js"}
    used = (sources._modules(main, frozenset(OPS), sources.EXTRAS) for main in (sources.PAGE, sources.ELEMENT))
    assert set().union(*used) == modules
    assert {path.stem for path in folder.glob("*.css")} <= {"player", *sources.EXTRAS}
    assert {path.suffix for path in folder.iterdir()} == {".js", ".html", ".css"}


def test_an_op_with_a_long_word_is_a_pill() -> None:
    page = html.page(with_a_long_word())
    pill = re.search(r'<rect x="([-\d.]+)" y="-13.5" width="([\d.]+)" height="27" rx="13.5"/><text class="word"', page)
    assert pill
    assert float(pill[1]) == pytest.approx(-float(pill[2]) / 2, abs=0.1)
