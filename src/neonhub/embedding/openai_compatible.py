"""Embeddings from OpenAI and from servers that speak its protocol.

Limits, from OpenAI's reference: 8,192 tokens an input, 2,048 inputs and 300,000 tokens a
request, no empty input. A token of a byte-level vocabulary is at least one byte of UTF-8, so
bytes bound tokens with no tokenizer at hand: a text over 8,000 bytes is cut into pieces at
white space, and its vector is the mean of theirs, weighted by length. Nothing of it is lost.

The SDK retries what may pass (429, 408, 409, 5xx, time-outs, lost connections), waiting as
``Retry-After`` says up to two minutes, else from half a second doubling to eight, with jitter.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from openai import APIConnectionError, APIStatusError, APITimeoutError, AsyncOpenAI, OpenAIError
from openai.types import CreateEmbeddingResponse

from neonhub.embedding.base import STORED_DIMENSION, SpaceSpec
from neonhub.embedding.errors import (
    EmbeddingError,
    EmbeddingFailed,
    EmbeddingTooLarge,
    InvalidVector,
    SpaceUnknown,
)
from neonhub.embedding.pieces import batches, cut, weighted_means
from neonhub.embedding.rotation import ROTATION
from neonhub.embedding.vectors import blank_vector, check_rows, is_blank, to_stored, with_blanks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from openai.types import Embedding

__all__ = ["OPENAI_MODELS", "OPENAI_URL", "OpenAIEmbedder"]

OPENAI_URL: Final = "https://api.openai.com/v1"
OPENAI_MODELS: Final = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "text-embedding-ada-002": 1536,
}
"""OpenAI's own models with their native dimension: no server need be asked for it."""

_SHORTENED: Final = {name for name, width in OPENAI_MODELS.items() if width > STORED_DIMENSION}
_TOO_MUCH: Final = frozenset({400, 413, 422})
"""Answers that may be about one input, or about too many: half as many are tried then."""
_PASSING: Final = frozenset({408, 409, 429})
_KEY: Final = re.compile(r"\b(sk-|Bearer )[\w*.\-]{6,}")
_REASON_LENGTH: Final = 300


