r"""A trace as slides, a page or a slide for each image: a vector PDF, or a PowerPoint file to go on working with.

The pages of the PDF are the SVGs of the images, which typst, a typesetter that comes as a package, turns into PDF. Text
stays text: it can be searched and copied. A page is as large as its picture; with the preset "slides" it is 16 : 9 and
fills a projector. To show the images one after the other on a Beamer slide:

    \usepackage{pgffor}
    ...
    \begin{frame}
      \foreach \n in {1,...,8}{\only<\n>{\includegraphics[width=\linewidth,page=\n]{L.pdf}}}
    \end{frame}
"""

from __future__ import annotations

from io import BytesIO
from typing import Any, BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from tracer.drawing.fonts import shown
from tracer.drawing.glyphs import INTER, JETBRAINS_MONO
from tracer.drawing.scene import scenes
from tracer.drawing.stage import Stage
from tracer.errors import MissingDependencyError
from tracer.outputs.options import Options
from tracer.outputs.progress import Progress, counted
from tracer.outputs.staging import scale_of, stage_of
from tracer.outputs.svg import svg
from tracer.outputs.transcript import alt_text, title
from tracer.tracing import Trace

# A point is a 72nd of an inch, a px a 96th.
_PT_A_PX: Final = 0.75
_WIDE: Final = 16 / 9
# What the pages consist of. All that comes from outside is handed over as a value and never becomes a part of this.
_DOCUMENT: Final = """
#let value = sys.inputs
#set document(title: value.title, description: value.description, date: none)
#set page(width: float(value.width) * 1pt, height: float(value.height) * 1pt, margin: 0pt, fill: rgb(value.fill))
#set align(center + horizon)
#for number in range(int(value.count)) {
  if number > 0 { pagebreak() }
  image(str(number) + ".svg", alt: value.at(str(number)), width: 100%, height: 100%, fit: "contain")
}
"""
# A PowerPoint slide, in units of which 12,700 are a point.
_SLIDE_WIDTH: Final = 12_192_000
_SLIDE_HEIGHT: Final = 6_858_000
_EMPTY_LAYOUT: Final = 6
_LONGEST_TITLE: Final = 255


def write_pdf(trace: Trace, file: BinaryIO, options: Options, progress: Progress | None) -> None:
    """Write a trace as a PDF, a page for each image."""
    try:
        import typst
    except ImportError as problem:
        raise _missing("PDF", "typst") from problem
    stage = stage_of(trace, options)
    files = {"main.typ": _DOCUMENT.encode()}
    width, height = _page_size(stage, wide=options.preset == "slides")
    values = {
        "title": title(trace, options.notation),
        "description": alt_text(trace, options.notation),
        "width": f"{width * _PT_A_PX:.2f}",
        "height": f"{height * _PT_A_PX:.2f}",
        "fill": stage.theme.background,
        "count": str(len(stage.moments)),
    }
    for number, image in enumerate(counted(scenes(stage), len(stage.moments), progress)):
        files[f"{number}.svg"] = svg(image, stage.theme).encode()
        values[str(number)] = image.description
    folders = [str(font.parent) for font in (INTER, JETBRAINS_MONO)]
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    project: Any = files  # its type hints do not mention that there can be several files
    # A fixed time, so that the same trace gives the same file.
    file.write(typst.compile(project, format="pdf", font_paths=fonts, sys_inputs=values, timestamp=0))


def write_pptx(trace: Trace, file: BinaryIO, options: Options, progress: Progress | None) -> None:
    """Write a trace as a PowerPoint file: for each image a slide with its picture, and its words as notes."""
    try:
        from pptx import Presentation
        from pptx.dml.color import RGBColor
        from pptx.util import Emu
    except ImportError as problem:
        raise _missing("PowerPoint", "python-pptx") from problem
    from tracer.outputs.pngs import pngs

    stage = stage_of(trace, options)
    slides = Presentation()
    slides.slide_width, slides.slide_height = Emu(_SLIDE_WIDTH), Emu(_SLIDE_HEIGHT)
    slides.core_properties.title = shown(title(trace, options.notation))[:_LONGEST_TITLE]
    left, top, width, height = map(Emu, _on_slide(stage))
    background = RGBColor(*bytes.fromhex(stage.theme.background.removeprefix("#")))  # type: ignore[no-untyped-call]
    pictures = list(scenes(stage))
    pages = pngs(pictures, stage.theme, scale_of(stage, options))
    for scene, page in counted(zip(pictures, pages, strict=True), len(pictures), progress):
        slide = slides.slides.add_slide(slides.slide_layouts[_EMPTY_LAYOUT])
        slide.background.fill.solid()
        slide.background.fill.fore_color.rgb = background
        content = BytesIO(page)
        picture = slide.shapes.add_picture(content, left, top, width, height)
        words = shown(scene.description)  # without what XML cannot hold
        picture.element.nvPicPr.cNvPr.set("descr", words)
        slide.notes_slide.notes_text_frame.text = words
    _save_without_dates(slides, file)


def _save_without_dates(slides: Any, file: BinaryIO) -> None:
    """Save slides so that the same ones give the same file: their archive says of each part when it was written."""
    dated = BytesIO()
    slides.save(dated)
    with ZipFile(dated) as parts, ZipFile(file, "w", ZIP_DEFLATED) as dateless:
        for part in parts.infolist():
            packed = ZIP_STORED if part.filename.endswith(".png") else ZIP_DEFLATED  # PNGs are compressed
            dateless.writestr(ZipInfo(part.filename), parts.read(part), packed)


def _missing(what: str, package: str) -> MissingDependencyError:
    return MissingDependencyError(f'{what} files need {package}: pip install "backprop-tracer[slides]"')


def _page_size(stage: Stage, *, wide: bool) -> tuple[float, float]:
    """Width and height of a page in px: the picture's own, or 16 : 9 around it."""
    if not wide:
        return stage.width, stage.height
    return max(stage.width, stage.height * _WIDE), max(stage.height, stage.width / _WIDE)


def _on_slide(stage: Stage) -> tuple[int, int, int, int]:
    """Left, top, width and height of the picture in the middle of a slide, as large as it can be."""
    scale = min(_SLIDE_WIDTH / stage.width, _SLIDE_HEIGHT / stage.height)
    width, height = round(stage.width * scale), round(stage.height * scale)
    return (_SLIDE_WIDTH - width) // 2, (_SLIDE_HEIGHT - height) // 2, width, height
