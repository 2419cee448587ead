"""Native charts of PowerPoint: what stands in them can be edited, and the numbers lie in their workbook.

The workbook holds text as text. Left alone, the library would make a formula of a name that begins with “=”
and a link of one that begins with “http://”.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from pptx.chart.data import CategoryChartData, XyChartData
from pptx.chart.xlsx import CategoryWorkbookWriter, XyWorkbookWriter
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
from pptx.enum.dml import MSO_LINE, MSO_PATTERN
from pptx.util import Length, Pt
from xlsxwriter import Workbook

from portfolio.steering.out.document import Bars, Look, Path, Paths
from portfolio.steering.out.written import fit

INK, QUIET, GRID = RGBColor(0x1A, 0x1B, 0x1D), RGBColor(0x54, 0x57, 0x5C), RGBColor(0xE6, 0xE5, 0xE1)
COLOURS = {
    Look.MAIN: RGBColor(0x22, 0x50, 0xC0),
    Look.SOFT: RGBColor(0xB4, 0xC4, 0xEC),
    Look.REST: RGBColor(0x6D, 0x6F, 0x74),
    Look.HATCH: RGBColor(0x7C, 0x8D, 0xA6),
    Look.THIN: RGBColor(0xA9, 0xA8, 0xA3),
}
WHITE = RGBColor(0xFF, 0xFF, 0xFF)
_INK_OVER = {look: WHITE if look in {Look.MAIN, Look.REST} else INK for look in Look}
_FORMAT = {False: "#,##0;;", True: "#,##0"}  # a part of a bar that is 0 has no room for its number
TEXT_STAYS_TEXT = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
Place = tuple[Length, Length, Length, Length]  # left, top, width, height


@contextmanager
def _worksheet(file: IO[bytes]) -> Iterator[tuple[Any, Any]]:
    with Workbook(file, TEXT_STAYS_TEXT) as workbook:
        yield workbook, workbook.add_worksheet()


class _Categories(CategoryWorkbookWriter):
    def _open_worksheet(self, xlsx_file: IO[bytes]) -> Any:
        return _worksheet(xlsx_file)


class _Xy(XyWorkbookWriter):
    def _open_worksheet(self, xlsx_file: IO[bytes]) -> Any:
        return _worksheet(xlsx_file)


class _BarData(CategoryChartData):
    @property
    def _workbook_writer(self) -> _Categories:
        return _Categories(self)


class _PathData(XyChartData):
    @property
    def _workbook_writer(self) -> _Xy:
        return _Xy(self)


def add_bars(slide: Any, chart: Bars, place: Place) -> None:
    """Add bars, the first name on top, the numbers in them; at their end where bars lie beside each other."""
    data = _BarData(number_format="0")
    data.categories = [fit(name) for name in chart.names]
    for series in chart.series:
        data.add_series(fit(series.name), [float(value) for value in series.values])
    kind = XL_CHART_TYPE.BAR_CLUSTERED if chart.is_beside else XL_CHART_TYPE.BAR_STACKED
    drawn = _added(slide, kind, data, place, chart.name)
    drawn.has_legend = len(chart.series) > 1
    _legend(drawn)
    plot = drawn.plots[0]
    plot.gap_width, plot.overlap = 55, 0 if chart.is_beside else 100
    drawn.category_axis.reverse_order = True  # else the first name is at the bottom
    drawn.category_axis.format.line.color.rgb = GRID
    drawn.category_axis.has_major_gridlines = False
    drawn.value_axis.has_major_gridlines = False
    drawn.value_axis.visible = False
    for series, made in zip(chart.series, plot.series, strict=True):
        _fill(made.format.fill, series.look)
        labels = made.data_labels
        labels.show_value, labels.number_format, labels.number_format_is_linked = (
            True,
            _FORMAT[chart.is_beside],
            False,
        )
        labels.font.size = Pt(12)
        labels.font.color.rgb = _INK_OVER[series.look] if not chart.is_beside else INK
        labels.position = XL_LABEL_POSITION.OUTSIDE_END if chart.is_beside else XL_LABEL_POSITION.CENTER


def add_paths(slide: Any, chart: Paths, place: Place) -> None:
    """Add lines; a legend names them."""
    data = _PathData(number_format="0%")
    for path in chart.paths:
        series = data.add_series(fit(path.name))
        for day, share in corners(path):
            series.add_data_point(day, share)
    drawn = _added(slide, XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, data, place, chart.name)
    drawn.has_legend = True
    _legend(drawn)
    across, up = drawn.category_axis, drawn.value_axis
    across.has_major_gridlines, across.minimum_scale, across.major_unit = False, 0, chart.tick
    across.tick_labels.number_format, across.tick_labels.number_format_is_linked = "#,##0", False
    across.axis_title.text_frame.text = fit(chart.across)
    title = across.axis_title.text_frame.paragraphs[0].font
    title.size, title.bold = Pt(12), False
    up.minimum_scale, up.major_gridlines.format.line.color.rgb = 0, GRID
    up.tick_labels.number_format, up.tick_labels.number_format_is_linked = "0%", False
    for path, made in zip(chart.paths, drawn.plots[0].series, strict=True):
        line = made.format.line
        line.color.rgb, made.smooth = COLOURS[path.look], False
        line.width = Pt(1 if path.look is Look.THIN else 2.25)
        if path.look in {Look.REST, Look.THIN}:
            line.dash_style = MSO_LINE.DASH


def corners(path: Path) -> list[tuple[float, float]]:
    """Return the points to join: two where the line jumps."""
    found: list[tuple[float, float]] = []
    for day, share in path.points:
        if found and found[-1][1] != share:
            found.append((day, found[-1][1]))
        found.append((day, share))
    return found


def _added(slide: Any, kind: XL_CHART_TYPE, data: Any, place: Place, name: str) -> Any:
    frame = slide.shapes.add_chart(kind, *place, data)
    frame.name = fit(name)[:120]
    described = frame._element.nvGraphicFramePr.cNvPr  # noqa: SLF001 -- the library has no way to describe a chart
    described.set("descr", fit(name))
    chart = frame.chart
    chart.has_title = False
    chart.font.size, chart.font.color.rgb = Pt(12), QUIET
    return chart


def _legend(chart: Any) -> None:
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False


def _fill(fill: Any, look: Look) -> None:
    if look is Look.HATCH:
        fill.patterned()
        fill.pattern = MSO_PATTERN.WIDE_UPWARD_DIAGONAL
        fill.fore_color.rgb, fill.back_color.rgb = COLOURS[look], WHITE
        return
    fill.solid()
    fill.fore_color.rgb = COLOURS[look]
