"""A provider's errors in our words: a table of what endpoints say, and the kind of `ModelError` that it means.

    ModelError
    ├── EndpointError   no call can succeed until somebody changes something: key, money, model name, address
    │   └── EndpointDownError   no call succeeds now, and a later run may
    ├── ForbiddenError  this call is forbidden; after a few in a row, all are
    ├── NoCompletionError   what came back is no completion
    ├── ContextError    the text is longer than the model reads
    └── RefusalError    the model, or the endpoint's filter, will not answer this

Providers agree neither on statuses nor on codes, so their words decide, and a status only where no words are known. The
wordings are those of OpenAI, Azure, Anthropic, Gemini, Bedrock, DeepSeek, xAI, Groq, Mistral, OpenRouter, LiteLLM,
vLLM, llama.cpp, Ollama, LM Studio and of gateways made with one-api. How a body is read is in `responses`.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from digest_assets.common.errors import ModelError, TransientModelError
from digest_assets.common.http import is_retryable_status
from digest_assets.llm.usage import NO_TOKENS, TokenCounts

KEY_VARIABLE = "OPENAI_API_KEY"
CHECK_ADDRESS = "check OPENAI_BASE_URL (it mostly ends in /v1)"

_LOCK_TIMEOUT = 409  # the official client retries it too
_FAILED_DEPENDENCY = 424  # TGI and gateways, of a server behind them that failed
_OK = 200  # of an error inside a 200 that gives no status of its own
_MIN_SECRET = 8  # characters: local servers take any word for a key, and `x` stands in every other one
_MAX_WORDS = 150  # characters of the endpoint's own words in a message: a sentence or two


class EndpointError(ModelError):
    """The endpoint will answer nobody: wrong key, no money, no such model, or it is down."""


class EndpointDownError(TransientModelError, EndpointError):
    """The endpoint fails for everybody, for now."""


class NoCompletionError(ModelError):
    """What came back is no completion: a web page, bytes, JSON of another kind. `tokens`: what it counts all the same."""

    def __init__(self, message: str, tokens: TokenCounts = NO_TOKENS) -> None:
        super().__init__(message)
        self.tokens = tokens


class ForbiddenError(ModelError):
    """The call was forbidden, and nothing says whether all calls are."""


class ContextError(ModelError):
    """The messages are longer than the model's context."""


class RefusalError(ModelError):
    """The model or a content filter would not answer."""


KindName = Literal[
    "money",
    "output cap",
    "too long",
    "busy",
    "again",
    "key",
    "forbidden",
    "region",
    "filter",
    "format",
    "model",
    "address",
    "other",
]


@dataclass(frozen=True)
class FailureKind:
    """A kind of failure: the words and statuses that mean it, and what it means to us.

    Attributes:
        name: What the client decides by.
        error: What is raised.
        message: What happened and what to do; `{model}` and `{status}` are filled in.
        words: How endpoints say so, searched in everything that the error's body says.
        statuses: The statuses that mean it where the words are of no known kind.
        only: The statuses with which the words mean it; none for any.
    """

    name: KindName
    error: type[ModelError]
    message: str
    words: str
    statuses: tuple[int, ...] = ()
    only: tuple[int, ...] = ()


