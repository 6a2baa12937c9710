"""`pip install ./server-py`: what the wheel contains, its command, and what works without torch."""

from __future__ import annotations

import configparser
import json
import os
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from conftest import SERVER_PY

import l1probe
from l1probe.serving.fingerprint import fingerprint

ROOT = SERVER_PY.parent
VERSION = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["version"]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of what a fresh clone has, so that the contract must be generated."""
    clone = tmp_path_factory.mktemp("clone")
    generated = shutil.ignore_patterns("*_pb2*", "__pycache__")
    shutil.copytree(SERVER_PY / "l1probe", clone / "server-py" / "l1probe", ignore=generated)
    shutil.copytree(SERVER_PY / "models", clone / "server-py" / "models")
    shutil.copytree(ROOT / "proto", clone / "proto")
    shutil.copy(ROOT / "package.json", clone)
    for file in ("pyproject.toml", "setup.py"):
        shutil.copy(SERVER_PY / file, clone / "server-py")
    built = clone / "built"
    flags = ["--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(built)]
    subprocess.run([*PIP, "wheel", *flags, str(clone / "server-py")], check=True)
    (found,) = built.iterdir()
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    flags = ["--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*PIP, "install", *flags, str(wheel)], check=True)
    return target


def run_installed(
    installed: Path, *command: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=installed,
        env={**os.environ, "PYTHONPATH": str(installed), **environment},
        capture_output=True,
        text=True,
        timeout=100,
    )


def test_the_version_is_that_of_package_json(wheel):
    assert l1probe.__version__ == VERSION
    assert wheel.name == f"l1probe-{VERSION}-py3-none-any.whl"


def test_the_wheel_contains_every_module_the_contract_and_the_bundled_model(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    ours = {
        str(path.relative_to(SERVER_PY))
        for path in (SERVER_PY / "l1probe").rglob("*.py")
        if "_pb2" not in path.name
    }
    contract = {
        f"l1probe/v1/{name}{kind}"
        for name in ("probe", "probe_service")
        for kind in ("_pb2.py", "_pb2.pyi", "_pb2_grpc.py")
    }
    tiny = SERVER_PY / "models" / "tiny"
    files = [path.relative_to(tiny) for path in tiny.rglob("*") if path.is_file()]
    model = {f"l1probe/models/tiny/{file}" for file in files}
    assert names == ours | contract | model


def test_metadata_name_the_command_and_the_extra(wheel):
    with zipfile.ZipFile(wheel) as archive:
        read = {name.rpartition("/")[2]: name for name in archive.namelist()}
        metadata = Parser().parsestr(archive.read(read["METADATA"]).decode())
        scripts = configparser.ConfigParser()
        scripts.read_string(archive.read(read["entry_points.txt"]).decode())
    assert dict(scripts["console_scripts"]) == {"l1probe-server": "l1probe.__main__:main"}
    assert set(metadata.get_all("Provides-Extra", [])) == {"server", "dataframe"}
    required = metadata.get_all("Requires-Dist", [])
    # Records are read with nothing but the standard library.
    assert [one for one in required if "extra" not in one] == []
    assert 'pandas>=2.2; extra == "dataframe"' in required
    assert 'torch>=2.9; extra == "server"' in required


def test_records_are_read_without_torch(installed):
    code = (
        "import json, sys, l1probe; l1probe.read; import l1probe.records.read; "
        "print(json.dumps([l1probe.__file__, l1probe.__version__, 'torch' in sys.modules]))"
    )
    found = run_installed(installed, sys.executable, "-c", code)
    assert json.loads(found.stdout) == [str(installed / "l1probe/__init__.py"), VERSION, False]


def test_the_contract_of_the_wheel_can_be_imported(installed):
    code = "from l1probe.v1 import probe_pb2, probe_service_pb2_grpc; print(probe_pb2.__file__)"
    found = run_installed(installed, sys.executable, "-c", code)
    assert found.stdout.startswith(str(installed)), found.stderr


def test_the_installed_package_has_the_bundled_model(installed):
    code = (
        "from l1probe.settings import BUNDLED_MODEL; "
        "from l1probe.serving.fingerprint import fingerprint; "
        "print(BUNDLED_MODEL); print(fingerprint(BUNDLED_MODEL))"
    )
    found = run_installed(installed, sys.executable, "-c", code)
    model = SERVER_PY / "models" / "tiny"
    assert found.stdout.split() == [str(installed / "l1probe/models/tiny"), fingerprint(model)]


def test_the_installed_command_explains_its_flags_without_importing_torch(installed):
    found = run_installed(
        installed, str(installed / "bin" / "l1probe-server"), "--help", PYTHONPROFILEIMPORTTIME="1"
    )
    assert found.returncode == 0
    assert found.stdout.startswith("usage: l1probe-server")
    imported = {line.rpartition("|")[2].strip() for line in found.stderr.splitlines()}
    assert "l1probe.settings" in imported
    assert "torch" not in imported
