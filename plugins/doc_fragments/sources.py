# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The three stores of a source as options of one module, each as its own modules describe it."""

from __future__ import annotations

from ansible_collections.replatform.aws.plugins.doc_fragments import objects, opensearch, postgresql


def _optional(text: str) -> str:
    return text.replace("    required: true\n    suboptions", "    suboptions")


class ModuleDocFragment:
    """Options `postgresql`, `objects` and `search`."""

    DOCUMENTATION = (
        "options:\n  postgresql:\n    description: The source's database, as in M(replatform.aws.postgresql_copy)."
        + _optional(postgresql._END.replace("SIDE", "postgresql").replace("SSLMODE", "prefer"))
        + "  objects:\n    description: The source's bucket, as in M(replatform.aws.s3_copy)."
        + _optional(objects._END.replace("SIDE", "objects"))
        + _optional(
            opensearch._END.format(
                label="search", what="The source's cluster, as in M(replatform.aws.opensearch_reindex)."
            )
        )
    )
