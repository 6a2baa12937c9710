"""Flags are what they say, and wrong ones end in a sentence before anything is loaded."""

from __future__ import annotations

import pytest

from l1probe.settings import BUNDLED_MODEL, parse_settings


def test_without_flags_the_bundled_model_is_served_in_batches_compiled_where_it_pays():
    settings = parse_settings([])
    assert settings.model == str(BUNDLED_MODEL)
    assert (settings.max_batch, settings.compile, settings.warm_up) == (16, "auto", ())


def test_sizes_to_compile_for_are_read_in_order():
    settings = parse_settings(["--warm-up", "320x512x17,64x96x1"])
    assert settings.warm_up == ((320, 512, 17), (64, 96, 1))


def test_one_row_is_the_reference():
    settings = parse_settings(["--max-batch", "1", "--compile", "off"])
    assert (settings.max_batch, settings.compile) == (1, "off")
    assert parse_settings(["--max-batch", "1"]).compile == "auto"


WRONG = {
    "no rows": (["--max-batch", "0"], "0 is not a positive whole number"),
    "half a row": (["--max-batch", "1.5"], "invalid"),
    "a mode": (["--compile", "fast"], "invalid choice: 'fast'"),
    "the reference compiled": (
        ["--max-batch", "1", "--compile", "static"],
        "--compile static needs --max-batch of at least 2",
    ),
    "two numbers": (["--warm-up", "320x512"], "'320x512' is not a size; give height, width and"),
    "a word": (["--warm-up", "320x512xlong"], "'320x512xlong' is not a size"),
    "no height": (["--warm-up", "0x512x1"], "'0x512x1' is not a size"),
    "a negative size": (["--warm-up=-320x512x1"], "'-320x512x1' is not a size"),
    "a size too few": (["--warm-up", "320x512x1,"], "'' is not a size"),
    "a port": (["--port", "65536"], "65536 is not a port: 0 to 65535"),
}


@pytest.mark.parametrize(("flags", "sentence"), WRONG.values(), ids=WRONG)
def test_a_wrong_flag_is_told_and_ends_with_2(flags, sentence, capsys):
    with pytest.raises(SystemExit) as stop:
        parse_settings(flags)
    assert stop.value.code == 2
    assert sentence in capsys.readouterr().err
