"""Workbooks that are not .xlsx: OpenDocument, Excel's binary form, and Excel's form before 2007."""

import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest

from crmlab import read
from crmlab.errors import DataError
from crmlab.reading import cells

OLD = Path(__file__).with_name("orders.xls")
"""A title, an empty row, and the orders below: written with xlwt, in BIFF8 as Excel 97 to 2003 did."""

ORDERS = [["Customer ID", "Date", "Amount"], ["0042", "2024-01-13", 1250.5], ["b", "2024-02-01", 3.0]]


def opened(path):
    records = read(path).to_pyarrow().to_pylist()
    return [[r["customer_id"], r["date"].isoformat(), r["amount"]] for r in records]


def ods(path, rows, more=""):
    """Write an OpenDocument sheet by hand, with dates as dates."""

    def cell(value):
        if isinstance(value, float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        if value[:2] == "20":
            return f'<table:table-cell office:value-type="date" office:date-value="{value}"/>'
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    names = {
        name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text")
    }
    spaces = " ".join(f'xmlns:{name}="{urn}"' for name, urn in names.items())
    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    sheet = f'<table:table table:name="Orders">{lines}{more}</table:table>'
    content = f"<office:body><office:spreadsheet>{sheet}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml", f"<office:document-content {spaces}>{content}</office:document-content>"
        )


def xlsb(path, rows, far=None):
    """Write an Excel binary workbook by hand, with dates as the numbers that Excel keeps."""

    def record(kind, body=b""):
        head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
        return head + bytes([len(body)]) + body

    def text(value):
        return struct.pack("<I", len(value)) + value.encode("utf-16-le")

    def cell(place, value):
        at = struct.pack("<II", place, 0)
        return (
            record(5, at + struct.pack("<d", value))
            if isinstance(value, float)
            else record(6, at + text(value))
        )

    cells = b""
    for number, row in enumerate(rows):
        cells += record(0, struct.pack("<I", number) + bytes(13))
        cells += b"".join(cell(place, value) for place, value in enumerate(row))
    if far is not None:
        row, place = far
        cells += record(0, struct.pack("<I", row) + bytes(13)) + cell(place, 1.0)
    sheet = record(129) + record(148, struct.pack("<IIII", 0, len(rows) - 1, 0, 2)) + record(145)
    listed = record(156, struct.pack("<II", 0, 1) + text("rId1") + text("Orders"))
    schema = "http://schemas.openxmlformats.org"
    part = f'Type="{schema}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.bin"'
    parts = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.bin": record(131) + record(143) + listed + record(144) + record(132),
        "xl/worksheets/sheet1.bin": sheet + cells + record(146) + record(130),
        "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{schema}/package/2006/relationships">'
        f'<Relationship Id="rId1" {part}/></Relationships>',
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_an_old_workbook_is_read():
    assert opened(OLD) == ORDERS[1:]


def test_an_open_document_is_read(tmp_path):
    ods(tmp_path / "o.ods", ORDERS)
    assert opened(tmp_path / "o.ods") == ORDERS[1:]
    ods(tmp_path / "o.ods", [["Orders of the shop"], *ORDERS])
    assert opened(tmp_path / "o.ods") == ORDERS[1:]


def test_a_binary_workbook_is_read(tmp_path):
    numbers = {"2024-01-13": 45304.0, "2024-02-01": 45323.0}
    xlsb(tmp_path / "o.xlsb", [[numbers.get(value, value) for value in row] for row in ORDERS])
    assert opened(tmp_path / "o.xlsb") == ORDERS[1:]


@pytest.mark.parametrize(("name", "make"), [("o.ods", ods), ("o.xlsb", xlsb)])
def test_a_workbook_that_is_cut_is_refused(tmp_path, name, make):
    path = tmp_path / name
    make(path, [["Customer ID", "Date", "Amount"], ["a", "x", 1.0]])
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(DataError, match="cannot be read as an Excel file"):
        read(path)


def test_an_old_workbook_that_is_cut_is_refused(tmp_path):
    """Cut between sectors, the reader would panic; cut inside one, it might never come to an end."""
    for end in (4096, -100):
        (tmp_path / "o.xls").write_bytes(OLD.read_bytes()[:end])
        with pytest.raises(DataError, match="is damaged"):
            read(tmp_path / "o.xls")


CORNER = 1_048_575, 16_383  # the last cell of a sheet


def far_xlsx(path):
    book = openpyxl.Workbook()
    for row in ORDERS:
        book.active.append(row)
    book.active.cell(*(place + 1 for place in CORNER), value="x")
    book.save(path)


def far_ods(path):
    cell = '<table:table-cell office:value-type="float" office:value="1"'
    wide = f'<table:table-row>{cell} table:number-columns-repeated="16384"/></table:table-row>'
    ods(path, ORDERS, wide.replace("row>", 'row table:number-rows-repeated="1000000">', 1))


def far_xlsb(path):
    xlsb(path, ORDERS, CORNER)


@pytest.mark.parametrize(("name", "make"), [("o.xlsx", far_xlsx), ("o.ods", far_ods), ("o.xlsb", far_xlsb)])
def test_a_cell_far_from_the_orders_takes_no_memory(tmp_path, name, make):
    make(tmp_path / name)
    with pytest.raises(DataError, match=r"too large to be read.*delete the empty rows|Cell limit exceeded"):
        read(tmp_path / name)


def test_another_sheet_may_be_too_large(tmp_path):
    far_xlsx(tmp_path / "o.xlsx")
    book = openpyxl.load_workbook(tmp_path / "o.xlsx")
    sheet = book.create_sheet("Orders")
    for row in ORDERS:
        sheet.append(row)
    book.save(tmp_path / "o.xlsx")
    assert opened(tmp_path / "o.xlsx") == ORDERS[1:]


def test_numbers_beyond_whole_ones_stay_numbers():
    """Whole floats become whole numbers, but for those that no whole number of the engine holds."""
    kinds = [str(cells.table({"n": numbers})["n"].type) for numbers in ([1.0, 2.0], [1.0, 2.0**63])]
    assert kinds == ["int64", "double"]
