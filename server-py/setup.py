"""What pyproject.toml cannot say: package.json's version, the generated contract, the model."""

from __future__ import annotations

import json
import shutil
from importlib import resources
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
PROTO = HERE.parent / "proto"
MODEL = HERE / "models" / "tiny"
MANIFEST = HERE.parent / "package.json"


def version() -> str:
    if not MANIFEST.is_file():
        raise SystemExit(f"{MANIFEST} is missing; build l1probe from a checkout of its repository")
    return json.loads(MANIFEST.read_text(encoding="utf-8"))["version"]


class BuildWithContract(build_py):
    """Generates l1probe/v1 from ../proto, unless it is newer, and adds the bundled model."""

    def run(self) -> None:
        generate_contract()
        super().run()
        shutil.copytree(
            MODEL, Path(self.build_lib) / "l1probe" / "models" / "tiny", dirs_exist_ok=True
        )


def generate_contract() -> None:
    sources = sorted(PROTO.glob("l1probe/v1/*.proto"))
    generated = HERE / "l1probe" / "v1" / "probe_pb2.py"
    if not sources:
        if generated.is_file():
            return
        raise SystemExit(f"{PROTO} is missing; build l1probe from a checkout of its repository")
    newest = max(source.stat().st_mtime for source in sources)
    if generated.is_file() and generated.stat().st_mtime >= newest:
        return
    from grpc_tools import protoc

    well_known = str(resources.files("grpc_tools") / "_proto")
    outputs = [f"--{kind}_out={HERE}" for kind in ("python", "pyi", "grpc_python")]
    names = [str(source.relative_to(PROTO)) for source in sources]
    if protoc.main(["protoc", f"-I{PROTO}", f"-I{well_known}", *outputs, *names]) != 0:
        raise SystemExit(f"protoc could not generate l1probe/v1 from {PROTO}")


setup(version=version(), cmdclass={"build_py": BuildWithContract})
