"""A face that can be posed: the still picture, its landmarks, and one frame for each pose."""

import numpy as np
from PIL import Image

from adapters.sandbox.render import features
from adapters.sandbox.render.landmarks import Landmarks
from adapters.sandbox.render.planes import Planes, blend
from adapters.sandbox.render.pose import Pose
from adapters.sandbox.render.texture import Texture, head_of


class Actor:
    """One face in a picture with even sides."""

    def __init__(self, picture: Image.Image, face: Landmarks) -> None:
        self._texture, self._face = Texture(picture), face
        self._head = head_of(face, picture.width, picture.height)

    def pose(self, pose: Pose) -> tuple[Planes, np.ndarray | None]:
        """The picture with the face in this pose, and how opaque it is when it was cut out."""
        across, down = self._head.map(pose)
        features.brows(across, down, self._face, pose)
        paints = features.lids(across, down, self._face, pose)
        inside = features.mouth(across, down, self._face, pose)
        height, width = across.shape
        np.clip(across, 0, width - 1, out=across)
        np.clip(down, 0, height - 1, out=down)
        planes, alpha = self._texture.sample(across, down)
        for paint in [*paints, *([inside] if inside else [])]:
            blend(planes, paint.top, paint.left, paint.cover, paint.yuv)
        return planes, alpha
