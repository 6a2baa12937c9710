"""A sweep's folder as rows: read, derived and tabulated without torch or protobuf."""

from l1probe.records.read import read, read_rows
from l1probe.records.rows import COLUMNS, rows, to_dataframe

__all__ = ["COLUMNS", "read", "read_rows", "rows", "to_dataframe"]
