"""llama.cpp as a guest in this process: its log goes to ours.

How its threads wait for each other is set in ``models/__init__.py``, which runs before this module is loaded.
"""

from __future__ import annotations

import ctypes
import logging

import llama_cpp as native

__all__ = ["native", "redirect_llama_log"]

logger = logging.getLogger("llama.cpp")

_ERROR = 3


def _forward(level: int, text: bytes, _: object) -> None:
    line = text.decode("utf-8", "replace").rstrip()
    if line and line != ".":
        logger.log(logging.WARNING if level == _ERROR else logging.DEBUG, "%s", line)


# llama.cpp keeps the pointer for as long as the process lives, so the callback must not be collected.
_CALLBACK = native.llama_log_callback(_forward)


def redirect_llama_log() -> None:
    """Send what llama.cpp reports to the logger ``llama.cpp``: errors as warnings, all else at debug level.

    The callback is one per process; calling this again does nothing new. An error of llama.cpp is only a warning
    here because the caller learns of it by a return value and decides what it means.
    """
    native.llama_log_set(_CALLBACK, ctypes.c_void_p(0))
