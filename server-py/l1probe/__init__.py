"""A gRPC server that runs a stock diffusers pipeline and streams what moves in every step."""

__version__ = "0.1.0"
