"""The base of what validators record."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """Base class of records: frozen, without unknown fields, infinite numbers as text in JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, ser_json_inf_nan="strings")
