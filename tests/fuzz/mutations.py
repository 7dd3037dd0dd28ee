"""Files that are nearly right: valid ones, changed in up to eight places."""

import random

MOST_CHANGES = 8
LARGEST = 2**14
"""Bytes that a mutated file may grow to."""
WORDS = [
    *b"null ~ true .nan .inf -1 0 1e400 1e-400 NaN Infinity 0x_ 0b_ 1:1 2001-99-99 <<: : - ? & * ! | > %".split(),
    b"\x00", b"\n", b"\t", b"\r", b"\xff", b"\xf0\x9f\x92\xa9", b"\xef\xbb\xbf", b"\x85", b"---\n", b"...\n",
    b"&a ", b"*a", b"!!python/object/apply:os.system ['true']", b"!!int ", b"!!timestamp ", b"!!binary ",
    b"[" * 50, b"{" * 50, b"(" * 50, b"- " * 50, b'"', b"'", b",", b":", b"{}", b"[]", b"()", b"\\U99999999",
    b"|O", b"<f4", b"F64", b"BF16", b"F8_E4M3", b"4294967296", b"18446744073709551616", b"-5", b"9" * 5000,
    b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\x00\x00\x00\x00", b"a" * 2000,
]  # fmt: skip
"""What trips readers: special numbers and letters, the formats' own words, sizes at the ends of their types."""


class Mutator:
    """Makes the same endless row of files from the same valid ones."""

    def __init__(self, seeds: list[bytes], seed: int = 0) -> None:
        self.seeds = seeds
        self.random = random.Random(seed)  # noqa: S311  # it keeps no secret

    def next(self) -> bytes:
        """Return the next file."""
        content = bytearray(self.random.choice(self.seeds))
        for _ in range(self.random.randint(1, MOST_CHANGES)):
            self._change(content)
        return bytes(content[:LARGEST])

    def _change(self, content: bytearray) -> None:
        draw = self.random
        place = draw.randint(0, len(content))
        length = min(draw.choice((1, 1, 2, 4, 8, 40)), len(content) - place)
        match draw.randrange(7):
            case 0:  # flip bits
                if place < len(content):
                    content[place] ^= 1 << draw.randrange(8)
            case 1:  # other bytes
                content[place : place + length] = draw.randbytes(length)
            case 2:  # bytes out
                del content[place : place + length]
            case 3:  # a word in
                content[place:place] = draw.choice(WORDS)
            case 4:  # a word in place of others
                content[place : place + length] = draw.choice(WORDS)
            case 5:  # a part twice
                content[place:place] = content[place : place + 10 * length]
            case _:  # a part elsewhere
                other = draw.randint(0, len(content))
                content[place : place + length] = content[other : other + length]
