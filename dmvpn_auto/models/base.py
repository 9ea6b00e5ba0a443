"""What all intent types share: strict, frozen, no unknown key, every knob described.

A knob says what it is, its unit and where the fact comes from; the JSON Schema and the reference
documentation are made from that, so that there is one place to keep right.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

REQUIRED: Any = ...


class Model(BaseModel):
    """Base of the intent types.

    Validation is strict (no number is made from a text) and errors hold no input, as an input may
    be a secret that stands at the wrong key.
    """

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=False,
    )


def knob(
    default: Any,
    what: str,
    *,
    unit: str = "",
    source: str = "",
    examples: list[Any] | None = None,
    factory: Any = None,
    **limits: Any,
) -> Any:
    """Describe a field: its default (or REQUIRED), what it does, unit, source and limits.

    `limits` are pydantic's (`ge`, `le`, `min_length`, ...). `factory` makes a default that is
    itself a model.
    """
    extra = {key: value for key, value in (("unit", unit), ("source", source)) if value}
    described: dict[str, Any] = {
        "description": what,
        "json_schema_extra": extra or None,
        "examples": examples,
        **limits,
    }
    if factory is not None:
        return Field(default_factory=factory, **described)
    return Field(default, **described)
