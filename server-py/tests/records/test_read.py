"""Records as rows: equal to what `l1probe export` of the client writes for the same folder."""

import csv
import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from l1probe.records import COLUMNS, read, read_rows
from l1probe.records.rows import COLUMN_TYPES, cosine, ratio, rel_l2, rms, rows
from l1probe.records.step import PairSums, Sums

FIXTURES = Path(__file__).parents[3] / "test" / "record" / "fixtures"


def exported() -> list[dict[str, object]]:
    cast = {"str": str, "int32": int, "int64": int, "float64": float}
    with (FIXTURES / "rows.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    # A CSV does not tell an empty text from a missing value; negative_prompt is "" here.
    return [
        {
            name: cast[COLUMN_TYPES[name]](text) if text or name == "negative_prompt" else None
            for name, text in row.items()
        }
        for row in table
    ]


def copied(folder: str, to: Path) -> Path:
    return shutil.copytree(FIXTURES / folder, to / folder)


@pytest.mark.filterwarnings("ignore:.*torn")
@pytest.mark.parametrize("folder", ["before", "values"])
def test_rows_equal_the_export_bit_for_bit(folder: str):
    table = read_rows(FIXTURES / folder)
    assert len(table) == 20
    assert list(table[0]) == list(COLUMNS)
    assert table == exported()


@pytest.mark.filterwarnings("ignore:.*torn")
def test_a_dataframe_has_the_types_of_the_export():
    frame = read(FIXTURES / "before")
    assert list(frame.columns) == list(COLUMNS)
    for name, kind in COLUMN_TYPES.items():
        assert str(frame[name].dtype) == kind, name
    assert [math.isnan(value) for value in frame["cond_rel_l1"].tolist()].count(True) == 2
    assert all(value != value for value in frame["image"].tolist())
    assert all(value != value for value in frame["init"].tolist())


def test_a_torn_last_line_is_left_out_with_a_warning():
    with pytest.warns(UserWarning, match=r"journal\.jsonl:27 is torn"):
        assert len(read_rows(FIXTURES / "before")) == 20


def test_a_torn_line_in_the_middle_is_refused_with_its_number(tmp_path: Path):
    journal = copied("values", tmp_path) / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text(lines[0] + lines[1][:50] + "\n" + "".join(lines[2:]))
    with pytest.raises(ValueError, match=r"journal\.jsonl:2 is not a journal entry"):
        read_rows(journal.parent)


def test_the_first_attempt_that_finished_counts(tmp_path: Path):
    journal = copied("values", tmp_path) / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    cell = json.loads(lines[0])["cell"]
    own = [line for line in lines if json.loads(line)["cell"] == cell]
    changed = [line.replace('"run":"', '"run":"later-') for line in own]
    # An attempt that broke off, another that failed, then the one that counts, then a later one.
    failed = json.dumps({**json.loads(own[-1]), "event": "failed", "body": {}}) + "\n"
    journal.write_text(
        "".join([*changed[:3], *own[:2], failed, *own, *changed[:4], *lines[len(own) :]])
    )
    assert [row for row in read_rows(journal.parent) if row["cell_id"] == cell] == [
        row for row in exported() if row["cell_id"] == cell
    ]


def test_a_step_of_a_run_that_has_not_started_is_refused(tmp_path: Path):
    journal = copied("values", tmp_path) / "journal.jsonl"
    journal.write_text("".join(journal.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(ValueError, match=r"journal\.jsonl:1 .*has not started"):
        read_rows(journal.parent)


def test_non_finite_numbers_are_text_in_a_record_and_numbers_in_rows(tmp_path: Path):
    journal = copied("values", tmp_path) / "journal.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    at = lines[0]["layout"].index("signals.cond.sum_abs")
    lines[1]["values"][at] = "NaN"
    lines[2]["values"][at] = "-Infinity"
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    means = [row["cond_abs_mean"] for row in read_rows(journal.parent)]
    assert sum(isinstance(mean, float) and math.isnan(mean) for mean in means) == 1
    assert means.count(-math.inf) == 1


def test_ratios_of_zero_and_negative_sums_do_not_raise():
    sums = Sums(count=0, sum_abs=0.0, sum_squares=-1.0, min=0.0, max=0.0, non_finite=0)
    pair = PairSums(1, 1.0, -1.0, 0.0, 0.0)
    assert ratio(1.0, 0.0) is None
    assert rms(sums) is None
    assert rel_l2(pair, sums) is None
    assert cosine(pair, Sums(1, 1.0, 1.0, 0.0, 0.0, 0)) is not None


def test_a_column_that_is_none_is_refused():
    with pytest.raises(KeyError, match="shedule"):
        rows([], {"shedule": "linear"})


def test_reading_needs_neither_torch_nor_protobuf():
    folder = str(FIXTURES / "values")
    code = (
        f"import sys; from l1probe.records import read_rows; read_rows({folder!r}); "
        "heavy = ('torch', 'google.protobuf', 'grpc', 'pandas'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=FIXTURES.parents[2] / "server-py",
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "[]"
