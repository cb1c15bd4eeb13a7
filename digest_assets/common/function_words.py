"""English function words: those that hold a sentence together and say nothing of what it is about."""

_WORDS = (
    "a about above after again against all along also am among an and any are as at be because been before being below "
    "between beyond both but by can cannot could did do does doing done during each either else enough even ever every "
    "few for from further had has have having he her here hers herself him himself his how however i if in instead into is "
    "it its itself just least less like many may me might mine more most much must my myself neither never no nor not now of "
    "off often on once one only or other others our ours ourselves out over own per quite rather same shall she should since "
    "so some still such than that the their theirs them themselves then there these they this those though through thus to "
    "too toward towards two under until up upon us very via vs was we well were what when where whether which while who whom "
    "whose why will with within without would yet you your yours yourself yourselves"
)
FUNCTION_WORDS = frozenset(_WORDS.split())
