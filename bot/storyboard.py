"""Storyboards as people write them: a plain script with a line per scene, or a short YAML or JSON file.

Either becomes a plot, every value checked; everything that is wrong is said with its line.
"""

from functools import lru_cache

from bot import scenefile, script, sheet
from bot.errors import Refused
from bot.media import Media
from bot.scenes import MOST, Plot

Files = tuple[tuple[str, Media], ...]


@lru_cache(maxsize=64)
def read(text: str, files: Files = ()) -> Plot:
    """The plot that a text describes, every value checked; Refused with the line of the first fault."""
    known = dict(files)
    plot = sheet.read(text, known) if scenefile.looks_like_one(text) else script.read(text, known)
    if not 1 <= len(plot.scenes) <= MOST:
        raise Refused(f"A storyboard takes 1 to {MOST} scenes, this has {len(plot.scenes)}.", "script")
    return plot
