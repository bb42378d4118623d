"""Fills the source of the rehearsal: documents as the application makes them, and everything that is easy to lose.

from lab.seed import ObjectsSource, PostgresqlSource, SearchSource, Sources, seed, seeded
seed(Sources(PostgresqlSource(…), ObjectsSource(…), SearchSource(…)), "small", admin=("admin", password))
"""

from __future__ import annotations

from .seeder import DEFAULT_SEED, seed, seeded
from .sources import SIZES, ObjectsSource, PostgresqlSource, SearchSource, SeedError, Size, Sources

__all__ = [
    "DEFAULT_SEED",
    "SIZES",
    "ObjectsSource",
    "PostgresqlSource",
    "SearchSource",
    "SeedError",
    "Size",
    "Sources",
    "seed",
    "seeded",
]
