"""Failures written as answers: what a tool put into the answer's place when a call gave none.

"[ERROR] 429 ...", "Error code: 400 - content policy", `{"error": ...}`, "[BLOCKED]". Patterns are
anchored: they take in the whole text, and prose after a sentence's end makes it an answer again, so
that an answer which explains an error stays one. Whatever is taken for a failure is counted and can
be looked at; a switch of the loader turns this off.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from analysis.parse.gaps import NO_TEXT, is_gap
from analysis.vocabulary import Outcome

LONGEST = 4_000
_PLAIN = 400
"""Longer than this a failure's words are only believed with a machine's body behind them."""
_POLICY = re.compile(
    r"content[\s_-]?(?:policy|filter|management|moderation|block|violation)|policy[\s_-]?violation"
    r"|usage polic|safety|moderat|block(?:ed|list)|prohibited|responsible[\s_]?ai|recitation"
    r"|flagged|censor|(?<!connection )(?<!econn)refus|violat|filtered|invalid_prompt|sensitive",
    re.IGNORECASE,
)
_SIGN = re.compile(
    r"\b[45]\d\d\b|\b\w*(?:Error|Exception|Timeout|Fault)\b|rate[\s_-]?limit"
    r"|time[ds]?[\s_-]?out|overload|too many requests|quota|connection|unavailable"
    r"|internal server|gateway|api[\s_-]?key"
    r"|unauthori[sz]ed|forbidden|max(?:imum)? retries|retries exceeded|failed|failure|no response"
    r"|empty response|\bhttps?\b|credit|billing|invalid[\s_]request|not found|deprecated"
    r"|context[\s_-]?length|token limit|insufficient|temporar|unexpected|unknown|aborted|cancell?ed"
    r"|reset by peer|ssl|dns|json|index out of range|nonetype|'choices'|expecting value",
    re.IGNORECASE,
)
_TAGS = (
    r"error|api[ _-]?error|request[ _-]?(?:error|failed)|failed|failure|generation[ _-]?failed"
    r"|exception|time(?:d)?[ _-]?out|rate[ _-]?limit(?:ed)?|no[ _-]?(?:response|answer|output"
    r"|completion|reply|content|text)|empty(?:[ _-]?(?:response|answer|output|string))?|blocked"
    r"|(?:response|content|output|prompt|answer|request)[ _-]?(?:blocked|filtered|removed|refused)"
    r"(?: (?:by|due to) [^\]>)\n]{1,80})?"
    r"|[a-z]+(?:_[a-z]+)*_error|error[_ ][45]\d\d"
    r"|filtered|content[ _-]?filter(?:ed)?|content[ _-]?policy(?:[ _-]?violation)?|safety"
    r"|safety[ _-]?(?:block(?:ed)?|filter(?:ed)?)|moderated|censored|api[ _-]?refusal"
    r"|refused[ _-]?by[ _-]?(?:api|provider)|prohibited(?:[ _-]?content)?|recitation"
    r"|missing|skipped|unavailable|null[ _-]?response|invalid[ _-]?response|n/?a"
)
_TAG = re.compile(
    rf"[\[<({{*_#]{{1,3}}\s*(?P<tag>{_TAGS})\s*(?:[:\-–—]\s*(?P<more>[^\n]{{0,300}}?))?\s*"
    r"[\]>)}*_#]{1,3}\.?",
    re.IGNORECASE,
)
_TAG_THEN = re.compile(
    rf"[\[<(]{{1,2}}\s*(?P<tag>{_TAGS})\b[^\]>)\n]{{0,80}}[\]>)]{{1,2}}\s*:?\s*(?P<rest>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_PREFIX = re.compile(
    r"(?:\W{0,3})(?:an?\s+)?(?:api\s+|http\s+|request\s+|server\s+|fatal\s+|unexpected\s+)?"
    r"(?:error|exception|failure|failed)\b(?:\s+(?:code|occurred|generating|calling|from|in|while|"
    r"during|processing|getting|with)\b[^:\n]{0,60})?\s*[:\-–—=(]\s*(?P<rest>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_CLASS = re.compile(
    r"(?:(?:[A-Za-z_]\w*\.)+\w*(?:Error|Exception|Timeout|Exceeded|Exhausted|Unavailable"
    r"|Violation|Requests)|(?:[a-z_][\w]*\.)*(?:RateLimit|API(?:Connection|Timeout|Status|Response)?"
    r"|BadRequest|Axios|Network|Fetch"
    r"|Authentication|PermissionDenied|InternalServer|ServiceUnavailable|Overloaded|Timeout"
    r"|ReadTimeout|ConnectTimeout|Connect|Connection|ConnectionReset|RemoteProtocol|HTTP|HTTPStatus"
    r"|Client|ClientResponse|Server|ContentPolicyViolation|ContextWindowExceeded|InvalidRequest"
    r"|UnprocessableEntity|NotFound|ResourceExhausted|DeadlineExceeded|TooManyRequests"
    r"|BlockedPrompt|StopCandidate|JSONDecode|Throttling|Validation|ModelNotReady|litellm\.\w+)"
    r"(?:Error|Exception)"
    r"|(?:ContentPolicyViolation|ResourceExhausted|DeadlineExceeded|ServiceUnavailable"
    r"|TooManyRequests|ReadTimeout|ConnectTimeout|RateLimitExceeded|InternalServerError))"
    r"(?:\s*[:(\[\-].*|\s*)"
    r"|KeyError: ['\"](?:choices|content|message|candidates|text)['\"]"
    r"|(?:Type|Attribute)Error: 'NoneType' object [^\n]{1,120}|IndexError: list index out of range",
    re.DOTALL,
)
_STATUS = re.compile(
    r"(?:(?:HTTP(?:/[\d.]+)?\s+|status(?:\s+code)?\s*[:=]?\s*)?[45]\d\d\s*[:\-–—]?\s*(?:\(?"
    r"(?:Bad Request|Unauthorized|Payment Required|Forbidden|Not Found|Request Timeout"
    r"|Conflict|Payload Too Large"
    r"|Unprocessable \w+|Too Many Requests|Internal Server Error|Bad Gateway"
    r"|Service (?:Temporarily )?Unavailable|Gateway Time-?out|Overloaded"
    r"|(?:Client|Server) Error)\)?)"
    r"|(?:HTTP(?:/[\d.]+)?(?:\s+(?:status|error|code))*|(?:http |server |api )?(?:status|error)"
    r"(?:[\s_]+code)?)[\s_]*[:=(\[]?\s*[45]\d\d[)\]]?(?=\.?\s*\Z|\s*[:\-–—({\[]|,\s))"
    r"(?P<rest>.{0,300})",
    re.IGNORECASE | re.DOTALL,
)
_CODE = re.compile(
    r"(?:DEADLINE_EXCEEDED|RESOURCE_EXHAUSTED|UNAVAILABLE|PERMISSION_DENIED|UNAUTHENTICATED|ABORTED"
    r"|CANCELLED|CANCELED|SAFETY|RECITATION|PROHIBITED_CONTENT|BLOCKLIST|SPII|MALFORMED_\w+"
    r"|E(?:CONNRESET|CONNREFUSED|CONNABORTED|TIMEDOUT|NOTFOUND|AI_AGAIN|PIPE|HOSTUNREACH))"
    r"(?::\s[^\n]{1,200})?"
)
"""Codes as machines write them: in capitals, alone or with their message."""
_ASKED = r"(?:response|answer|output|completion|reply|generation|content)"
_WORDS = re.compile(
    r"(?:error|errored|failed|timeout|timed out|(?:the )?request timed out|connection error|blocked"
    r"|rate limit(?: was)? (?:exceeded|reached)|rate limited|too many requests|overloaded"
    r"|service (?:temporarily )?unavailable|internal server error|bad gateway|gateway time-?out"
    r"|no response|no answer|no output|no completion|no content|empty response"
    r"|no response (?:from|received)[^.\n]{0,60}"
    rf"|(?:the )?(?:{_ASKED}|prompt|request) (?:was |has been )?(?:blocked|filtered|flagged)"
    r"[^.\n]{0,120}"
    r"|api_refusal|content[ _]filter(?:ed)?|content[ _-]?policy[ _-]?violation"
    r"|blocked by (?:the |our |a )?(?:safety|content|moderation|provider)[^.\n]{0,80}"
    r"|(?:finish|stop)[ _]?reason\s*[:=]\s*['\"]?(?:\w+\.)*"
    r"(?:safety|recitation|prohibited_content|blocklist|spii|content_filter|refusal|error)['\"]?"
    r"|max(?:imum)? retries (?:exceeded|reached)[^\n]{0,200}"
    r"|(?:api|llm|model|http|chat|completion|network)?[ _]?(?:call|request|query) "
    r"(?:failed|errored|aborted|timed out|cancell?ed|denied by the api)"
    r"(?:\s*[:(\-–—][^\n]{1,200}| (?:after|with|due to|because of) [^.\n]{1,120})?"
    r"|(?:api|server|model|endpoint) (?:returned|responded with|gave) (?:an? )?(?:http )?"
    r"(?:error|status)[^.\n]{0,120}"
    r"|failed after \d+ (?:attempts?|retries|tries)[^\n]{0,120}"
    r"|(?:failed to|could not|couldn't|unable to) (?:generate|get|fetch|obtain|produce|retrieve"
    rf"|receive|parse|complete)(?: an?| the| any)?(?: valid| model)? {_ASKED}"
    r"(?:\s*[:(][^\n]{1,200}| (?:from|within|after|due to|because of) [^.\n]{1,120})?"
    r"|(?:failed|unable) to (?:connect to|reach|call) (?:the )?(?:api|model|server|endpoint)"
    r"[^.\n]{0,80}"
    r"|(?:the |this )?server is (?:currently )?overloaded[^.\n]{0,80}"
    r"|the model [`'\"][^`'\"\s]{1,120}[`'\"] does not exist[^.\n]{0,80}"
    r"|connection (?:refused|reset|aborted|closed|lost|timed out)(?: by (?:peer|server))?"
    r"|(?:[^\n:]{1,60}(?::\d+)?: )*i/o timeout|socket hang up|fetch failed|network error|dns error"
    r"|(?:context )?deadline exceeded|insufficient (?:credits?|quota|balance)"
    r"|(?:invalid|incorrect|missing) api key(?: provided)?[^.\n]{0,60}"
    r"|error_\w{1,40}|[a-z]+(?:_[a-z]+)*_error|#error!?|#ref!|#value!"
    r"|an? (?:unexpected |internal |unknown |server )*error (?:has )?occurred"
    r"(?:\s*[:(]\s*[^.\n]{0,120}|, please try again[^.\n]{0,40})?)[.!]?",
    re.IGNORECASE,
)
_KNOWN = re.compile(
    r"(?:you exceeded your current quota|rate limit reached for|the server had an error "
    r"(?:while )?process|that model is currently overloaded|the response was filtered due to"
    r"|output blocked by content filtering policy"
    r"|your (?:input|prompt|request) was (?:flagged|rejected|blocked)"
    r"|your request was rejected as a result of our safety system"
    r"|the model produced invalid content"
    r"|invalid prompt: your prompt was flagged|upstream (?:connect error|request timeout)"
    r"|your credit balance is too low|no healthy upstream|this model's maximum context length is"
    r"|request was blocked due to|traceback \(most recent call last\):|the response\.text quick "
    r"accessor|invalid operation: the `?response\.text"
    r"|(?:sorry,? )?(?:but )?an (?:unexpected |internal )?error (?:has )?occurred while "
    r"(?:processing|generating|calling|handling|fetching) (?:your |the |this |a )?(?:request"
    r"|response|answer|prompt|completion|message|model|api)"
    r"|something went wrong[.,] please try again)",
    re.IGNORECASE,
)
_PAGE = re.compile(
    r"(?:<!doctype html>\s*)?<html.{0,400}?<title>[^<]*(?:[45]\d\d|error|unavailable|gateway"
    r"|cloudflare)",
    re.IGNORECASE | re.DOTALL,
)
_SILENT = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff\-–—−.…_\"'“”‘’\[\]{}()<>]*")
"""Dashes, dots, quotes and brackets around nothing."""
_NEW_SENTENCE = re.compile(r"[.!?][\"')\]]?\s+(?=[A-Z*#-])|\n\s*\n\s*\S")
_MACHINE = re.compile(r"[{\[]\s*['\"]|request[_-]id|https?://", re.IGNORECASE)
_ENVELOPE = {
    "error",
    "errors",
    "type",
    "status",
    "status_code",
    "code",
    "message",
    "msg",
    "detail",
    "details",
    "request_id",
    "id",
    "object",
    "param",
    "success",
    "ok",
    "statuscode",
    "title",
    "timestamp",
    "path",
    "trace_id",
    "metadata",
    "user_id",
    "provider",
    "model",
}


@dataclass(frozen=True)
class Failure:
    """What a text in an answer's place stands for, and which kind of pattern said so."""

    outcome: Outcome
    kind: str


