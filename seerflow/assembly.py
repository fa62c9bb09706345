"""A configuration becomes an engine: rules, indicators and lookups are read here, once, and handed in as values.

A worker asks for the parts of its own stage only, so that a parser does not wait for rules it never sees.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from seerflow import parsers
from seerflow.alerts.cell import AlertCell
from seerflow.config import Config
from seerflow.detectors.contract import Keyed, Stateless
from seerflow.detectors.correlation.plan import problems as correlation_problems
from seerflow.engine.pipeline import Engine
from seerflow.enrichers.chain import Enricher
from seerflow.model.event import Event
from seerflow.model.log import RawLog, Rejected
from seerflow.rules.ruleset import Ruleset

if TYPE_CHECKING:
    from seerflow.adapters.live_indicators import LiveIndicators

#: The stages in the order in which logs pass them.
STAGES = ("parse", "detect", "correlate", "profile", "alert", "dispatch")


class Assembled(Struct, frozen=True, kw_only=True):
    """An engine, the rules it came from, and what is wrong with what was read but did not hinder it."""

    engine: Engine
    ruleset: Ruleset | None
    warnings: tuple[str, ...] = ()
    indicators: "LiveIndicators | None" = None  # to be refreshed while the detect stage runs


def assemble(
    config: Config, *, stages: Collection[str] = STAGES, rules: Sequence[str] | None = None
) -> Assembled:
    """Build the engine of these stages. `rules` names folders in place of the configured and shipped ones."""
    warnings: list[str] = []
    ruleset = load_rules(config, rules) if {"detect", "correlate"} & set(stages) else None
    if ruleset:
        warnings += map(str, ruleset.problems)
        warnings += correlation_problems(ruleset.correlations)
    live = _indicators(config, warnings) if "detect" in stages else None
    engine = Engine(
        ruleset=ruleset.name if ruleset else "",
        read=_reader(config) if "parse" in stages else parsers.read,
        enrichers=_enrichers(config, warnings) if "parse" in stages else (),
        stateless=_stateless(ruleset, live) if ruleset and "detect" in stages else (),
        keyed=_keyed(config, ruleset, stages),
        alerts=AlertCell(min_level=config.alerts.min_level, quiet=config.alerts.quiet_seconds * 1_000_000),
    )
    return Assembled(engine=engine, ruleset=ruleset, warnings=tuple(warnings), indicators=live)


def _reader(config: Config) -> Callable[[RawLog], tuple[Event | Rejected, ...]]:
    """Give what reads raw logs: the parsers that come with Seerflow, and before them those that the user described."""
    if not config.parsers:
        return parsers.read
    from seerflow.adapters import descriptions  # noqa: PLC0415 - only where the configuration asks

    return partial(parsers.recognition.read, descriptions.shelf(Path(one) for one in config.parsers))


def load_rules(config: Config, dirs: Sequence[str] | None = None) -> Ruleset:
    """Load the rules of these folders, or of the configuration's and the shipped ones."""
    from seerflow.adapters import rulefiles  # noqa: PLC0415 - pySigma takes a second to import

    chosen = list(dirs) if dirs is not None else list(config.rules.dirs)
    if dirs is None and config.rules.shipped:
        chosen.insert(0, str(rulefiles.SHIPPED))
    return rulefiles.ruleset([Path(one) for one in chosen], cache=Path(config.state_dir) / "cache")


def _enrichers(config: Config, warnings: list[str]) -> tuple[Enricher, ...]:
    from seerflow.adapters.feeds import read_asset_list  # noqa: PLC0415 - only where the configuration asks
    from seerflow.adapters.geoip import open_lookup  # noqa: PLC0415 - as above
    from seerflow.enrichers.assets import AssetFacts  # noqa: PLC0415 - as above
    from seerflow.enrichers.geoip import GeoIp  # noqa: PLC0415 - as above
    from seerflow.enrichers.network import Network  # noqa: PLC0415 - as above

    made: list[Enricher] = [Network()]
    country, operator = (
        open_lookup(Path(file)) if file else None for file in (config.geoip_file, config.geoip_as_file)
    )
    if country or operator:
        made.append(GeoIp(country, operator))
    if config.assets_file:
        assets, problems = read_asset_list(Path(config.assets_file))
        warnings += problems
        made.append(AssetFacts(assets))
    return tuple(made)


def _indicators(config: Config, warnings: list[str]) -> "LiveIndicators | None":
    from seerflow.adapters.live_indicators import LiveIndicators  # noqa: PLC0415 - only the detect stage needs it
    from seerflow.detectors.intel.detector import IntelDetector  # noqa: PLC0415 - as above

    if not config.indicators:
        return None
    live = LiveIndicators([Path(one.path) for one in config.indicators], IntelDetector)
    warnings += live.problems
    return live


def _stateless(ruleset: Ruleset, live: "LiveIndicators | None") -> tuple[Stateless, ...]:
    from seerflow.detectors.anomaly.keys import ProfileKeys  # noqa: PLC0415 - only the detect stage needs it
    from seerflow.detectors.sigma.detector import SigmaDetector  # noqa: PLC0415 - as above

    return (SigmaDetector(ruleset), *((live,) if live else ()), ProfileKeys())


def _keyed(config: Config, ruleset: Ruleset | None, stages: Collection[str]) -> Mapping[str, Keyed]:
    makers: dict[str, tuple[str, Callable[[Config, Any], Keyed]]] = {
        "correlate": ("correlation", _correlation),
        "profile": ("profile", _profile),
    }
    return {name: make(config, ruleset) for stage, (name, make) in makers.items() if stage in stages}


def _correlation(config: Config, ruleset: Ruleset) -> Keyed:
    from seerflow.detectors.correlation import CorrelationDetector  # noqa: PLC0415 - one stage's own

    lateness = config.detect.lateness_seconds * 1_000_000
    return CorrelationDetector(ruleset.correlations, ruleset.name, lateness)


def _profile(_config: Config, _ruleset: Ruleset | None) -> Keyed:
    from seerflow.detectors.anomaly.profile import ProfileDetector  # noqa: PLC0415 - brings River, which takes a second

    return ProfileDetector()
