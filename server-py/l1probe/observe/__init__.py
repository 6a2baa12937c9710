"""Hooks on a stock pipeline, and what they measure."""
