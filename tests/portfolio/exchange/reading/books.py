"""Writes workbooks part by part, so that a test can write what no spreadsheet program would."""

import io
import zipfile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
ODF = "urn:oasis:names:tc:opendocument:xmlns"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def archive(parts: dict[str, str | bytes], *, packed: bool = True) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as into:
        for name, content in parts.items():
            into.writestr(name, content)
    return out.getvalue()


def relations(*told: tuple[str, str]) -> str:
    inside = "".join(
        f'<Relationship Id="rId{place}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for place, (kind, target) in enumerate(told, 1)
    )
    return f'{DECLARATION}<Relationships xmlns="{PACKAGE}">{inside}</Relationships>'


def sheet(rows: str, *, after: str = "", before: str = "") -> str:
    """Return a part of a sheet; `rows` is what stands in `sheetData`."""
    return f'{DECLARATION}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def shared(*texts: str) -> str:
    return f'{DECLARATION}<sst xmlns="{MAIN}">{"".join(f"<si><t>{text}</t></si>" for text in texts)}</sst>'


def text(reference: str, words: str) -> str:
    """Return a cell with a text of its own."""
    return f'<c r="{reference}" t="inlineStr"><is><t>{words}</t></is></c>'


def row(number: int, *words: str) -> str:
    cells = "".join(text(f"{chr(65 + place)}{number}", word) for place, word in enumerate(words))
    return f'<row r="{number}">{cells}</row>'


def xlsx_parts(*sheets: str | bytes, **more: str | bytes) -> dict[str, str | bytes]:
    """Return the parts of a workbook with these sheets, S1 and so on; `more` has `shared` and `styles`."""
    names = "".join(
        f'<sheet name="S{place}" sheetId="{place}" r:id="rId{place}"/>' for place in range(1, len(sheets) + 1)
    )
    told = [("worksheet", f"worksheets/sheet{place}.xml") for place in range(1, len(sheets) + 1)]
    parts: dict[str, str | bytes] = {
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": (
            f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>'
        ),
    }
    for kind, name in (("shared", "sharedStrings"), ("styles", "styles")):
        if kind in more:
            told.append((name, f"{name}.xml"))
            parts[f"xl/{name}.xml"] = more[kind]
    parts["xl/_rels/workbook.xml.rels"] = relations(*told)
    for place, content in enumerate(sheets, 1):
        parts[f"xl/worksheets/sheet{place}.xml"] = content
    return parts


def xlsx(*sheets: str | bytes, **more: str | bytes) -> bytes:
    return archive(xlsx_parts(*sheets, **more))


def ods_parts(*tables: str) -> dict[str, str | bytes]:
    spaces = " ".join(f'xmlns:{name}="{ODF}:{name}:1.0"' for name in ("office", "table", "text", "style"))
    extension = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    styles = (
        '<style:style style:name="hidden" style:family="table">'
        '<style:table-properties table:display="false"/></style:style>'
    )
    return {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": f'{DECLARATION}<manifest:manifest xmlns:manifest="{ODF}:manifest:1.0"/>',
        "content.xml": (
            f"{DECLARATION}<office:document-content {spaces} {extension}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:spreadsheet>{''.join(tables)}"
            "</office:spreadsheet></office:body></office:document-content>"
        ),
    }


def table(rows: str, *, name: str = "T1", told: str = "") -> str:
    return f'<table:table table:name="{name}" {told}>{rows}</table:table>'


def line(*cells: str, told: str = "") -> str:
    return f"<table:table-row {told}>{''.join(cells)}</table:table-row>"


def cell(words: str = "", told: str = 'office:value-type="string"') -> str:
    inside = f"<text:p>{words}</text:p>" if words else ""
    return f"<table:table-cell {told}>{inside}</table:table-cell>"


def ods(*tables: str) -> bytes:
    return archive(ods_parts(*tables))


def styles(*codes: str) -> str:
    """Return a part of styles; style 0 is plain, style 1 shows numbers by the first code, and so on."""
    formats = "".join(
        f'<numFmt numFmtId="{164 + place}" formatCode="{code.replace(chr(34), "&quot;")}"/>'
        for place, code in enumerate(codes)
    )
    used = "".join(f'<xf numFmtId="{164 + place}"/>' for place in range(len(codes)))
    return (
        f'{DECLARATION}<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts>'
        '<cellStyleXfs><xf numFmtId="9"/></cellStyleXfs>'
        f'<cellXfs><xf numFmtId="0"/>{used}</cellXfs></styleSheet>'
    )
