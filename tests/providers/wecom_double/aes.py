"""AES-256 in CBC mode in plain Python, after FIPS 197: slow, and nobody else's code.

The product uses a library; the double seals its callbacks with this, so that a mistake in either
shows as a disagreement.
"""

BLOCK = 16
ROUNDS = 14


def _times(a: int, b: int) -> int:
    """Multiply in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def _box(value: int) -> int:
    inverse = 1
    for _ in range(254):  # the inverse is the 254th power, and of 0 it is 0
        inverse = _times(inverse, value)
    rotated = inverse
    for _ in range(4):
        inverse = ((inverse << 1) | (inverse >> 7)) & 0xFF
        rotated ^= inverse
    return rotated ^ 0x63


_S = [_box(value) for value in range(256)]
_INVERSE_S = [_S.index(value) for value in range(256)]
_PRODUCTS = {n: [_times(value, n) for value in range(256)] for n in (1, 2, 3, 9, 11, 13, 14)}
_COLUMNS = range(0, 4 * (ROUNDS + 1), 4)
_MIX, _UNMIX = (2, 3, 1, 1), (14, 11, 13, 9)


def _round_keys(key: bytes) -> list[list[int]]:
    words = [list(key[at : at + 4]) for at in range(0, 32, 4)]
    factor = 1
    for at in range(8, 4 * (ROUNDS + 1)):
        word = words[-1]
        if at % 8 == 0:
            word = [_S[byte] for byte in word[1:] + word[:1]]
            word[0] ^= factor
            factor = _times(factor, 2)
        elif at % 8 == 4:
            word = [_S[byte] for byte in word]
        words.append([a ^ b for a, b in zip(word, words[at - 8], strict=True)])
    return [[*words[at], *words[at + 1], *words[at + 2], *words[at + 3]] for at in _COLUMNS]


def _mixed(state: list[int], row: tuple[int, ...]) -> list[int]:
    mixed = []
    for column in range(0, BLOCK, 4):
        four = state[column : column + 4]
        for shift in range(4):
            byte = 0
            for place in range(4):
                byte ^= _PRODUCTS[row[(place - shift) % 4]][four[place]]
            mixed.append(byte)
    return mixed


def _added(state: list[int], key: list[int]) -> list[int]:
    return [a ^ b for a, b in zip(state, key, strict=True)]


def _encrypt_block(block: bytes, keys: list[list[int]]) -> bytes:
    state = _added(list(block), keys[0])
    for number in range(1, ROUNDS + 1):
        state = [_S[state[(at + 4 * (at % 4)) % BLOCK]] for at in range(BLOCK)]
        if number < ROUNDS:
            state = _mixed(state, _MIX)
        state = _added(state, keys[number])
    return bytes(state)


def _decrypt_block(block: bytes, keys: list[list[int]]) -> bytes:
    state = _added(list(block), keys[ROUNDS])
    for number in range(ROUNDS - 1, -1, -1):
        state = [_INVERSE_S[state[(at - 4 * (at % 4)) % BLOCK]] for at in range(BLOCK)]
        state = _added(state, keys[number])
        if number:
            state = _mixed(state, _UNMIX)
    return bytes(state)


def encrypt(key: bytes, iv: bytes, plain: bytes) -> bytes:
    """Return the ciphertext of whole blocks."""
    keys, before, sealed = _round_keys(key), iv, b""
    for at in range(0, len(plain), BLOCK):
        mixed = bytes(a ^ b for a, b in zip(plain[at : at + BLOCK], before, strict=True))
        before = _encrypt_block(mixed, keys)
        sealed += before
    return sealed


def decrypt(key: bytes, iv: bytes, sealed: bytes) -> bytes:
    """Return the plain text of whole blocks."""
    keys, before, plain = _round_keys(key), iv, b""
    for at in range(0, len(sealed), BLOCK):
        block = sealed[at : at + BLOCK]
        plain += bytes(a ^ b for a, b in zip(_decrypt_block(block, keys), before, strict=True))
        before = block
    return plain