def failure(text: str) -> Failure | None:
    """The failure that a text is, or None where it is an answer."""
    stripped = text.strip().lstrip("❌⚠️🚫❗ ")
    if is_gap(stripped, NO_TEXT) or _SILENT.fullmatch(stripped):
        return Failure(Outcome.MISSING, "a word for nothing")
    if len(stripped) > LONGEST:
        return None
    if stripped[:1] == "{":
        return _body(stripped)
    kind = next((kind for kind, test in _TESTS if test(stripped)), None)
    return None if kind is None else Failure(_outcome(stripped), kind)


def failure_in(fields: dict[str, Any]) -> Failure | None:
    """The failure that an object is, or None: `error` with nothing beside it but its envelope."""
    named = {str(k).lower(): v for k, v in fields.items() if v is not None}
    error = named.get("error", named.get("errors"))
    typed = str(named.get("type", "")).lower() == "error"
    if (not error and not typed) or not set(named) <= _ENVELOPE:
        return None
    return Failure(_outcome(json.dumps(fields, default=str)), "an error's body")


def _body(text: str) -> Failure | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        if re.match(r"\{\s*'(?:error|errors)'\s*:", text):
            return Failure(_outcome(text), "an error's body")
        return None
    return failure_in(value) if isinstance(value, dict) else None


