"""Units and scales as papers write them, in English and Chinese: spelling → dimension and factor to its base unit."""

from decimal import Decimal

PERCENT, POINTS, TIMES, MAGNITUDE, DATE, MONEY = "%", "points", "×", "orders of magnitude", "date", "$"

# One line a dimension: its name, then `spelling=factor`, or a spelling alone for a factor of 1. Case counts.
_SYMBOLS = """
%      | % ％ ‰=0.1
points | pp pts p.p. 百分点 个百分点
×      | × x X 倍
orders of magnitude | 数量级 个数量级
s      | ns=1e-9 us=1e-6 μs=1e-6 µs=1e-6 ms=1e-3 s sec secs min=60 mins=60 h=3600 hr=3600 hrs=3600
s      | 纳秒=1e-9 微秒=1e-6 毫秒=1e-3 秒 秒钟 分钟=60 小时=3600 个小时=3600 天=86400 周=604800
months | 个月 年=12
bytes  | KB=1e3 kB=1e3 MB=1e6 GB=1e9 TB=1e12 PB=1e15 KiB=1e3 MiB=1e6 GiB=1e9 TiB=1e12
Hz     | Hz kHz=1e3 KHz=1e3 MHz=1e6 GHz=1e9 THz=1e12 赫兹
fps    | fps FPS 帧/秒
FLOP   | FLOPs FLOPS MFLOPs=1e6 GFLOPs=1e9 TFLOPs=1e12 PFLOPs=1e15 MFLOPS=1e6 GFLOPS=1e9 TFLOPS=1e12 PFLOPS=1e15
m      | fm=1e-15 pm=1e-12 nm=1e-9 μm=1e-6 µm=1e-6 um=1e-6 mm=1e-3 cm=1e-2 m km=1e3 Å=1e-10
m      | 纳米=1e-9 微米=1e-6 毫米=1e-3 厘米=1e-2 米 千米=1e3 公里=1e3
g      | mg=1e-3 g kg=1e3 克 千克=1e3 公斤=1e3
eV     | meV=1e-3 eV keV=1e3 MeV=1e6 GeV=1e9 TeV=1e12
J      | mJ=1e-3 J kJ=1e3 MJ=1e6
W      | mW=1e-3 W kW=1e3 MW=1e6
Wh     | Wh kWh=1e3 MWh=1e6
V      | mV=1e-3 V kV=1e3
T      | mT=1e-3
K      | mK=1e-3 K
Pa     | Pa kPa=1e3 MPa=1e6 GPa=1e9
dB     | dB
px     | px 像素
°      | ° °C ℃
$      | USD 美元
"""
_WORDS = """
%      | percent;per cent
points | percentage point;percent point;point
×      | fold;times
orders of magnitude | order of magnitude;order-of-magnitude;orders of magnitude;orders-of-magnitude
s      | nanosecond=1e-9;microsecond=1e-6;millisecond=1e-3;second;minute=60;hour=3600;day=86400;week=604800
months | month;year=12
bytes  | kilobyte=1e3;megabyte=1e6;gigabyte=1e9;terabyte=1e12
m      | nanometer=1e-9;micrometer=1e-6;micron=1e-6;millimeter=1e-3;centimeter=1e-2;meter;kilometer=1e3
fps    | frame per second;frames per second
°      | degree
$      | dollar;US dollar
px     | pixel
dB     | decibel
"""


def _parse_table(lines: str, separator: str | None) -> dict[str, tuple[str, Decimal]]:
    table = {}
    for line in lines.strip().splitlines():
        dimension, _, spellings = line.partition("|")
        for spelling in spellings.split(separator):
            word, _, factor = spelling.strip().partition("=")
            table[word] = (dimension.strip(), Decimal(factor or 1))
    return table


SYMBOLS = _parse_table(_SYMBOLS, None)
WORDS = _parse_table(_WORDS, ";") | {
    f"{word}s": unit for word, unit in _parse_table(_WORDS, ";").items() if word not in ("times",)
}
UNITS = SYMBOLS | WORDS

# Powers of ten.
SCALES = {
    "k": 3, "K": 3, "M": 6, "B": 9, "T": 12, "mn": 6, "bn": 9,
    "hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12,
    "百": 2, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8, "十亿": 9, "百亿": 10, "千亿": 11, "万亿": 12,
}  # fmt: skip
