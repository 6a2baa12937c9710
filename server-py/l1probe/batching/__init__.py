"""Continuous batching: forwards of open cells run together."""
