"""OpenSearch 2.11 to 2.19: `python -m tests.benchmarks.search`."""
