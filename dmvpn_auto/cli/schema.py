"""`dmvpn-auto schema`: the JSON Schema of a cloud, for editors."""

from __future__ import annotations

import json

from dmvpn_auto.cli.common import OutputOption, emit


def command(output: OutputOption = None) -> None:
    """Write the JSON Schema of a cloud; editors complete and check clouds/*.yaml with it.

    Editors that use yaml-language-server find it by the first line of the cloud's file:
    # yaml-language-server: $schema=../cloud.schema.json
    """
    from dmvpn_auto.models import schema

    text = json.dumps(schema(), indent=1) + "\n"
    emit(text, output)
