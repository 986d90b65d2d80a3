"""How many requests the org has answered in the last 24 hours. Salesforce counts by the hour, org-wide."""

from datetime import timedelta

from twincal.sandbox.salesforce.records import Now


class Meter:
    """Counts API requests, hour by hour."""

    def __init__(self, clock: Now) -> None:
        self._clock = clock
        self._hours: dict[str, int] = {}

    def count(self, requests: int = 1) -> None:
        """Adds requests made now."""
        hour = self._clock.now().isoformat()[:13]
        self._hours[hour] = self._hours.get(hour, 0) + requests

    @property
    def used(self) -> int:
        """Requests of the last 24 hours."""
        since = (self._clock.now() - timedelta(hours=24)).isoformat()[:13]
        self._hours = {hour: count for hour, count in self._hours.items() if hour > since}
        return sum(self._hours.values())
