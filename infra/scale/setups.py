"""The runs of docs/scale.md."""

from dataclasses import replace

from infra.scale.setup import Setup

DAY_SECONDS = 86_400
PEAK = 8  # a day's busiest minutes over its average

SHOP = Setup("shop: 1,000 joins a day", PEAK * 1_000 / DAY_SECONDS, 1_800, 3, 500)
CHAIN = Setup("chain: 100,000 a day", PEAK * 100_000 / DAY_SECONDS, 60, 400, 500)
CITY = Setup("city campaign: 300 a second", 300, 10, 1_000, 500)
LIVE = Setup("live show: 10,000 a second", 10_000, 2, 1_000, 500)

_GATEWAY = replace(
    LIVE, name="... the gateway lets 40,000 requests a second in", gateway_rate=40_000
)
_LAMBDA = replace(_GATEWAY, name="... Lambda may run 5,000 at once", concurrency=5_000)
_TABLES = replace(_LAMBDA, name="... tables and indexes warmed to 40,000 units", partitions=40)
READY = replace(_TABLES, name="... 1,000 environments are warm", warm=1_000)

_CARRIERS = replace(
    READY, name="from 200 carriers' networks, a pool of 60,000", cap=60, networks=60, seconds=5
)

PLACES = (SHOP, CHAIN, CITY, LIVE)
KNOBS = (LIVE, _GATEWAY, _LAMBDA, _TABLES, READY)
VARIANTS = (
    replace(READY, name="the last 2 % of the seats", filled=0.98),
    replace(READY, name="300 channels of 1,700 seats", channels=300, cap=1_700),
    replace(READY, name="3,000 channels of 170 seats", channels=3_000, cap=170),
    _CARRIERS,
    replace(_CARRIERS, name="the same, `JoinsPerNetwork` 1,000", joins_per_network=1_000),
    replace(READY, name="64 expiry buckets instead of 16", expiry_buckets=64),
    replace(READY, name="an item refuses others twice as long", in_flight=1.6),
    replace(READY, name="an item refuses others half as long", in_flight=0.4),
)
ALONE = tuple(
    Setup(f"one channel, {rate} joins a second", rate, 20, 1, 100_000, warm=50)
    for rate in (1, 5, 20, 50, 100, 200)
)
EVERY = (*PLACES, *KNOBS[1:], *VARIANTS, *ALONE)
