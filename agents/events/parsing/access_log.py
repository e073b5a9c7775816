"""Access logs of web servers: common, combined and virtual-host forms.

https://httpd.apache.org/docs/2.4/logs.html and https://nginx.org/en/docs/http/ngx_http_log_module.html
"""

from __future__ import annotations

import re
from typing import Final

from agents.events.event import Field, Format, Source
from agents.events.parsing.reading import Reading, sliced

_QUOTED = r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"'
_LINE = re.compile(
    r"(?:([\w.\-]++:\d++) )?(\S++) (\S++) ((?:[^\[\s]++ )++)\[([^\]]{10,40}+)\] "
    rf"{_QUOTED} (\d{{3}}|-) (\d++|-)(?: {_QUOTED} {_QUOTED})?",
    re.DOTALL,
)
_NAMES: Final = (
    "vhost", "client_ip", "ident", "user", "time", "request", "status", "bytes", "referer", "user_agent"
)  # fmt: skip
_OTHER_NAMES: Final = (*_NAMES[:8], "col9", "col10")
"""Where the command is none of HTTP there is no referring page and no browser: what these two tell is not known."""
_TAILS: Final = (
    # https://doc.traefik.io/traefik/observability/access-logs/#format
    (
        re.compile(r' (\d++|-) "([^"]*+)" "([^"]*+)" (\d++)ms\s*+'),
        ("request_count", "router_name", "server_url", "duration"),
    ),
    # https://www.cups.org/doc/man-cupsd-logs.html
    (re.compile(r" ([A-Z][\w\-]{2,40}+|-) ([a-z][a-z\-]{2,60}+|-)\s*+"), ("ipp_operation", "ipp_status")),
    # https://github.com/nginx/nginx/blob/master/conf/nginx.conf
    (re.compile(r' "(-|[0-9a-fA-F.:]{2,45}+(?:, ?[0-9a-fA-F.:]{2,45}+){0,20})"\s*+'), ("x_forwarded_for",)),
)
"""What follows the known columns in the logs of three servers."""
_REQUEST = re.compile(r"([A-Z][A-Z_\-]{1,30}+) (\S++)(?: ((?:HTTP|RTSP|ICY)/[\d.]++))?$")
_COMMAND = re.compile(r"([A-Z][A-Z_\-]{1,30}+) ")
# https://www.iana.org/assignments/http-methods/http-methods.xhtml, and those that caches and pushing clients use
_METHODS: Final = frozenset({
    "ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "CONNECT", "COPY", "DELETE", "GET", "HEAD", "LABEL",
    "LINK", "LOCK", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE", "OPTIONS",
    "ORDERPATCH", "PATCH", "POST", "PRI", "PROPFIND", "PROPPATCH", "PUT", "QUERY", "REBIND", "REPORT", "SEARCH",
    "TRACE", "UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK", "UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL", "PURGE",
    "BAN", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "DEBUG", "TRACK", "RPC_IN_DATA", "RPC_OUT_DATA",
})  # fmt: skip


def read_access_log(text: str, start: int, end: int, source: Source) -> Reading | None:
    """One access log line; the request becomes ``method``, ``url`` and ``protocol`` where it is one of HTTP.

    Other programs write their commands in the form of a web server: a request that names neither a protocol nor a
    registered method stays whole.
    So do the columns that Traefik, CUPS and nginx's packaged configuration add; what else a site adds is the message.
    """
    del source
    match = _LINE.match(text, start, end)
    if match is None:
        return None
    fields = []
    place = match.span(_NAMES.index("request") + 1)
    request = _REQUEST.match(text, *place)
    command = _COMMAND.match(text, *place)
    other = command is not None and command.group(1) not in _METHODS and not (request and request.group(3))
    for group, name in enumerate(_OTHER_NAMES if other else _NAMES, 1):
        if match.group(group) is None:
            continue
        a, b = match.span(group)
        b -= name == "user"  # the group takes the space behind the name
        if other or request is None or name != "request":
            fields.append(Field(name, text[a:b], (a, b)))
            continue
        for part, part_name in enumerate(("method", "url", "protocol"), 1):
            if request.group(part):
                fields.append(Field(part_name, request.group(part), request.span(part)))
    position = match.end()
    for pattern, names in _TAILS if position < end else ():
        if tail := pattern.fullmatch(text, position, end):
            fields += [sliced(name, text, *tail.span(n)) for n, name in enumerate(names, 1)]
            position = end
            break
    return Reading((Format.ACCESS,), fields, text[position:end].strip())
