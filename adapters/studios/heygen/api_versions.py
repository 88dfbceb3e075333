"""Which of HeyGen's dialects makes a request, and what is known of them: v2 goes, v3 comes, and accounts differ."""

from collections.abc import Callable
from typing import Any, Literal

from adapters.studios.heygen import payload_v2, payload_v3, templates, translate
from adapters.studios.heygen.payload_source import SETS, Draft, Lacks
from adapters.studios.heygen.schemas import TemplateV2
from adapters.studios.heygen.video_spec import SAY_MOST, Film, film, split
from bot.errors import Refused
from bot.jobs.job import Job
from bot.requests.kinds import Request, Template, Translation

Version = Literal["auto", "v2", "v3"]

PATHS = {"v2": "v2/video/generate", "v3": "v3/videos"}
_WRITE: dict[str, Callable[[Draft], dict[str, Any]]] = {"v2": payload_v2.write, "v3": payload_v3.write}


class Dialects:
    """The dialects an account is served in; what turns out to be gone is not tried again by this process."""

    def __init__(self, version: Version) -> None:
        self._wanted = ("v3", "v2") if version == "auto" else (version,)
        self._gone: set[str] = set()
        self.most = SAY_MOST  # characters in one scene, until HeyGen says that this account has less

    @property
    def served(self) -> tuple[str, ...]:
        """Those that may work, the newer first."""
        return tuple(each for each in self._wanted if each not in self._gone)

    def gone(self, dialect: str) -> None:
        """This account is no longer, or not yet, served in it."""
        self._gone.add(dialect)

    def able(self, request: Request, trial: Callable[[Film], Draft]) -> list[str]:
        """The dialects that can make a request, the newer first; Refused when none can."""
        if isinstance(request, Translation):
            return list(self.served) or self._none()
        if isinstance(request, Template):
            return self._templates(request)
        whole = film(request)
        refusals: list[Refused] = []
        able = []
        for dialect in self.served:
            try:
                _WRITE[dialect](trial(self.parts(whole, dialect)))
            except Refused as refusal:
                refusals.append(refusal)
            else:
                able.append(dialect)
        if not able:
            raise self._worst(refusals)
        return able

    def write(self, job: Job, dialect: str, hook: str | None) -> tuple[str, dict[str, Any]]:
        """The path and the body of the paid call."""
        if isinstance(job.request, Translation):
            return translate.write(job, dialect, hook)
        if isinstance(job.request, Template):
            return templates.write(job, hook)
        cut = self.parts(film(job.request), dialect)
        return PATHS[dialect], _WRITE[dialect](Draft.of(job, cut, hook))

    def cut(self, request: Request, dialect: str) -> Film | None:
        """The film in the scenes it will have there; translations and templates are no films."""
        return None if isinstance(request, Translation | Template) else self.parts(film(request), dialect)

    def parts(self, whole: Film, dialect: str) -> Film:
        """The film in scenes short enough for a dialect; v3 has but one scene to put words in."""
        return split(whole, self.most) if dialect == "v2" else whole

    def _templates(self, request: Template) -> list[str]:
        if "v2" not in self.served:
            why = "is no longer served for this account" if "v2" in self._gone else "HEYGEN_API_VERSION leaves out"
            raise Lacks(f"Templates are filled by HeyGen's v2, which {why}.", "template")
        SETS.apply({}, TemplateV2, request.set)
        return ["v2"]

    def _worst(self, refusals: list[Refused]) -> Refused:
        """What to tell: a real fault first; else what the dialect that is left cannot do."""
        real = [refusal for refusal in refusals if not isinstance(refusal, Lacks)]
        if real:
            return next((each for each in real if "Did you mean" in each.sentence), real[-1])
        if not refusals:
            self._none()
        gone = " This account is no longer served in v2." if "v2" in self._gone else ""
        return Refused(f"{refusals[0].sentence}{gone}", refusals[0].option)

    def _none(self) -> list[str]:
        raise Refused("HeyGen serves this account in none of the dialects that HEYGEN_API_VERSION allows.")


def tickets(job: Job) -> tuple[str, str, str]:
    """A ticket's dialect, kind and id."""
    dialect, _, rest = (job.ticket or "").partition("/")
    kind, _, ident = rest.partition("/")
    return dialect, kind, ident


def ticket(dialect: str, request: Request, ident: str) -> str:
    """How a job is called at HeyGen: by dialect, kind and id."""
    return f"{dialect}/{kind(request)}/{ident}"


def kind(request: Request) -> str:
    """Videos and translations are kept apart at HeyGen."""
    return "translation" if isinstance(request, Translation) else "video"
