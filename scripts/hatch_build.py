"""Puts the compiled catalogues of relay/language into the package (https://hatch.pypa.io/latest/plugins/build-hook/)."""

from __future__ import annotations

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueHook(BuildHookInterface[Any]):
    def initialize(self, _version: str, build_data: dict[str, Any]) -> None:
        sys.path.insert(0, self.root)
        from relay.language.catalogue import catalogue, compiled, languages

        for language in languages():
            path = catalogue(language)
            compiled(path, language)
            build_data["artifacts"].append(path.with_suffix(".mo").relative_to(self.root).as_posix())