_NO_MONEY = "the account of the model's endpoint has no money left: top it up, or raise its limit"
_NO_MODEL = "the model's endpoint does not know {model} ({status}): check summaries.model"
_TOO_LONG = "the text is longer than the model reads"
# In the order in which they are tried: a wording that another kind's pattern would match too stands before it.
_KINDS = (
    FailureKind(
        "output cap",
        ModelError,
        "the account of the model's endpoint cannot afford so long an answer: top it up",
        r"can only afford \d+",
    ),
    FailureKind(
        "too long",
        ContextError,
        _TOO_LONG,
        r"(?:maximum|'s) context length|exceed context limit|\+ `max_\w{1,20}`? must be|must be at least 1, got -\d",
    ),
    FailureKind(
        "output cap",
        ModelError,
        "the model writes no answers as long as summaries.max_output_tokens: lower it",
        r"max_\w{0,20}tokens\W{1,4}(?:value|is too large|must be (?:less|at most|<|in)|should be (?:less|at most|<|in)|\d+ > \d)"
        r"|range of max_\w{0,20}tokens|(?:maximum tokens|max tokens).{0,20}requested exceeds?"
        r"|max tokens must be less|at most \d+ (?:completion|output) tokens",
        only=(400, 413, 422),
    ),
    FailureKind(
        "money",
        EndpointError,
        _NO_MONEY,
        r"(?:insufficient|not[ _]enough)[ _](?:\w{1,12}[ _])?(?:quota|balance|credits?|funds)|billing[ _]not[ _]active"
        r"|billing[ _]hard[ _]limit|hard limit has been reached|limit: 0\b"
        r"|balance (?:is |too )(?:too )?(?:low|insufficient|exhausted|not enough)"
        r"|(?:all|no|out of)(?: your| available| more)* credits|credits? (?:are |is |have been )?(?:depleted|exhausted|used up)"
        r"|requires? more credits|(?:exceeded|used).{0,20} (?:included|free|monthly) credits"
        r"|(?:monthly|spending|usage|spend) limit|key limit exceeded|spend(?:ing)? cap"
        r"|payment[ _](?:is )?required|valid (?:credit card|payment method)"
        r"|account.{0,60}(?:suspended|in arrears|overdue|past due|in good standing|not active, please check your billing)"
        r"|arrearage|overdue[ _-]?(?:balance|payment|error)|billing (?:to be|is not|is) (?:enabled|disabled)|billing_disabled"
        r"|budget (?:has been )?exceeded|exceededbudget|quota.{0,80}is not enough"
        r"|额度不足|余额不足|额度已用尽|欠费|预扣费|配额不足|请充值|无可用资源包",
        statuses=(402,),
    ),
    FailureKind(
        "too long",
        ContextError,
        _TOO_LONG,
        r"(?:request|payload|entity|body|prompt|input|message)s?(?: entity| body| size)?(?: is| was)? too (?:large|long|big)"
        r"|(?:tokens|size|length).{0,20}must be reduced|reduce the (?:length|size|number) of|token limit exceeded"
        r"|payload size exceeds|exceeds? the (?:available |model'?s? )?context"
        r"|too long for|too large for.{0,40}context|too many (?:input |prompt )?tokens(?! per|,? please wait)"
        r"|input (?:token count|length|tokens).{0,40}exceed|range of input length|(?:tokens|length) exceeds? the maximum"
        r"|exceed(?:s|ed)?(?: the)? (?:maximum|limit|max|model).{0,40}(?:tokens?|length)|max(?:imum)? length exceeded"
        r"|inputs?\W{0,2} (?:tokens.{0,30})?must (?:have less than|be <=?)|expected maxlength|tokens_limit_reached"
        r"|maximum (?:number of )?(?:allowed )?(?:input|prompt|context)|exceed context|context limit"
        r"|context.{0,3}(?:length|window|size)|exceed_context|string_above_max|prompt_too_long|max_prompt_tokens"
        r"|(?:输入|上下文|提示词|prompt).{0,12}(?:过长|超过|超出|超长)",
        statuses=(413,),
    ),
    FailureKind(
        "busy",
        TransientModelError,
        "the model's endpoint is busy ({status})",
        r"rate.?limit|quota exceeded for|per.?(?:minute|min|day|hour|second)\b|too many (?:requests|concurrent|tokens)"
        r"|(?:try again|retry) in \d|overloaded|(?:at|over) capacity|capacity exceeded|请求过于频繁|请求过多|并发|负载|限流",
        statuses=(429,),
        only=(400, 403, 409, 429, 500, 502, 503, 529),
    ),
    FailureKind(
        "money",
        EndpointError,
        _NO_MONEY,
        r"exceeded your current quota|quota.{0,20}(?:(?<!resource_)exhausted|used up)|check your plan and billing",
    ),
    FailureKind(
        "again",
        TransientModelError,
        "the model's endpoint could not finish an answer",
        r"model (?:has )?(?:been )?(?:reloaded|unloaded|crashed)"
        r"|json_validate_failed|failed to (?:validate|generate) json|failed_generation|model_output_parse",
    ),
    FailureKind(
        "region",
        EndpointError,
        "the model's endpoint does not serve this country or region",
        r"(?:country|region|territory|location)\b.{0,60}(?:not supported|unsupported|not available|restricted)"
        r"|unsupported_country|not available in your (?:country|region|location)|geo.?block",
        statuses=(451,),
    ),
    FailureKind(
        "filter",
        RefusalError,
        "the endpoint's content filter stopped the question",
        r"content.{0,3}(?:filter|policy|management|exists risk|moderation)|responsible ai|prohibited_content|data.?inspection"
        r"|safety (?:system|filter|reasons|settings)|flagged (?:by|as|for)|inappropriate content|blocked by.{0,20}safety"
        r"|(?:requires|failed) moderation|considered high risk|(?:input|output|prompt) (?:is |was )?(?:new_)?sensitive"
        r"|violat\w{1,4}.{0,40}(?:usage|polic|guideline|terms)|guardrail (?:was|is|has|interven|block)|safety_check"
        r"|sensitive.?(?:content|information|words)"
        r"|敏感|违规|不安全",
    ),
    FailureKind(
        "key",
        EndpointError,
        f"the model's endpoint does not accept the key ({{status}}): check {KEY_VARIABLE}",
        r"(?:invalid|incorrect|wrong|missing|expired|revoked|no|bad)[ _](?:x-)?(?:api|auth\w{0,20}|access)[ _-]?(?:key|token)"
        r"|api[ _-]?key (?:is )?(?:not valid|invalid|expired|missing|not found|required)|invalid_authentication|token_invalid"
        r"|invalid(?: subscription)? key|invalidapikey|authentication (?:failed|error|fails)|unauthori[sz]ed|login fail"
        r"|(?:organi[sz]ation|account|key) (?:has been |is |was )?(?:disabled|deactivated|terminated|revoked|restricted)"
        r"|account_deactivated|key was reported"
        r"|(?:无效|过期)的?(?:令牌|密钥)|令牌(?:无效|已过期)|身份验证失败|api.?key.{0,8}(?:错误|无效)",
        statuses=(401, 407),
    ),
    FailureKind(
        "format",
        ModelError,
        "the model's endpoint does not take the response format",
        r"response.?(?:format|schema)|json.?schema|structured.?output|guided|invalid.?schema|too many states|grammar"
        r"|required for format|json.?(?:mode|object)|response.?mime|output_config|output.?format"
        r"|no endpoints found that (?:can handle|support) the requested",  # OpenRouter, with `require_parameters`
        only=(400, 404, 415, 422, 500, 501),
    ),
    FailureKind(
        "model",
        EndpointError,
        _NO_MODEL,
        r"model.{0,80}(?:not (?:be )?found|(?:does|do) not exist|no longer|deprecated|decommissioned|retired|shut ?down"
        r"|(?:not|n['’]t) (?:available|supported|loaded|exist|open)|unknown)|no models? (?:loaded|found)"
        r"|no (?:endpoints|deployments?) (?:found|available)|no allowed providers|deployment.{0,40}does not exist"
        r"|access to (?:the |this )?model|model.{0,60}no access|must be verified to use"
        r"|(?:unable|failed|could not|cannot)(?: to)? (?:access|load|find|use)\b.{0,40}\bmodel|model.{0,20}access.?denied"
        r"|model.{0,80}requires (?:terms|acceptance|more)|multiple models are loaded|only supported in v1/"
        r"|model_not_found|not_found_error.{0,40}\bmodel: \S|\bmodel: \S{1,80}\s.{0,40}not_found_error"
        r"|does not support (?:chat|generate)\b|deployment.?not.?found"
        r"|(?:unknown|invalid|unsupported|no such) model|invalid_model|not a valid model"
        r"|模型不存在",
        only=(400, 403, 404, 410, 422, 500),
    ),
    FailureKind("model", EndpointError, _NO_MODEL, "无可用渠道|no available channel"),  # of one-api, with 503
    FailureKind(
        "address",
        EndpointError,
        f"no model answers at this address ({{status}}): {CHECK_ADDRESS}",
        r"unexpected endpoint|(?:unknown|invalid|unrecognized) (?:request )?url|no route matche|cannot post /",
        statuses=(404, 405),
        only=(400, 404, 405),
    ),
)  # fmt: skip
# A 403 without words that are known may be the key's fault, the network's or this one text's: one closes nothing.
_FORBIDDEN = FailureKind(
    "forbidden",
    ForbiddenError,
    f"the model's endpoint forbids the call ({{status}}): check {KEY_VARIABLE}, what the account may use and from where",
    "",
    statuses=(403,),
)
_OTHER = FailureKind("other", ModelError, "the model's endpoint did not take the request ({status})", "")
_FAILING = FailureKind("busy", TransientModelError, "the model's endpoint answered {status}", "")
_PATTERNS = [(kind, re.compile(kind.words, re.IGNORECASE | re.DOTALL)) for kind in _KINDS if kind.words]
_DAILY = re.compile(r"per.?day|\b[TR]PD\b|daily|weekly|monthly|tomorrow|per.?(?:week|month)|每[日天]", re.IGNORECASE)
_WAIT = re.compile(
    r"(?:try again|retry|wait|retrydelay)[^\d\n]{0,30}?(?=\d)"
    r"(?:(\d{1,4})\s?h(?:ours?|rs?)?\s*)?(?:(\d{1,5})\s?m(?!s)(?:in(?:ute)?s?)?\s*)?"
    r"(?:(\d{1,7}(?:\.\d{1,9})?)\s?(ms|s))?",
    re.IGNORECASE,
)
# The output tokens that an answer may have: as the account affords or the model writes …
_ALLOWED = re.compile(
    r"can only afford (\d{1,9})|at most (\d{1,9}) (?:completion|output) tokens|tokens: \d{1,9} > (\d{1,9})"
    r"|max\w{0,20}[_ ]tokens\W{1,4}(?:must|should) be (?:less than or equal to|at most|<=?|less than)\W{0,3}(\d{1,9})"
    r"|max_\w{0,20}tokens (?:is|should be|must be)(?: in)?(?: range)? ?\[\d{1,9}, ?(\d{1,9})\]"
    r"|requested exceeds? the model limit of (\d{1,9})",
    re.IGNORECASE,
)
# … or as the context has room for beside the prompt.
_CONTEXT = re.compile(
    r"(?:context (?:length|window|size)|maximum context)(?: is| of)?(?: only)? (\d{1,9})|must be <= (\d{1,9})"
    r"|\d{1,9} \+ \d{1,9} > (\d{1,9})",
    re.IGNORECASE,
)
_PROMPT = re.compile(
    r"(\d{1,9}) (?:in the messages|of text input|input tokens|in the prompt|`inputs`)|context limit: (\d{1,9}) \+",
    re.IGNORECASE,
)
_NO_SYSTEM_ROLE = re.compile(
    r"(?:developer|system) (?:instruction|role|message|prompt)s?.{0,40}not (?:enabled|supported|allowed)"
    r"|does not support ['\"]?(?:system|developer)['\"]?|roles must alternate",
    re.IGNORECASE,
)
_OF_SCHEMA = re.compile(r"any.?of|invalid.?schema|too many states|first keys|grammar", re.IGNORECASE)
_MASKED_KEY = re.compile(r"\b(?:sk|pk|key|gsk|xai|AIza)[-_][\w*-]{6,200}|\S{0,40}\*{3}\S{0,40}")