def _outcome(text: str) -> Outcome:
    return Outcome.API_REFUSAL if _POLICY.search(text) else Outcome.ERROR


def _terse(rest: str) -> bool:
    """Whether words after an error's mark are a machine's, not somebody's prose."""
    if _MACHINE.search(rest[:_PLAIN]):
        return True
    return len(rest) <= _PLAIN and not _NEW_SENTENCE.search(rest.strip().rstrip(".!"))


def _tagged(text: str) -> bool:
    return _TAG.fullmatch(text) is not None


def _tag_then(text: str) -> bool:
    match = _TAG_THEN.fullmatch(text)
    return match is not None and _signed(match["rest"])


def _prefixed(text: str) -> bool:
    match = _PREFIX.fullmatch(text)
    return match is not None and _signed(match["rest"])


def _signed(rest: str) -> bool:
    """Whether what follows an error's mark is about a call: a status, a class, a policy."""
    sign = _SIGN.search(rest[:120]) or _POLICY.search(rest[:120])
    return sign is not None and _terse(rest)


def _classed(text: str) -> bool:
    match = _CLASS.fullmatch(text)
    return match is not None and _terse(text)


def _status(text: str) -> bool:
    match = _STATUS.fullmatch(text)
    return match is not None and _terse(match["rest"])


_TESTS = (
    ("a mark of its own", _tagged),
    ("a mark with a message", _tag_then),
    ("an error's words", _prefixed),
    ("an exception", _classed),
    ("a status", _status),
    ("an error's words", lambda text: _WORDS.fullmatch(text) is not None),
    ("a code", lambda text: _CODE.fullmatch(text) is not None),
    ("a provider's message", lambda text: _KNOWN.match(text) is not None),
    ("an error page", lambda text: _PAGE.match(text) is not None),
)
