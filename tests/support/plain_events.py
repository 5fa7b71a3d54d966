# SPDX-License-Identifier: Apache-2.0
"""What ingest makes of events, worked out a second time from its definition."""
import collections
import math

DAY = 86400.0
Event = collections.namedtuple("Event", "customer time kind value")  # value: None where it is empty
JOINED = "other"


def by_name(names):
    return sorted(names, key=lambda name: name.encode("utf-8"))


def choose_kinds(events, most, least):
    """The kinds with features of their own, and whether the others have features together."""
    rows = collections.Counter(event.kind for event in events)
    best = sorted(rows, key=lambda kind: (-rows[kind], kind.encode("utf-8")))[:most]
    own = {kind for kind in best if rows[kind] >= least}
    if len(own) < len(rows):
        own.discard(JOINED)
    joined = sum(rows[kind] for kind in rows if kind not in own)
    return by_name(own), len(own) < len(rows) and joined >= least


def features_of(rows, kind, has_values, first, as_of, window):
    """Of one customer and kind; `rows` are the customer's of that kind, `first` its first time of
    any kind."""
    found = {f"{kind}.count": float(len(rows)),
             f"{kind}.per_day": len(rows) / max(1.0, (as_of - first) / DAY),
             f"{kind}.recency_days": (as_of - max(row.time for row in rows)) / DAY if rows else window}
    values = [row.value for row in rows if row.value is not None]
    if has_values:
        found[f"{kind}.sum"] = math.fsum(values)
        found[f"{kind}.mean"] = math.fsum(values) / len(values) if values else math.nan
    return found


class ExpectedEvents:
    """customer -> features by name, in the order of columns, and the figures of /quality that do
    not count rows that are left out.  `events` are the rows kept."""

    def __init__(self, events, most=20, least=10, as_of=None):
        own, has_other = choose_kinds(events, most, least)
        as_of = max(event.time for event in events) if as_of is None else as_of
        window = (as_of - min(event.time for event in events)) / DAY
        valued = {event.kind for event in events if event.value is not None}
        customers = collections.defaultdict(list)
        for event in events:
            customers[event.customer].append(event)
        self.features = {}
        for customer in by_name(customers):
            rows = customers[customer]
            first = min(row.time for row in rows)
            one = self.features[customer] = {}
            for kind in own:
                one.update(features_of([row for row in rows if row.kind == kind], kind,
                                       kind in valued, first, as_of, window))
            if has_other:
                one.update(features_of([row for row in rows if row.kind not in own], JOINED, False,
                                       first, as_of, window))
        self.quality = {
            "rows_kept": len(events), "duplicate_rows": len(events) - len(set(events)),
            "customers": len(customers), "kinds": len({event.kind for event in events}),
            "kinds_joined": len({event.kind for event in events}) - len(own),
            "filled_recency_days": sum(
                not any(row.kind == kind or (kind is None and row.kind not in own) for row in rows)
                for rows in customers.values() for kind in own + ([None] if has_other else [])),
            "missing_means": sum(math.isnan(value) for one in self.features.values()
                                 for value in one.values())}
