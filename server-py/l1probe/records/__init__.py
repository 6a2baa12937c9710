"""What a sweep measured, as rows: read, derived and tabulated without torch or protobuf."""
