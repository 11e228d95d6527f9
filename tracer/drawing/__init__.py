"""Frames as pictures: where things stand and what they look like."""
