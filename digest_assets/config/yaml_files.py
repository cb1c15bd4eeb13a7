"""YAML as people write it: plain values, and what is wrong in one line with its place.

A key that stands twice is an error, since one of its values would be lost.
"""

from datetime import date, datetime
from typing import Any

import yaml

_MERGE = "tag:yaml.org,2002:merge"  # `<<`, which may stand several times


class _Loader(yaml.SafeLoader):
    """The safe loader, strict about keys and dates."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping. Raises `yaml.YAMLError` for a key that stands twice in it."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                if key.value in seen:
                    raise yaml.MarkedYAMLError(
                        problem=f"the key {key.value!r} stands twice", problem_mark=key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_date(self, node: yaml.ScalarNode) -> date | datetime:
        """The date. Raises `yaml.YAMLError` for one that no calendar has."""
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError as error:
            problem = f"{node.value} is no date ({error})"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark) from None


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_date)


def read_yaml(text: str) -> Any:
    """The values of a text. Raises `ValueError` with one line that says what is wrong, and where."""
    loader = None
    try:
        loader = _Loader(text)
        return loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        raise ValueError(_describe(error, text)) from None
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    finally:
        if loader is not None:
            loader.dispose()


def _describe(error: yaml.MarkedYAMLError, text: str) -> str:
    mark, problem = error.problem_mark, " ".join(str(error.problem or error.context).split())
    if mark is None:
        return problem
    line = text.splitlines()[mark.line : mark.line + 1]
    hint = "; indent with blanks, not with tabs" if line and line[0][: mark.column + 1].endswith("\t") else ""
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}{hint}"
