"""Before any test is read: how threads wait, and what is imported outside the type checks."""

from __future__ import annotations

import importlib
import os

# As the server does for itself, and before torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Imported first from inside a package whose types are checked, these would be compiled anew with
# the checks' hook, which takes a quarter of a minute.
for heavy in (
    "diffusers.pipelines.hunyuan_video.pipeline_hunyuan_video",
    "diffusers.schedulers.scheduling_deis_multistep",
    "diffusers.schedulers.scheduling_dpmsolver_multistep",
    "diffusers.schedulers.scheduling_flow_match_heun_discrete",
    "diffusers.schedulers.scheduling_unipc_multistep",
    "grpc_reflection.v1alpha.reflection",
    "transformers.models.auto.tokenization_auto",
    "transformers.models.clip.modeling_clip",
    "transformers.models.llama.modeling_llama",
):
    importlib.import_module(heavy)
