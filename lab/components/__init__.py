"""Programs that the lab and the tests need, built once into a cache folder outside the checkout.

`ensure("minio")` returns the program's home, a folder with `bin/`: an OpenSearch home, a PostgreSQL prefix, a virtual
environment.
"""

from __future__ import annotations

from lab.components.build import Component, ComponentError, cache_dir
from lab.components.catalogue import COMPONENTS, ensure

__all__ = ["COMPONENTS", "Component", "ComponentError", "cache_dir", "ensure"]
