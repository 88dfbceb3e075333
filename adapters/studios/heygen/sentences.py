"""Long texts in pieces that end where sentences end."""

import re


def split_sentences(text: str, max_characters: int) -> list[str]:
    """A text in pieces of at most so many characters, cut at sentence ends, else at words, else anywhere."""
    pieces: list[str] = []
    while len(text := text.strip()) > max_characters:
        head = text[: max_characters + 1]
        ends = [match.end() for match in re.finditer(r"[.!?…。！？](?=\s)|[。！？\n]", head)]
        cut = ends[-1] if ends else head.rfind(" ")
        cut = cut if 0 < cut <= max_characters else max_characters
        pieces.append(text[:cut].strip())
        text = text[cut:]
    return [*pieces, text] if text else pieces
