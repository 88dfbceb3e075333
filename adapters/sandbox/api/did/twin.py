"""D-ID's twin as the sandbox holds it: its paths, its renders, its hooks."""

import json
from collections.abc import Sequence
from functools import partial

from starlette.routing import Route

from adapters.sandbox.api.did import catalogues, list_and_delete, settings, uploads
from adapters.sandbox.api.did.auth_and_errors import DidManners
from adapters.sandbox.api.did.create import create
from adapters.sandbox.api.did.job_views import shown
from adapters.sandbox.api.did.kinds import Kind, kinds_for
from adapters.sandbox.api.did.render_orders import order_of
from adapters.sandbox.context import House, Letter
from adapters.sandbox.render.order import Order
from adapters.sandbox.renderer import Renderer
from adapters.sandbox.request_pipeline import Operation, doors
from adapters.sandbox.store.jobs import Job


class DidTwin:
    """Everything of the sandbox that is D-ID's."""

    def __init__(self, house: House, renderer: Renderer) -> None:
        self._house = house
        self._renderer = renderer

    def routes(self) -> list[Route]:
        """All of D-ID's paths, fixed ones before those with an id."""
        generators = [one for kind in kinds_for(self._house.terms.v4_path) for one in _generator(kind)]
        return doors(self._house, [*self._shelves(), *generators], DidManners())

    def _shelves(self) -> list[Operation]:
        return [
            Operation("POST", "/images", uploads.add_image),
            Operation("POST", "/images/face-detection", uploads.find_faces),
            Operation("DELETE", "/images/{id}", uploads.drop_image),
            Operation("POST", "/audios", uploads.add_audio),
            Operation("DELETE", "/audios/{id}", uploads.drop_audio),
            Operation("GET", "/expressives/avatars", catalogues.avatars),
            Operation("GET", "/expressives/avatars/{id}", catalogues.avatar),
            Operation("GET", "/scenes/avatars", catalogues.instants),
            Operation("GET", "/clips/presenters", catalogues.presenters),
            Operation("GET", "/clips/presenters/{id}", catalogues.presenter),
            Operation("GET", "/clips/presenters/{id}/drivers", catalogues.presenter_drivers),
            Operation("GET", "/translations/groups/{id}", list_and_delete.group),
            Operation("GET", "/tts/voices", catalogues.voices),
            Operation("GET", "/credits", catalogues.credits_left),
            Operation("GET", "/settings/logo", settings.show_logo),
            Operation("POST", "/settings/logo", settings.add_logo),
            Operation("DELETE", "/settings/logo", settings.drop_logo),
            Operation(
                "GET", "/sandbox/voices/{id}.wav", partial(catalogues.sample, renderer=self._renderer), open=True
            ),
        ]

    async def order(self, job: Job, house: House) -> Order:
        """What to render for a job."""
        return order_of(job, house)

    async def letters(self, job: Job, house: House, *, forged: bool) -> Sequence[Letter]:
        """The job as GET would show it, to the address it was given."""
        url = job.body.get("webhook")
        if not url:
            return []
        told = shown(job, house, house.base or job.base, told=True)
        told |= {"id": "tlk_forged", "status": "done"} if forged else {}
        return [Letter(url, json.dumps(told).encode())]


def _generator(kind: Kind) -> list[Operation]:
    return [
        Operation("POST", kind.path, partial(create, kind=kind)),
        Operation("GET", kind.path, partial(list_and_delete.reel, kind=kind)),
        Operation("GET", f"{kind.path}/{{id}}", partial(list_and_delete.show, kind=kind)),
        Operation("DELETE", f"{kind.path}/{{id}}", partial(list_and_delete.remove, kind=kind)),
    ]
