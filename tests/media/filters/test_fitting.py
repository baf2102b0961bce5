from __future__ import annotations

import pytest

from relay.media.filters import fitting


@pytest.mark.parametrize(
    ("seen", "differs"),
    [
        ((), False),
        (((640, 360, "1:1"),), False),
        (((640, 360, "1:1"), (320, 180, "1:1")), False),
        (((1920, 1080, "1:1"), (854, 480, "1:1")), False),
        (((640, 360, "1:1"), (360, 640, "1:1")), True),
        (((640, 360, "1:1"), (480, 360, "1:1")), True),
        (((720, 576, "16:15"), (720, 576, "64:45")), True),
        (((720, 576, "64:45"), (1024, 576, "1:1")), False),
        (((100, 100, "1:1"), (102, 100, "1:1")), False),
        (((103, 100, "1:1"), (100, 100, "1:1"), (101, 100, "1:1")), True),
    ],
)
def test_it_is_the_form_that_counts(seen: tuple[fitting.Shape, ...], differs: bool) -> None:
    assert fitting.differ(seen) is differs


TOLD = """\
[Parsed_scale_1 @ 0x55] [verbose] w:320 h:180 flags:'' interl:0
[Parsed_scale_1 @ 0x55] [verbose] w:640 h:360 fmt:yuv420p csp:unknown range:unknown sar:1/1 -> w:320 h:180 fmt:gray
[Parsed_scale_9 @ 0x56] [verbose] w:320 h:180 fmt:yuv420p csp:unknown range:unknown sar:1/1 -> w:64 h:64 fmt:gray
[Parsed_scale_1 @ 0x55] [verbose] w:360 h:640 fmt:yuv420p csp:unknown range:unknown sar:0/1 -> w:102 h:180 fmt:gray
[Parsed_scale_1 @ 0x55] [verbose] w:640 h:360 fmt:yuv420p csp:unknown range:unknown sar:1/1 -> w:320 h:180 fmt:gray
[info]     title : [Parsed_scale_0 @ 0x1] [verbose] w:9 h:9 fmt:yuv420p sar:1/1 -> w:9 h:9
"""


def test_the_shapes_are_those_that_came_to_the_first_filter_each_once() -> None:
    assert fitting.shapes(TOLD) == ((640, 360, "1:1"), (360, 640, "1:1"))
    assert fitting.shapes("") == ()


def test_a_picture_is_fitted_by_its_own_size_and_stretched_by_what_nobody_sees() -> None:
    share = "min(320/(iw*sar),180/ih)"
    wide, high = f"(iw*sar*{share})", f"(ih*{share})"
    fills = f"gte({wide},315.2)*gte({high},177.3)"
    assert fitting.sides(320, 180) == (
        f"w='if({fills},320,max(2,2*floor({wide}/2+0.5)))':h='if({fills},180,max(2,2*floor({high}/2+0.5)))':eval=frame"
    )
