"""Everything a trace can be written to."""
