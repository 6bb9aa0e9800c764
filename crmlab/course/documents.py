"""YAML that people write: read strictly, with what is wrong said in sentences."""

import re
from collections.abc import Hashable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError

from crmlab.errors import InputError

_MOST = 1_000_000  # bytes of a document: a page of text has some thousands
_DEEPEST = 20  # levels of keys and lists: no case needs five


class TextDates(yaml.SafeLoader):
    """YAML without surprises.

    Dates stay text, so that a day that does not exist is reported with its key. A key that comes twice is
    refused: its first value would be lost in silence. So are aliases, which a few lines of text can make
    stand for more than fits into memory, and values in values without end.
    """

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse aliases, and what is too deep."""
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            raise ComposerError(None, None, "an alias (*) stands for another value; write the value", mark)
        if self._depth > _DEEPEST:
            raise ComposerError(None, None, f"it has more than {_DEEPEST} levels of values in values", mark)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse a key that comes twice."""
        lines: dict[str, int] = {}
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in lines:
                problem = f"the key '{key.value}' is there already, at line {lines[key.value]}"
                raise ConstructorError(None, None, problem, key.start_mark)
            lines[key.value] = key.start_mark.line + 1
        return super().construct_mapping(node, deep)


TextDates.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _day(value: Any) -> Any:
    is_date = isinstance(value, date) and not isinstance(value, datetime)
    if is_date or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)):
        return value
    raise PydanticCustomError("date_written", "no date")


Day = Annotated[date, BeforeValidator(_day)]
"""A calendar day written as YYYY-MM-DD; a bare number is none."""


def content(path: Path) -> Any:
    """Return what a YAML file says, or raise InputError that names the line.

    Examples
    --------
    >>> from crmlab import resources
    >>> content(resources.data() / "cases" / "cdnow.yaml")["calibration"]
    '1997-09-30'
    """
    try:
        if path.stat().st_size > _MOST:
            raise InputError(f"{path.name} is {path.stat().st_size:,} bytes long, which is no text of yours.")
        return yaml.load(path.read_text(encoding="utf-8"), Loader=TextDates)
    except OSError as error:
        raise InputError(f"{path} cannot be opened: {error.strerror or error}.") from error
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it is not UTF-8 text"
        raise InputError(f"{path.name} is no readable YAML{line}: {problem}.") from error


def wanted(item: Any) -> str:
    """Return what one of pydantic's findings asks for, in our words.

    Examples
    --------
    >>> wanted({"type": "greater_than_equal", "ctx": {"ge": 1}, "msg": "..."})
    'Give a number of at least 1.'
    """
    context = item.get("ctx", {})
    words = {
        "string_type": "Write text; what looks like a number, a yes or a no needs quotes.",
        "string_pattern_mismatch": "Use small letters, digits, - and _, and begin with no sign.",
        "string_too_short": "Write something.",
        "int_type": "Give a whole number.",
        "int_parsing": "Give a whole number.",
        "int_from_float": "Give a whole number.",
        "float_type": "Give a number.",
        "bool_type": "Write true or false.",
        "dict_type": "Write keys with their values below it, indented, or {key: value}.",
        "model_type": "Write keys with their values below it, indented.",
        "model_attributes_type": "Write keys with their values below it, indented.",
        "list_type": "Write a list, such as [1, 2].",
        "literal_error": f"Write {context.get('expected')}.",
        "greater_than_equal": f"Give a number of at least {context.get('ge')}.",
        "less_than_equal": f"Give a number of at most {context.get('le'):,}." if "le" in context else "",
    }
    return words.get(item["type"]) or f"{item['msg']}."
