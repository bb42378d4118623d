"""The pretend AWS: ministack on loopback with its gaps to AWS filled, one listed gap at a time (see README.md)."""
