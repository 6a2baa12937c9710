"""Pipelines from the Hugging Face hub, and one sentence for each reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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


class _OutOfReach(Exception):
    """The hub did not answer, so what is in the cache has to do; the message says why."""


def download(named: HubId) -> Path:
    """The local snapshot of a hub repository, downloaded as far as it is not cached.

    The hub is asked about the repository first, since diffusers reports every failure as a model
    that is "not fully cached". If the hub cannot be reached, a snapshot in the cache is used.

    Raises:
        CannotLoad: with the reason and the remedy.
    """
    unreachable = ""
    needed = "model_index.json; give a repository in diffusers' format"
    try:
        with _reasons(f"--model {named}", named, needed):
            HfApi().model_info(named.name, revision=named.revision)
            # Anyone may read a gated repository's description; only a file shows whether one has
            # access.
            hf_hub_download(named.name, "model_index.json", revision=named.revision)
    except _OutOfReach as error:
        unreachable = str(error)
    try:
        return Path(
            DiffusionPipeline.download(
                named.name,
                revision=named.revision,
                use_safetensors=True,
                trust_remote_code=False,
            )
        )
    except Exception as error:  # the hub library has a dozen classes for "could not"
        reason = unreachable or f"could not be downloaded: {first_line(error)}"
        raise CannotLoad(f"--model {named} {reason}") from error


def download_file(
    flag: str, named: HubId, file: str, pick: Callable[[Sequence[str]], str]
) -> tuple[Path, str]:
    """One file of a hub repository, from the cache if it is there, and the commit that it is of.

    Args:
        flag: begins the message if there is none.
        named: the repository.
        file: its path in the repository; "" if the hub has to be asked which files there are.
        pick: chooses one of the repository's files, or raises CannotLoad.

    Raises:
        CannotLoad: with the reason and the remedy.
    """
    name, revision = named.name, named.revision
    try:
        with _reasons(flag, named, "such file"):
            files = [
                f.rfilename for f in HfApi().model_info(name, revision=revision).siblings or []
            ]
            picked = pick(files)
            path = Path(hf_hub_download(name, picked, revision=revision))
    except _OutOfReach as error:
        try:
            picked = file
            path = Path(hf_hub_download(name, file, revision=revision, local_files_only=True))
        except Exception:  # it is not in the cache
            raise CannotLoad(f"{flag} {error}") from error
    # …/snapshots/COMMIT/PATH
    return path, path.parts[-1 - len(Path(picked).parts)]


@contextmanager
def _reasons(flag: str, named: HubId, needed: str) -> Iterator[None]:
    """Turns what the hub's library raises into sentences.

    Raises:
        CannotLoad: the hub answered that the repository cannot be had.
        _OutOfReach: it did not answer.
    """
    page = f"{constants.ENDPOINT}/{named.name}"
    try:
        yield
    except CannotLoad:
        raise
    except GatedRepoError as error:
        raise CannotLoad(
            f"{flag} is gated; request access at {page}, run `hf auth login`, and start again"
        ) from error
    except RevisionNotFoundError as error:
        raise CannotLoad(
            f"{flag} has no revision {named.revision}; give a branch, tag or commit of {page}"
        ) from error
    except RepositoryNotFoundError as error:
        raise CannotLoad(
            f"{flag} does not exist on {constants.ENDPOINT}, or it is private; check the "
            "name, or run `hf auth login` with an account that may read it"
        ) from error
    except DisabledRepoError as error:
        raise CannotLoad(f"{flag} is disabled by the hub; see {page}") from error
    except EntryNotFoundError as error:
        if isinstance(error, HfHubHTTPError):
            raise CannotLoad(f"{flag} has no {needed}") from error
        raise _OutOfReach(_unreachable()) from error
    except HfHubHTTPError as error:
        if error.response.status_code == 401:
            raise CannotLoad(
                f"{flag}: the hub rejected the access token; run `hf auth login` again"
            ) from error
        raise _OutOfReach(
            f"could not be read: the hub answered with status {error.response.status_code}"
        ) from error
    except Exception as error:  # whatever the HTTP library raises for a network that is down
        raise _OutOfReach(_unreachable()) from error


def _unreachable() -> str:
    return (
        f"is not in the cache, and the hub at {constants.ENDPOINT} cannot be reached; check the "
        "network, or give a local folder"
    )


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or its class if it has none."""
    return next(iter(str(error).splitlines()), type(error).__name__)
