"""JSON text from outside as data that is known to have the form of a trace.

Python's `json` takes more than JSON is: NaN as a number, the same key twice, numbers that no float can hold. Here they
are refused, as is all that does not fit the schema in `trace.schema.json`. Each error is one line that says where.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib import resources
from math import isinf
from typing import TYPE_CHECKING, Any, Final, NoReturn

from tracer.errors import SourceError
from tracer.telling import shown

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

VERSION: Final = 1
LONGEST_TEXT: Final = 256 * 2**20
MOST_NODES: Final = 1_000_000

# What the rules of the schema ask for, in words that follow "should be".
_RULES: Final[dict[str, Callable[[Any], str]]] = {
    "const": json.dumps,
    "enum": lambda wanted: " or ".join(map(json.dumps, wanted)),
    "maximum": lambda wanted: f"at most {wanted}",
    "minimum": lambda wanted: f"at least {wanted}",
    "minItems": lambda wanted: f"a list of at least {wanted}",
    "pattern": lambda _: 'a number, "NaN", "Infinity" or "-Infinity"',
    "type": lambda wanted: f"of type {wanted if isinstance(wanted, str) else ' or '.join(wanted)}",
}


def loads(text: str) -> dict[str, Any]:
    """The trace that a JSON text describes, as plain data that fits the schema.

    Raises:
        SourceError: the text is not JSON, is too large, is of another version, or does not fit the schema.
    """
    if len(text) > LONGEST_TEXT:
        raise SourceError(f"a trace has at most {LONGEST_TEXT >> 20} MB")
    if not text.strip():
        raise SourceError("there is no trace: the text is empty")
    data = _parsed(text)
    if not isinstance(data, dict) or data.get("format") != "tracer":
        raise SourceError('this is JSON, but no trace: there is no "format": "tracer" in it')
    _check_version(data.get("version"))
    nodes = data.get("nodes")
    if isinstance(nodes, list) and len(nodes) > MOST_NODES:
        raise SourceError(f"the trace has {len(nodes):,} nodes; at most {MOST_NODES:,} are read")
    for error in _validator().iter_errors(data):  # the first one, if any
        raise SourceError(_told(error))
    return data


def _parsed(text: str) -> object:
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_float,
            parse_int=_integer,
        )
    except json.JSONDecodeError as error:
        raise SourceError(f"line {error.lineno}, column {error.colno}: this is not JSON: {error.msg}") from None
    except RecursionError:
        raise SourceError("this is no trace: lists are nested too deep") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        [(twice, _)] = Counter(key for key, _ in pairs).most_common(1)
        raise SourceError(f"the key {_shown(twice)} is there twice in one object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise SourceError(f'{name} is no number in JSON; write "{name}"')


def _float(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise SourceError(f"the number {shown(digits)} is too large for a float")
    return number


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < 16 else _float(digits)


def _check_version(version: object) -> None:
    if version == VERSION and not isinstance(version, bool):
        return
    if isinstance(version, (int, float)) and version > VERSION:
        raise SourceError(
            f"the trace was made by a newer tracer (its format has version {version}, this one reads {VERSION}): "
            "upgrade with pip install --upgrade backprop-tracer"
        )
    raise SourceError(f"the trace has no known version: {_shown(version)}; this tracer reads version {VERSION}")


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    schema = json.loads(resources.files("tracer").joinpath("trace.schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(_written_out(schema, schema["$defs"]))


def _written_out(schema: Any, definitions: dict[str, Any]) -> Any:
    """A schema with definitions in place of references, which take half of the time to look up."""
    if isinstance(schema, list):
        return [_written_out(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _written_out(definitions[schema["$ref"].removeprefix("#/$defs/")], definitions)
    return {key: _written_out(item, definitions) for key, item in schema.items()}


def _told(error: ValidationError) -> str:
    """An error of jsonschema in one line: `frames[3].slot should be of type integer or null, not "x"`."""
    where, rule = place(error.absolute_path), str(error.validator)
    item: Any = error.instance
    wanted: Any = error.validator_value
    if rule == "required":
        return f"{where} lacks {', '.join(key for key in wanted if key not in item)}"
    if rule == "additionalProperties":
        schema: Any = error.schema
        return f"{where} should have no {_shown(next(key for key in item if key not in schema['properties']))}"
    return f"{where} should be {_RULES[rule](wanted)}, not {_shown(item)}"


def place(path: Iterable[str | int]) -> str:
    """Where something stands in the data.

    >>> place(["frames", 3, "slot"])
    'frames[3].slot'
    """
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(steps).removeprefix(".") or "the trace"


def _shown(item: object) -> str:
    if isinstance(item, dict):
        return "an object"
    if isinstance(item, list):
        return "a list" if item else "an empty list"
    return shown(json.dumps(item, ensure_ascii=False))
