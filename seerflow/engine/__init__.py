"""How the stages join, still pure: which log goes to which parser, which hit to which cell, in which order."""