class FailedCallError(Exception):
    """An endpoint's answer that is an error, as it was read; `translate` says what it means.

    Attributes:
        status: The HTTP status, or the code that an error inside a 200 gives.
        words: What to show: the error's message.
        everything: What to search: all that the body says.
        retry_after: Seconds that the headers ask to wait.
        tokens: What the answer counts all the same.
        came_again: Whether the same limit was the answer before, and was waited for as it asked.
    """

    def __init__(
        self,
        status: int,
        words: str,
        everything: str = "",
        retry_after: float | None = None,
        tokens: TokenCounts = NO_TOKENS,
    ) -> None:
        super().__init__(words)
        self.status, self.words, self.everything, self.retry_after = status, words, everything, retry_after
        self.tokens = tokens
        self.came_again = False  # after a wait as it asked for

    @cached_property
    def kind(self) -> FailureKind:
        """What the words mean, else what the status does; an error inside a 200 without a code of its own may pass."""
        if self._kind_by_words is not None:
            return self._kind_by_words
        by_status = (kind for kind in (*_KINDS, _FORBIDDEN) if self.status in kind.statuses)
        failing = self.status in (_LOCK_TIMEOUT, _FAILED_DEPENDENCY, _OK) or is_retryable_status(self.status)
        return next(by_status, _FAILING if failing else _OTHER)

    @cached_property
    def _kind_by_words(self) -> FailureKind | None:
        for kind, pattern in _PATTERNS:
            if (not kind.only or self.status in (_OK, *kind.only)) and pattern.search(self.everything):
                return kind
        return None

    @property
    def is_known(self) -> bool:
        """Whether its words, or a status that it gives, say that it is an error, and of which kind."""
        return self._kind_by_words is not None or self.status != _OK

    @property
    def seconds_to_wait(self) -> float | None:
        """How long it asks to wait: the longer of what its headers and its words say."""
        hints = [] if self.retry_after is None else [self.retry_after]
        for hours, minutes, amount, unit in _WAIT.findall(self.everything):
            seconds = float(amount or 0) / (1000 if unit.lower() == "ms" else 1)
            hints.append(int(hours or 0) * 3600 + int(minutes or 0) * 60 + seconds)
        return max(hints, default=None)

    @property
    def is_daily_limit(self) -> bool:
        """Whether it is a limit of a day or longer."""
        return self.kind.name == "busy" and _DAILY.search(self.everything) is not None

    @property
    def blames_schema(self) -> bool:
        """Whether this one schema is not taken, and another may be."""
        return self.kind.name == "format" and _OF_SCHEMA.search(self.everything) is not None

    @property
    def allowed_output_tokens(self) -> int | None:
        """The output tokens that an answer of this model may have, where too many were asked for."""
        found = _ALLOWED.search(self.everything) if self.kind.name == "output cap" else None
        return _read_number(found)

    @property
    def room_for_output(self) -> int | None:
        """The output tokens that the context has room for beside this prompt, where that is what is wrong."""
        if self.kind.name not in ("too long", "output cap"):
            return None
        context, prompt = (_read_number(pattern.search(self.everything)) for pattern in (_CONTEXT, _PROMPT))
        return None if context is None or prompt is None else context - prompt

    @property
    def refuses_system_role(self) -> bool:
        """Whether the model takes no system message."""
        return _NO_SYSTEM_ROLE.search(self.everything) is not None