class OpenAIEmbedder:
    """Vectors over the embeddings protocol of OpenAI. Belongs to one event loop.

    A model of more than 1536 dimensions is asked to shorten its vectors, and refused with
    ``EmbeddingTooLarge`` where it does not; the vectors of a smaller one are padded and turned.
    """

    def __init__(
        self,
        *,
        model: str,
        api_key: str | None,
        base_url: str | None = None,
        timeout_s: float = 60.0,
        max_retries: int = 5,
        concurrency: int = 4,
        dimension: int | None = None,
        shortened: bool = False,
    ) -> None:
        """``dimension`` is the width that a known space records, ``shortened`` whether its
        model was asked for fewer than its own; else the server is asked once."""
        self.model = model
        self.provider = "openai" if model in OPENAI_MODELS else "openai-compatible"
        self.tokens_used = 0
        self.texts_cut = 0
        self._secret = api_key
        # The SDK wants some key; servers that ask for none ignore it.
        self._client = AsyncOpenAI(
            api_key=api_key or "none",
            base_url=base_url or OPENAI_URL,
            timeout=timeout_s,
            max_retries=max_retries,
        )
        self._slots = asyncio.Semaphore(concurrency)
        self._most_inputs = 2048
        self._format: Any = "base64"
        self._asked: int | None = None
        self._space: SpaceSpec | None = None
        known = OPENAI_MODELS.get(model, dimension)
        if known is not None and (shortened or model in _SHORTENED):
            self._asked = known = STORED_DIMENSION
        if known is not None:
            self._settle(known)

    def __repr__(self) -> str:
        return f"OpenAIEmbedder(model={self.model!r}, base_url={str(self._client.base_url)!r})"

    @property
    def space(self) -> SpaceSpec:
        """``openai/text-embedding-3-small/1536``, say. Raises ``SpaceUnknown`` for a model that
        is not OpenAI's until its server was asked."""
        if self._space is None:
            raise SpaceUnknown(model=self.model)
        return self._space

    async def prepare(self) -> SpaceSpec:
        """Ask the server for one vector where the model's dimension is not known.

        Raises ``EmbeddingFailed`` and ``EmbeddingTooLarge``.
        """
        if self._space is None:
            width = int((await self._request(["dimension"])).shape[1])
            if width > STORED_DIMENSION:
                width = await self._shortened(width)
            self._settle(width)
        return self.space

    async def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of ``texts``, shape ``(len(texts), 1536)``, by several requests at once.

        Raises ``EmbeddingFailed`` where one fails for good; the others are then given up.
        """
        full = [text for text in texts if not is_blank(text)]
        if not full:
            return np.tile(blank_vector(), (len(texts), 1))
        space = await self.prepare()
        pieces, owners = self._cut(full)
        try:
            async with asyncio.TaskGroup() as group:
                requests = batches(pieces, most=self._most_inputs)
                parts = [group.create_task(self._batch(each)) for each in requests]
        except BaseExceptionGroup as failures:
            raise _first(failures) from None
        matrix = np.concatenate([part.result() for part in parts])
        means = weighted_means(matrix, owners, [len(piece) for piece in pieces])
        return with_blanks(texts, to_stored(means, turn=space.rotation is not None))

    async def embed_query(self, text: str) -> NDArray[np.float32]:
        """The vector of a question, shape ``(1536,)``."""
        vector: NDArray[np.float32] = (await self.embed_documents([text]))[0]
        return vector

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _settle(self, width: int) -> None:
        if width > STORED_DIMENSION:
            raise self._too_large(width)
        metadata: dict[str, Any] = {
            # A dense vector of full width needs no turn, and stays as other tools know it.
            "rotation": ROTATION if width < STORED_DIMENSION else None,
            "normalized": True,
        }
        if self._asked is not None:
            metadata["shortened"] = True
        self._space = SpaceSpec(self.provider, self.model, width, metadata)

    async def _shortened(self, width: int) -> int:
        """Have a model that is too wide shorten its vectors, or raise ``EmbeddingTooLarge``."""
        self._asked = STORED_DIMENSION
        try:
            found = int((await self._request(["dimension"])).shape[1])
        except EmbeddingFailed as error:
            if error.status not in _TOO_MUCH:
                raise
            found = width
        if found != STORED_DIMENSION:
            self._asked = None
            raise self._too_large(width)
        return found

    def _too_large(self, width: int) -> EmbeddingTooLarge:
        return EmbeddingTooLarge(
            provider=self.provider, model=self.model, dimension=width, limit=STORED_DIMENSION
        )

    def _cut(self, texts: Sequence[str]) -> tuple[list[str], list[int]]:
        """The pieces of all texts, and for each piece the number of its text."""
        pieces: list[str] = []
        owners: list[int] = []
        for number, text in enumerate(texts):
            found = cut(text)
            self.texts_cut += len(found) > 1
            pieces += found
            owners += [number] * len(found)
        return pieces, owners

    async def _batch(self, texts: list[str]) -> NDArray[np.float32]:
        """The vectors of one request's texts; of its halves, where the server refuses it.

        Compatible servers allow fewer inputs than OpenAI, each its own number. Halving finds it,
        and a single text that is refused is then named by the error.
        """
        if len(texts) <= self._most_inputs:
            try:
                async with self._slots:
                    return self._checked(await self._request(texts))
            except EmbeddingFailed as error:
                if error.status not in _TOO_MUCH or len(texts) == 1:
                    raise
        middle = (len(texts) + 1) // 2
        first = await self._batch(texts[:middle])
        self._most_inputs = min(self._most_inputs, middle)
        return np.concatenate([first, await self._batch(texts[middle:])])

    def _checked(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        if matrix.shape[1] != self.space.dimension:
            raise self._failed(
                f"it answered with {matrix.shape[1]} dimensions where the space has "
                f"{self.space.dimension}"
            )
        return matrix

    async def _request(self, texts: list[str]) -> NDArray[np.float32]:
        options: dict[str, Any] = {} if self._asked is None else {"dimensions": self._asked}
        try:
            answer = await self._client.embeddings.create(
                model=self.model, input=texts, encoding_format=self._format, **options
            )
        except APIStatusError as error:
            if self._format == "base64" and "encoding_format" in str(error.message):
                self._format = "float"
                return await self._request(texts)
            raise self._failed(
                _status_reason(error),
                status=error.status_code,
                retryable=error.status_code in _PASSING or error.status_code >= 500,
            ) from None
        except APITimeoutError:
            raise self._failed("it did not answer in time", retryable=True) from None
        except APIConnectionError as error:
            cause = error.__cause__ or error
            raise self._failed(f"no connection ({cause})", retryable=True) from None
        except (OpenAIError, ValueError) as error:
            raise self._failed(f"its answer cannot be read ({error})") from None
        return self._matrix(answer, len(texts))

    def _matrix(self, answer: object, count: int) -> NDArray[np.float32]:
        """The vectors of an answer in the order of the inputs, by their index."""
        if not isinstance(answer, CreateEmbeddingResponse) or not isinstance(answer.data, list):
            raise self._failed("its answer holds no embeddings")
        usage = getattr(answer, "usage", None)
        self.tokens_used += getattr(usage, "prompt_tokens", None) or 0
        try:
            by_index = {each.index: _numbers(each) for each in answer.data}
            rows = [by_index[index] for index in range(count)]
            matrix = np.stack(rows).astype(np.float32, copy=False)
        except (AttributeError, KeyError, TypeError, ValueError, binascii.Error):
            raise self._failed("its answer does not hold one vector for each input") from None
        if len(answer.data) != count or matrix.ndim != 2 or not matrix.shape[1]:
            raise self._failed("its answer does not hold one vector for each input")
        try:
            check_rows(matrix)
        except InvalidVector as error:
            raise self._failed(
                f"one of its vectors is unusable: {error.details['reason']}"
            ) from None
        return matrix

    def _failed(
        self, reason: str, *, retryable: bool = False, status: int | None = None
    ) -> EmbeddingFailed:
        if self._secret:
            reason = reason.replace(self._secret, "***")
        reason = _KEY.sub(r"\1***", " ".join(reason.split()))[:_REASON_LENGTH]
        return EmbeddingFailed(
            provider=self.provider,
            model=self.model,
            reason=reason,
            status=status,
            retryable=retryable,
        )


def _numbers(item: Embedding) -> NDArray[np.float32]:
    """One embedding's numbers, whether the server sent them as base64 or as a list."""
    sent: object = item.embedding
    if isinstance(sent, str):
        return np.frombuffer(base64.b64decode(sent, validate=True), "<f4")
    return np.asarray(sent, np.float32)


def _status_reason(error: APIStatusError) -> str:
    status = error.status_code
    if status in (401, 403):
        # What the server says of a key it refuses may hold the key.
        return f"the API key was refused ({status}); see OPENAI_API_KEY"
    body = error.body
    said = body.get("message") if isinstance(body, dict) else None
    return f"HTTP {status}: {said or error.message}"


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The failure to report of several requests: ours, if any is, for it says most."""
    ours = (each for each in failures.exceptions if isinstance(each, EmbeddingError))
    return next(ours, failures.exceptions[0])
