"""What the picture that goes along with a link says."""

from dataclasses import dataclass
from hashlib import blake2b

_DESIGN = "1"  # part of every digest: another design in `card_image` is another picture


@dataclass(frozen=True, slots=True)
class CardWords:
    """What a picture says."""

    words: str
    source: str

    @property
    def digest(self) -> str:
        said = f"{_DESIGN}\n{self.words}\n{self.source}"
        return blake2b(said.encode(), digest_size=8).hexdigest()
