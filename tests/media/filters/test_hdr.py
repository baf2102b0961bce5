from __future__ import annotations

import pytest

from relay.media.filters import hdr


@pytest.mark.parametrize(("full", "range_"), [(False, "limited"), (True, "full")])
def test_hlg_is_shown_as_it_stands_and_only_its_colours_change(full: bool, range_: str) -> None:
    assert hdr.ordinary("hlg", matrix="2020_ncl", primaries="2020", full=full) == [
        f"zscale=tin=709:pin=2020:min=2020_ncl:rin={range_}:t=709:p=709:m=709:r=limited",
        "format=yuv420p",
    ]


@pytest.mark.parametrize(("full", "range_"), [(False, "limited"), (True, "full")])
def test_pq_becomes_hlg_first(full: bool, range_: str) -> None:
    assert hdr.ordinary("pq", matrix="709", primaries="smpte432", full=full) == [
        f"zscale=tin=smpte2084:pin=smpte432:min=709:rin={range_}:t=arib-std-b67:p=2020:m=2020_ncl:r=limited",
        "format=yuv420p10le",
        "zscale=tin=709:pin=2020:min=2020_ncl:rin=limited:t=709:p=709:m=709:r=limited",
        "format=yuv420p",
    ]
