"""Which response format a request is asked in, and what an answer shows of the formats that its model heeds.

An answer that shows that its model heeds no more than part of what was asked for is asked for afresh in a lower format,
as if that had been asked for at once: so an answer does not depend on when that was found out.
"""

import logging
from typing import Any

from digest_assets.llm.format_memory import FormatMemory, ResponseFormat
from digest_assets.llm.requests import LLMRequest
from digest_assets.llm.structured_output import WrongSchemaError, has_shared_schema, is_first_schema, knows_no_field

logger = logging.getLogger(__name__)

_SCHEMA_FORMATS = ("shared_schema", "own_schema")


class FormatLadder:
    """The choice of formats, by what is remembered of the models.

    Args:
        memory: What is remembered.
    """

    def __init__(self, memory: FormatMemory) -> None:
        self._memory = memory

    def choose(self, request: LLMRequest[Any], model: str) -> ResponseFormat:
        """The best format by what is known of the model."""
        if self._memory.heeds_schemas(model) is False:
            return "json_object"
        mixes_up = has_shared_schema(request) and self._memory.keeps_schemas_apart(model) is False
        return "own_schema" if mixes_up and not is_first_schema(request) else "shared_schema"

    def step_down(
        self, request: LLMRequest[Any], model: str, used: ResponseFormat, error: ValueError, content: str
    ) -> ResponseFormat | None:
        """The format to ask in instead, if an answer shows that its model does not heed the one that was asked for."""
        if used == "shared_schema" and isinstance(error, WrongSchemaError):
            if self._memory.keeps_schemas_apart(model) is None:
                logger.warning("%s does not keep several schemas apart; from now on it gets one at a time", model)
                self._memory.learn(model, keeps_schemas_apart=False)
            return "own_schema"
        if used in _SCHEMA_FORMATS and knows_no_field(request, content):
            if self._memory.heeds_schemas(model) is None:
                logger.warning("%s does not heed the schema; from now on it gets it in words", model)
                self._memory.learn(model, heeds_schemas=False)
            return "json_object"
        return None

    def learn_success(self, request: LLMRequest[Any], model: str, used: ResponseFormat) -> None:
        """Remember what a valid answer shows."""
        if used in _SCHEMA_FORMATS:
            self._memory.learn(model, heeds_schemas=True)
        if used == "shared_schema" and not is_first_schema(request):
            self._memory.learn(model, keeps_schemas_apart=True)

    def is_settled(self, model: str) -> bool:
        """Whether answers show nothing new of the model: it is known whether it heeds schemas."""
        return self._memory.heeds_schemas(model) is not None

    def is_unknown(self, request: LLMRequest[Any], model: str) -> bool:
        """Whether nobody knows yet if the model keeps the schemas of a family apart, and this request can show it."""
        best = self._memory.choose(model, "shared_schema", shared=has_shared_schema(request))
        return (
            best == "shared_schema"
            and self._memory.keeps_schemas_apart(model) is None
            and self._memory.heeds_schemas(model) is not False
            and not is_first_schema(request)
        )
