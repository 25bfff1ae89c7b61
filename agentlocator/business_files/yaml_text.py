"""YAML as owners write it: a key given twice is an error, and 10:00 is a time, not six hundred."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml

from agentlocator.business_files.errors import BadBusinessFile, Problem

_YAML_1_1_ONLY = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int", "tag:yaml.org,2002:merge")
_WIDTH = 110


class _Loader(yaml.SafeLoader):
    """Times, dates and telephone numbers stay text; integers are decimal and nothing else."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(None, None, "a key must be text", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is given twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _YAML_1_1_ONLY]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
# A number that is written as one: neither +972… nor 052…, which are telephone numbers.
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^(?:0|-?[1-9][0-9]{0,17})$"), list("-0123456789"))


class _Dumper(yaml.SafeDumper):
    """Block style outside, one line for each small thing inside, long texts as they are read."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style="|" if "\n" in data else None)


_Dumper.add_representer(str, _text)


def read(text: str) -> object:
    """The file's content as plain values. Raises BadBusinessFile with the line where the YAML breaks."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 -- a SafeLoader with fewer kinds of values
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise BadBusinessFile([Problem("", f"not readable as YAML{where}: {error.problem}")]) from error
    except yaml.YAMLError as error:
        raise BadBusinessFile(
            [Problem("", "not readable as YAML: it holds characters that no text file has")]
        ) from error
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        # What PyYAML's constructors let through for a value that its own tag forbids, such as `!!int x`.
        raise BadBusinessFile([Problem("", "not readable as YAML: a value does not fit its tag")]) from error
    except RecursionError as error:
        raise BadBusinessFile([Problem("", "not readable as YAML: nested too deeply")]) from error


def write(data: dict[str, object]) -> str:
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=None, width=_WIDTH)
