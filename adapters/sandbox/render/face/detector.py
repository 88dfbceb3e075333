"""Finds faces with MTCNN: three small networks, each looking closer at what the one before took for a face.

The weights come in the wheel of `mtcnn`. Its own code needs TensorFlow; the networks are small enough for numpy.
Boxes are arrays with a row of left, top, right and bottom for each face.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

from adapters.sandbox.render.face.landmarks import Point
from adapters.sandbox.render.yuv_planes import Floats

_SEARCH_SIDE_PIXELS = 480
_MIN_FACE_PIXELS = 24  # in a picture of that side
_PYRAMID_STEP = 0.709  # halves the area
_CELL_PIXELS, _CELL_STRIDE_PIXELS = 12, 2  # what the first network looks at
_MAX_PROPOSALS = 200
_ZOOMS = (1.0, 0.9, 1.12)
"""The last network is the surest when a face fills its square just so; the surest of three looks counts."""
_MIN_PROPOSAL_SCORE, _MIN_REFINED_SCORE, _MIN_CONFIDENCE = 0.6, 0.7, 0.85


@dataclass(frozen=True)
class DetectedFace:
    """A face in pixels; left and right are those of the picture."""

    confidence: float
    box: tuple[float, float, float, float]
    left_eye: Point
    right_eye: Point
    left_mouth_corner: Point
    right_mouth_corner: Point

    @property
    def area(self) -> float:
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)


def detect_faces(image: Image.Image) -> list[DetectedFace]:
    """The faces that are surely there, the largest first."""
    scale = _SEARCH_SIDE_PIXELS / max(image.size)
    small = _resize(image.convert("RGB"), scale)
    boxes = _confirm_proposals(small, _propose_boxes(small))
    if not len(boxes):
        return []
    boxes = np.vstack([_to_squares(boxes, zoom) for zoom in _ZOOMS])
    moves, points, scores = _look_closer(small, boxes, "onet", (3, 3, 2, 0))
    spots = boxes[:, None, :2] + points.reshape(-1, 2, 5).transpose(0, 2, 1) * _sides(boxes)[:, None, :2]
    boxes = boxes + moves * _sides(boxes)
    kept = [at for at in _best_apart(boxes, scores, 0.7, nested=True) if scores[at] >= _MIN_CONFIDENCE]
    found = [_to_face(scores[at], boxes[at] / scale, spots[at] / scale) for at in kept]
    return sorted(found, key=lambda face: face.area, reverse=True)


def _to_face(score: float, box: Floats, spots: Floats) -> DetectedFace:
    left_eye, right_eye, _nose, left_corner, right_corner = ((float(x), float(y)) for x, y in spots)
    left, top, right, bottom = (float(edge) for edge in box)
    return DetectedFace(float(score), (left, top, right, bottom), left_eye, right_eye, left_corner, right_corner)


def _propose_boxes(image: Image.Image) -> Floats:
    """Squares that may hold a face: the first network looks at cells of a pyramid of ever smaller copies."""
    scale, boxes, scores = _CELL_PIXELS / _MIN_FACE_PIXELS, [np.zeros((0, 4), np.float32)], [np.zeros(0, np.float32)]
    weights = _load_weights("pnet")
    while min(image.size) * scale >= _CELL_PIXELS:
        seen = _run_convolutions(_to_input(_resize(image, scale))[None], weights, (2, 0, 0))
        likely = _face_share(seen @ weights[-2][0, 0] + weights[-1])[0]
        rows, columns = np.nonzero(likely > _MIN_PROPOSAL_SCORE)
        moves = seen[0, rows, columns] @ weights[-4][0, 0] + weights[-3]
        corners = np.stack([columns, rows], axis=1) * _CELL_STRIDE_PIXELS
        cells = np.hstack([corners, corners + _CELL_PIXELS]) + moves * _CELL_PIXELS
        kept = _best_apart(cells, likely[rows, columns], 0.5)
        boxes.append(cells[kept] / scale)
        scores.append(likely[rows, columns][kept])
        scale *= _PYRAMID_STEP
    found, likeliest = np.vstack(boxes), np.concatenate(scores)
    return _to_squares(found[_best_apart(found, likeliest, 0.7)[:_MAX_PROPOSALS]])


def _confirm_proposals(image: Image.Image, boxes: Floats) -> Floats:
    """The second network drops most squares and moves the others."""
    if not len(boxes):
        return boxes
    moves, scores = _look_closer(image, boxes, "rnet", (3, 3, 0))
    sure = scores > _MIN_REFINED_SCORE
    moved = (boxes + moves * _sides(boxes))[sure]
    return _to_squares(moved[_best_apart(moved, scores[sure], 0.7)])


def _look_closer(image: Image.Image, boxes: Floats, network: str, pool_sides: tuple[int, ...]) -> list[Floats]:
    """What the second or third network says of each box: moves of its edges, (points,) and how surely it is a face."""
    weights = _load_weights(network)
    side = 24 * (len(pool_sides) - 2)
    crops = [image.crop(tuple(np.rint(box))).resize((side, side), _LINEAR) for box in boxes]
    seen = _run_convolutions(np.stack([_to_input(crop) for crop in crops]), weights, pool_sides)
    kernel, bias, slope, *heads = weights[3 * len(pool_sides) :]
    joined = _activate(seen.transpose(0, 2, 1, 3).reshape(len(boxes), -1) @ kernel + bias, slope)
    *answers, kinds = (joined @ kernel + bias for kernel, bias in zip(heads[::2], heads[1::2], strict=True))
    return [*answers, _face_share(kinds)]


@cache
def _load_weights(network: str) -> list[Floats]:
    # Slow to import, and our own portraits do without.
    from importlib.metadata import distribution

    import joblib

    weights: list[Floats] = joblib.load(distribution("mtcnn").locate_file(f"mtcnn/assets/weights/{network}.lz4"))
    return weights


def _run_convolutions(pixels: Floats, weights: list[Floats], pool_sides: tuple[int, ...]) -> Floats:
    """The first layers of a network: convolutions, each followed by a pool of this side unless it is 0."""
    for layer, side in enumerate(pool_sides):
        kernel, bias, slope = weights[3 * layer : 3 * layer + 3]
        windows = sliding_window_view(pixels, kernel.shape[:2], axis=(1, 2))
        pixels = _activate(np.tensordot(windows, kernel, ((4, 5, 3), (0, 1, 2))) + bias, slope)
        pixels = _pool(pixels, side) if side else pixels
    return pixels


def _activate(values: Floats, slope: Floats) -> Floats:
    return np.where(values > 0, values, values * slope)


def _pool(pixels: Floats, side: int) -> Floats:
    """The strongest of each window, every other pixel, with room at the end for a last window."""
    rest = [(0, (side - length) % 2) for length in pixels.shape[1:3]]
    padded = np.pad(pixels, ((0, 0), *rest, (0, 0)), constant_values=-np.inf)
    return np.asarray(sliding_window_view(padded, (side, side), axis=(1, 2))[:, ::2, ::2].max(axis=(4, 5)))


def _face_share(kinds: Floats) -> Floats:
    """How surely something is a face, of the strengths of "no" and "yes"."""
    return np.asarray(1 / (1 + np.exp(kinds[..., 0] - kinds[..., 1])), np.float32)


_LINEAR = Image.Resampling.BILINEAR


def _resize(image: Image.Image, scale: float) -> Image.Image:
    size = max(round(image.width * scale), 1), max(round(image.height * scale), 1)
    return image.resize(size, Image.Resampling.BOX if scale < 1 else _LINEAR)


def _to_input(image: Image.Image) -> Floats:
    return np.asarray((np.asarray(image, np.float32) - 127.5) / 128, np.float32)


def _sides(boxes: Floats) -> Floats:
    """Width, height, width and height, to scale moves of the edges with."""
    return np.tile(boxes[:, 2:] - boxes[:, :2], 2)


def _to_squares(boxes: Floats, zoom: float = 1.0) -> Floats:
    middle, half = (boxes[:, :2] + boxes[:, 2:]) / 2, _sides(boxes).max(axis=1, initial=2)[:, None] / 2 * zoom
    return np.hstack([middle - half, middle + half])


def _best_apart(boxes: Floats, scores: Floats, most_shared: float, nested: bool = False) -> list[int]:
    """The best boxes, without those that share too much with a better one: of both, or if nested of the smaller one."""
    areas, kept = _sides(boxes)[:, :2].prod(axis=1), list[int]()
    for at in (int(place) for place in scores.argsort()[::-1]):
        others = boxes[kept]
        overlap = np.minimum(others[:, 2:], boxes[at, 2:]) - np.maximum(others[:, :2], boxes[at, :2])
        shared = overlap.clip(0).prod(axis=1)
        whole = np.minimum(areas[kept], areas[at]) if nested else areas[kept] + areas[at] - shared
        if not (shared > most_shared * whole).any():
            kept.append(at)
    return kept
