"""Access logs of web servers: common, combined and virtual-host forms.

https://httpd.apache.org/docs/2.4/logs.html and https://nginx.org/en/docs/http/ngx_http_log_module.html
"""

from __future__ import annotations

import re
from typing import Final

from agents.events.event import Field, Format, Source
from agents.events.parsing.reading import Reading

_QUOTED = r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"'
_LINE = re.compile(
    r"(?:([\w.\-]++:\d++) )?(\S++) (\S++) ((?:[^\[\s]++ )++)\[([^\]]{10,40}+)\] "
    rf"{_QUOTED} (\d{{3}}|-) (\d++|-)(?: {_QUOTED} {_QUOTED})?",
    re.DOTALL,
)
_NAMES: Final = (
    "vhost", "client_ip", "ident", "user", "time", "request", "status", "bytes", "referer", "user_agent"
)  # fmt: skip
_REQUEST = re.compile(r"([A-Z][A-Z_\-]{1,30}+) (\S++)(?: (HTTP/[\d.]++))?$")


def read_access_log(text: str, start: int, end: int, source: Source) -> Reading | None:
    """One access log line; the request becomes ``method``, ``url`` and ``protocol`` where it is one.

    Fields that a site adds behind the known ones are the message.
    """
    del source
    match = _LINE.match(text, start, end)
    if match is None:
        return None
    fields = []
    for group, name in enumerate(_NAMES, 1):
        if match.group(group) is None:
            continue
        a, b = match.span(group)
        b -= name == "user"  # the group takes the space behind the name
        request = _REQUEST.match(text, a, b) if name == "request" else None
        if request is None:
            fields.append(Field(name, text[a:b], (a, b)))
            continue
        for part, part_name in enumerate(("method", "url", "protocol"), 1):
            if request.group(part):
                fields.append(Field(part_name, request.group(part), request.span(part)))
    return Reading((Format.ACCESS,), fields, text[match.end() : end].strip())
