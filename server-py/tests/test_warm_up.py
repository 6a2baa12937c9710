"""What compiles a server's batches beforehand is what a caller could ask for."""

from __future__ import annotations

import pytest

from l1probe.v1 import probe_pb2 as pb
from l1probe_server.families import FAMILIES
from l1probe_server.settings import parse_settings
from l1probe_server.validation import check_request
from l1probe_server.warm_up import batches, smallest_size


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_family_can_sample_the_warm_up(family):
    cells = [cell for batch in batches(family, [smallest_size(family)], (1, 3)) for cell in batch]
    assert len(cells) >= 4
    for cell in cells:
        check_request(pb.RunRequest(cell=cell), family, parse_settings([]))
    assert len({cells[0].height, cells[0].width, cells[0].frames}) == 3
