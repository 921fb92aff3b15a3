"""What the lexical embedder knows of English: which words say little, and which belong together.

General English only, no field's vocabulary: a word's weight here must be as right for a cook
book as for a manual. Words of other languages simply have full weight and no stemming to speak
of.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

__all__ = ["COMMON_WORDS", "STOP_WORDS", "stem"]

STOP_WORDS: Final = frozenset(
    """
    a about above across after again against all almost along already also although always am
    among an and another any anybody anyone anything are aren around as at away be became because
    been before behind being below beside besides between beyond both but by can cannot could
    couldn d did didn do does doesn doing don done down during each either else enough etc even
    ever every everyone everything except few for from further had hadn has hasn have haven having
    he hence her here hers herself him himself his how however i if in indeed instead into is isn
    it its itself just less let likely ll m many may maybe me might more moreover most much must
    my myself near neither never nevertheless no nobody none nor not nothing now nowhere of off
    often on once one only onto or other others otherwise our ours ourselves out over own per
    perhaps please quite rather re really s same shall she should shouldn since so some somebody
    someone something sometimes soon still such t than that the their theirs them themselves then
    there therefore these they this those though through throughout thus to together too toward
    towards under until up upon us ve very via was wasn we well were weren what whatever when
    whenever where whereas wherever whether which whichever while who whoever whole whom whose
    why will with within without won would wouldn yes yet you your yours yourself yourselves
    """.split()
)
"""Function words: they hold a sentence together and name nothing."""

COMMON_WORDS: Final = frozenset(
    """
    able act actual add additional allow appear ask available back base basic become begin best
    better big bit bring call case cause certain change check choose clear come common complete
    consider contain correct course create current day default describe detail determine
    different do easy effect end ensure entire exact example exist expect explain fact far feel
    file find first follow form full general get give given go good great group hand happen hard
    help high hold however important include individual information instance keep kind know
    large last later latter lead learn least leave left level like line list little long look
    lot low main make man manner matter mean method mention mere mind moment move name necessary
    need new next normal note number occur old open order original part particular pass people
    perform person place point possible present previous probably problem proceed produce proper
    provide purpose put question read reason receive refer regard relate remain require respect
    rest result return right run said say second section see seem seen set several show similar
    simple simply single situation small special specific specify stand start state stay step
    stop subject suggest support suppose sure system take talk tell term thing think third time
    total true try turn two type typical understand use useful user usual value various want way
    week work world write wrong year
    """.split()
)
"""Words of everyday prose that name something, though seldom what a passage is about."""

_VOWEL: Final = re.compile("[aeiouy]")
_HISSING: Final = ("sses", "shes", "ches", "xes", "zes")


@cache
def _irregular() -> dict[str, str]:
    pairs = """
        indices index vertices vertex matrices matrix appendices appendix criteria criterion
        phenomena phenomenon children child people person men man women woman mice mouse
        feet foot teeth tooth analyses analysis bases base made make ran run written write
        wrote write chosen choose chose choose built build sent send kept keep held hold
        found find lost lose began begin begun begin broken break broke break took take
        taken take given give gave give known know knew know seen see saw see went go gone go
        came come left leave meant mean paid pay sold sell bought buy spent spend
    """.split()
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


def stem(word: str) -> str:
    """Fold a lower-case word's plural, ``-ing`` and ``-ed`` forms onto one.

    Four rules, no dictionary beyond some forty irregular forms: a few unlike words meet
    (``news``, ``new``) and a few like ones do not, which the character n-grams make good.
    The result need not be a word: ``creating``, ``creates`` and ``create`` are all ``creat``.
    """
    word = _irregular().get(word, word)
    if len(word) <= 3 or not word.isascii() or not word.isalpha():
        return word
    word = _singular(word)
    for ending in ("ing", "ed"):
        root = word.removesuffix(ending)
        if root != word and len(root) >= 3 and _VOWEL.search(root) and not word.endswith("eed"):
            word = _undouble(root)
            break
    if len(word) > 3 and word.endswith("e"):
        return word[:-1]
    return word[:-1] + "i" if len(word) > 3 and word.endswith("y") else word


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(_HISSING):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _undouble(root: str) -> str:
    """``planned`` -> ``plan``; ``called``, ``missed`` and ``buzzed`` keep their two letters."""
    if len(root) > 3 and root[-1] == root[-2] and root[-1] not in "aeioulsz":
        return root[:-1]
    return root
