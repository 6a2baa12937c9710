"""docs/families.md names every family and says of each what its server says."""

from __future__ import annotations

from conftest import SERVER_PY
from every_subject import HEADER, SUBJECTS, table

from l1probe.families import FAMILIES

DOCUMENT = SERVER_PY.parent / "docs" / "families.md"


def test_the_table_is_what_describe_says():
    lines = DOCUMENT.read_text().splitlines()
    start = lines.index(HEADER[0])
    end = next(i for i in range(start, len(lines) + 1) if not "".join(lines[i : i + 1]))
    wanted = table()
    assert lines[start:end] == wanted, "it should be\n\n" + "\n".join(wanted)


def test_every_family_and_pipeline_is_in_it():
    documented = {(subject.says.family, subject.says.pipeline) for subject in SUBJECTS}
    assert documented == {
        (family.name, name) for family in FAMILIES for name in family.pipeline_classes
    }
