"""The contract as `make` generates it from proto/l1probe/v1."""
