"""Rendering beside docker compose, converging beside the stock modules: `python -m tests.benchmarks.ecs`."""
