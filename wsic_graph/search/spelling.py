"""What a mistyped search may have meant, from the words of the index."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.process import extract

from wsic_graph.search.words import SMALL, Tokens

_SHORTEST, _SHORT = 4, 5


def nearest_word(word: str, known: Mapping[str, int]) -> str | None:
    """The word of ``known`` (with its number of records) nearest to ``word``, or None if none is near or it is known.

    Near is one wrong, missing, additional or exchanged letter, or two in a longer word.
    """
    if word in known or word in SMALL or len(word) < _SHORTEST or not word.isalpha():
        return None
    most = 1 if len(word) <= _SHORT else 2
    found = extract(word, known.keys(), scorer=DamerauLevenshtein.distance, score_cutoff=most, limit=20)
    if not found:
        return None
    return min(found, key=lambda item: (item[1], item[0][0] != word[0], -known[item[0]], item[0]))[0]


def suggestion(text: str, words: Tokens, known: Mapping[str, int]) -> str | None:
    """``text`` with its unknown words put right, or None where nothing can be."""
    better = text
    for word in words:
        near = nearest_word(word, known)
        if near:
            better = re.sub(rf"(?i)(?<!\w){re.escape(word)}(?!\w)", near, better)
    return better if better != text else None
