"""The vault: documents, answers and rejected records as they lie in the database, encrypted when a key is set.

What people write as reasons, what was read of a document and what the rules found stay readable.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

_KEY_ID_LENGTH = 16


class CannotDecrypt(Exception):
    """Bytes of the ledger cannot be had in the plain; the message says why, in half a sentence."""


class KeyMissing(CannotDecrypt):
    """They are encrypted by a key that is not at hand; with it they can be read."""

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"it is encrypted by key {key_id}, which is not among those of WAYBILL_ENCRYPTION_KEYS; add that key"
        )
        self.key_id = key_id


class NotAsEncrypted(CannotDecrypt):
    """The key is at hand, but these are not the bytes that it encrypted: they were changed in the database."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"its encrypted bytes are not those that key {key_id} made; they were changed")


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes as the database keeps them (plain, where `key_id` is None); size and SHA-256 are of the plain ones."""

    content: bytes
    key_id: str | None
    size: int
    sha256: str


class Vault:
    """Encrypts by the first of its keys and decrypts by any; without keys, what comes in stays plain. Thread-safe.

    Keys are Fernet's: 32 bytes in URL-safe base64. A key is known by its id, the start of its SHA-256.
    """

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._ids = tuple(map(key_id_of, keys))
        self._keys = MultiFernet([Fernet(key) for key in keys]) if keys else None

    @property
    def writes_by(self) -> str | None:
        """The id of the key that encrypts; None where nothing is encrypted."""
        return self._ids[0] if self._ids else None

    def can_read(self, key_id: str | None) -> bool:
        """Whether the key is at hand; None is plain."""
        return key_id is None or key_id in self._ids

    def kept(self, plain: bytes) -> Kept:
        """What the database is to keep of these bytes."""
        content = self._keys.encrypt(plain) if self._keys else plain
        return Kept(content, self.writes_by, len(plain), sha256_of(plain))

    def plain(self, content: bytes, key_id: str | None) -> bytes:
        """The bytes as they came in.

        Raises:
            KeyMissing: No key of that id is at hand.
            NotAsEncrypted: They were changed since.
        """
        if key_id is None:
            return content
        if self._keys is None or not self.can_read(key_id):
            raise KeyMissing(key_id)
        try:
            return self._keys.decrypt(content)
        except InvalidToken:
            raise NotAsEncrypted(key_id) from None


def sha256_of(content: bytes) -> str:
    """The hexadecimal SHA-256 by which the ledger knows bytes."""
    return hashlib.sha256(content).hexdigest()


def key_id_of(key: str) -> str:
    """The id that a key has in the ledger: the start of the SHA-256 of its 32 bytes."""
    return sha256_of(base64.urlsafe_b64decode(key))[:_KEY_ID_LENGTH]


def new_key() -> str:
    """A key that nobody had before."""
    return Fernet.generate_key().decode()