def _read_number(found: re.Match[str] | None) -> int | None:
    return int(next(filter(None, found.groups()))) if found else None


def translate(failure: FailedCallError, model: str) -> ModelError:
    """The endpoint's error as ours: what to do, then its own words."""
    kind = failure.kind
    return kind.error(_append_words(kind.message.format(model=model, status=failure.status), failure.words))


def describe_long_wait(failure: FailedCallError, model: str) -> EndpointDownError:
    """The error for a limit that lasts longer than a run waits."""
    seconds = failure.seconds_to_wait
    how_long = "until another day" if seconds is None or failure.came_again else f"for {seconds / 60:.0f} minutes"
    return EndpointDownError(_append_words(f"{model} has reached a limit and asks to wait {how_long}", failure.words))


def quote_words(text: str, key: str | None) -> str:
    """The first of an endpoint's words, on one line, without our key or anything that looks like one."""
    words = text[: 20 * _MAX_WORDS]
    if key and len(key) >= _MIN_SECRET:
        words = words.replace(key, "…")
    words = " ".join("".join(one if one.isprintable() else " " for one in _MASKED_KEY.sub("…", words)).split())
    return words if len(words) <= _MAX_WORDS else words[: _MAX_WORDS - 1] + "…"


def _append_words(message: str, words: str) -> str:
    return f"{message}; it said: {words}" if words else message
