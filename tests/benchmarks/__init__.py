"""Measured side by side with the tools that people use today, on real servers of this machine."""
