"""Where a pretrained model's files are: in a folder, in the hub's cache, or still on the hub.

Nothing is asked of the hub until a model is wanted, and then once: there are no retries here. What
is fetched is kept in the hub's own cache, and found there without the network from then on.
"""

from __future__ import annotations

import errno
import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fusion.adapters import ADAPTERS
from fusion.adapters.base import Published
from fusion.errors import InputError, Sentence, reason, said

HUB_ID = re.compile(r"([\w.-]+/[\w.-]+)@([0-9a-f]{40})")

logger = logging.getLogger(__name__)
Tell = Callable[[int, int], None]  # bytes that are there, and of how many


class StoppedError(Exception):
    """Nobody waits for the files any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A model's files and the adapter that reads them; `folder` is None for one on the hub."""

    adapter: str
    published: Published
    folder: Path | None = None

    @classmethod
    def of(cls, text: str) -> Source:
        """A folder, an id of the hub with its commit (owner/name@commit), or the id or the name of
        a published model that an adapter knows; ValueError naming these when it is none."""
        for name in ADAPTERS:
            published = ADAPTERS[name].build.published
            if text in (name, published.repository):
                return cls(adapter=name, published=published)
        if Path(text).is_dir():
            name = _adapter_of(Path(text))
            return cls(adapter=name, published=ADAPTERS[name].build.published, folder=Path(text))
        if match := HUB_ID.fullmatch(text):
            name = next(iter(ADAPTERS))  # the only one; its files say whether it fits
            published = replace(
                ADAPTERS[name].build.published,
                repository=match[1],
                revision=match[2],
                commit=match[2],
                megabytes=None,
            )
            return cls(adapter=name, published=published)
        known = ", ".join(ADAPTERS[name].build.published.repository for name in ADAPTERS)
        raise ValueError(
            f"{text!r} is no folder and no known model. Give the folder of a model that "
            f"transformers wrote, one of {known}, or the hub's id of another with its commit, as "
            "owner/name@commit."
        )

    @property
    def where(self) -> str:
        """Where the weights are from, for the user."""
        return str(self.folder.name) if self.folder else self.published.repository

    def here(self) -> Path | None:
        """The folder with the files, where they need not be fetched."""
        if self.folder is not None:
            return self.folder
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import IncompleteSnapshotError, LocalEntryNotFoundError

        wanted = self.published
        try:
            found = snapshot_download(
                wanted.repository,
                revision=wanted.revision,
                allow_patterns=list(wanted.files),
                local_files_only=True,
            )
        except (LocalEntryNotFoundError, IncompleteSnapshotError):
            return None
        right = Path(found).name.startswith(wanted.commit)
        return Path(found) if right and (Path(found) / "model.safetensors").exists() else None

    def fetch(self, tell: Tell, stopped: Callable[[], bool]) -> Path:
        """The folder with the files, fetched if they are not here; raises ValueError with the
        reason where they cannot be, and StoppedError once `stopped` says so."""
        found = self.here()
        if found is not None:
            return found
        try:
            return self._download(tell, stopped)
        except StoppedError:
            raise
        except Exception as error:  # the network, the hub and the disk each raise their own
            if stopped():
                raise StoppedError from error
            raise InputError("{reason}", reason=_reason(error)) from error

    def _download(self, tell: Tell, stopped: Callable[[], bool]) -> Path:
        from huggingface_hub import HfApi, snapshot_download

        wanted = self.published
        commit = HfApi().model_info(wanted.repository, revision=wanted.revision, timeout=10).sha
        self._check(commit or "")
        if stopped():
            raise StoppedError
        found = snapshot_download(
            wanted.repository,
            revision=wanted.revision,
            allow_patterns=list(wanted.files),
            tqdm_class=_bars(tell, stopped),
        )
        self._check(Path(found).name)
        if not (Path(found) / "model.safetensors").exists():
            raise InputError("it has no weights as safetensors, and nothing else is read")
        return Path(found)

    def _check(self, commit: str) -> None:
        wanted = self.published
        if not commit.startswith(wanted.commit):
            raise InputError(
                "{revision} of {repository} is commit {commit} now, not {known}, which is the one "
                "that is known",
                revision=wanted.revision,
                repository=wanted.repository,
                commit=commit[:10],
                known=wanted.commit,
            )


def _adapter_of(folder: Path) -> str:
    """The adapter for what lies in a folder; raises ValueError when there is none."""
    try:
        kind = json.loads((folder / "config.json").read_text())["model_type"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"the folder {folder.name} holds no model that transformers wrote: its config.json "
            "is missing or damaged"
        ) from error
    if kind not in ADAPTERS:
        raise ValueError(f"the model in {folder.name} is a {kind}; there is an adapter for: "
                         f"{ADAPTERS}")  # fmt: skip
    return str(kind)


def _bars(tell: Tell, stopped: Callable[[], bool]) -> type:
    """Progress bars for the hub's download that also tell how many bytes are there, and end it."""
    from tqdm.auto import tqdm

    bars: list[Bar] = []

    class Bar(tqdm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.count = int(kwargs.get("initial") or 0)
            self.of_bytes = kwargs.get("unit") == "B"
            super().__init__(*args, **{"disable": None, **kwargs})
            if self.of_bytes:
                bars.append(self)

        def tell(self) -> None:
            if self.of_bytes and bars:
                tell(*max((bar.count, int(bar.total or 0)) for bar in bars))

        def update(self, n: int | float | None = 1) -> Any:
            if stopped():
                raise StoppedError
            self.count += int(n or 0)
            self.tell()
            return super().update(n)

        def refresh(self, *args: Any, **kwargs: Any) -> Any:
            self.tell()  # the hub's client calls it when it has learned of more bytes
            return super().refresh(*args, **kwargs)

    return Bar


def _reason(error: Exception) -> Sentence | str:
    """Why files cannot be fetched, in words."""
    from huggingface_hub import errors

    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    if any(isinstance(e, errors.OfflineModeIsEnabled) for e in chain):
        return said("the hub is switched off here (HF_HUB_OFFLINE)")
    if any(isinstance(e, OSError) and e.errno == errno.ENOSPC for e in chain):
        return said("there is no room for it on the disk")
    if any(isinstance(e, errors.GatedRepoError | errors.RepositoryNotFoundError) for e in chain):
        return said("the hub does not give this model, or has none of this name")
    if any(isinstance(e, errors.RevisionNotFoundError) for e in chain):
        return said("the hub no longer has this revision of it")
    if isinstance(error, errors.HfHubHTTPError):
        return said("the hub refused ({code})", code=error.response.status_code)
    where = type(error).__module__.partition(".")[0]
    if isinstance(error, OSError) or where.startswith(("httpx", "huggingface_hub")):
        return said("the hub cannot be reached")
    if isinstance(error, ValueError) and not isinstance(error, UnicodeError | json.JSONDecodeError):
        return reason(error)
    logger.error("bug while fetching", exc_info=error)
    return said("something went wrong on the way, which has been logged")
