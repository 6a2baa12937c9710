"""Pipelines from the Hugging Face hub, and one sentence for each reason why there is none."""

from __future__ import annotations

from pathlib import Path

from diffusers import DiffusionPipeline
from huggingface_hub import HfApi, constants, hf_hub_download
from huggingface_hub.errors import (
    DisabledRepoError,
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from l1probe.serving.model_name import CannotLoad, HubId


def download(named: HubId) -> Path:
    """The local snapshot of a hub repository, downloaded as far as it is not cached.

    The hub is asked about the repository first, since diffusers reports every failure as a model
    that is "not fully cached". If the hub cannot be reached, a snapshot in the cache is used.

    Raises:
        CannotLoad: with the reason and the remedy.
    """
    unreachable = _check(named)
    try:
        return Path(DiffusionPipeline.download(named.name, revision=named.revision))
    except Exception as error:  # the hub library has a dozen classes for "could not"
        reason = unreachable or f"could not be downloaded: {first_line(error)}"
        raise CannotLoad(f"--model {named} {reason}") from error


def _check(named: HubId) -> str:
    """Why the hub cannot be reached, or "" if it can and grants access.

    Raises:
        CannotLoad: the hub answered that the repository cannot be had.
    """
    name, revision = named.name, named.revision
    page = f"{constants.ENDPOINT}/{name}"
    try:
        HfApi().model_info(name, revision=revision)
        # Anyone may read a gated repository's description; only a file shows whether one has
        # access.
        hf_hub_download(name, "model_index.json", revision=revision)
    except GatedRepoError as error:
        raise CannotLoad(
            f"--model {named} is gated; request access at {page}, run `hf auth login`, and start "
            "again"
        ) from error
    except RevisionNotFoundError as error:
        raise CannotLoad(
            f"--model {named} has no revision {revision}; give a branch, tag or commit of {page}"
        ) from error
    except RepositoryNotFoundError as error:
        raise CannotLoad(
            f"--model {named} does not exist on {constants.ENDPOINT}, or it is private; check the "
            "name, or run `hf auth login` with an account that may read it"
        ) from error
    except DisabledRepoError as error:
        raise CannotLoad(f"--model {named} is disabled by the hub; see {page}") from error
    except EntryNotFoundError as error:
        if isinstance(error, HfHubHTTPError):
            raise CannotLoad(
                f"--model {named} has no model_index.json; give a repository in diffusers' format"
            ) from error
        return _unreachable()
    except HfHubHTTPError as error:
        if error.response.status_code == 401:
            raise CannotLoad(
                f"--model {named}: the hub rejected the access token; run `hf auth login` again"
            ) from error
        return f"could not be read: the hub answered with status {error.response.status_code}"
    except Exception:  # whatever the HTTP library raises for a network that is down
        return _unreachable()
    return ""


def _unreachable() -> str:
    return (
        f"is not in the cache, and the hub at {constants.ENDPOINT} cannot be reached; check the "
        "network, or give a local folder"
    )


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or its class if it has none."""
    return next(iter(str(error).splitlines()), type(error).__name__)
