"""What can go wrong with weights; every message names the remedy."""

from __future__ import annotations

from agents.errors import ConfigurationError, LogatlasError, UnavailableError


class ModelsError(LogatlasError):
    """The root of the errors about weights."""

    code = "models"


class ManifestError(ModelsError, ConfigurationError):
    """The manifest is malformed; the message names the model and the key."""

    code = "models_manifest"


class UnknownModelError(ModelsError, ConfigurationError):
    """A name that the manifest does not have and that is no file either."""

    code = "models_unknown"


class WeightsMissingError(ModelsError, UnavailableError):
    """Weights, or the package that they are made of, are not on this machine yet."""

    code = "weights_missing"


class WeightsCorruptError(ModelsError, UnavailableError):
    """A file does not hold the weights that the manifest promises."""

    code = "weights_corrupt"


class DownloadError(ModelsError, UnavailableError):
    """A download did not succeed; what has arrived is kept and the next attempt goes on from there."""

    code = "weights_download"
