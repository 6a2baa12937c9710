"""Measures the sampling loop of video diffusion models, step by step.

:func:`observe` measures a stock diffusers pipeline in this process; `l1probe.serving` does so
behind gRPC. :func:`read` returns a sweep's record as a DataFrame. Importing this package imports
neither torch nor gRPC.
"""

# The function, though the room that it comes from has the same name; import that room's modules
# with `from l1probe.observe.NAME import ...`.
from l1probe.observe import observe
from l1probe.records import read

__version__ = "0.1.0"

__all__ = ["__version__", "observe", "read"]
