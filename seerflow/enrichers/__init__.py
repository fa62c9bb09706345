"""Event -> Event with more known: the data is handed in as a value, an adapter fetched it."""

from seerflow.enrichers.assets import AssetFacts
from seerflow.enrichers.geoip import GeoIp
from seerflow.enrichers.network import Network

#: All enrichers, in the order in which they run: GeoIP reads the scope that network gives.
ENRICHERS = (Network, GeoIp, AssetFacts)
