"""The gRPC service over an engine: the only room that knows protobuf and gRPC."""
