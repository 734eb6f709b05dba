"""What the door counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

QUERIES = Counter("wsic_queries", "Queries by how they ended", ["outcome"])
SECONDS = Histogram(
    "wsic_query_seconds",
    "Time from taking a place until the answer was complete",
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
)
WAITING = Gauge("wsic_queries_waiting", "Queries that wait for a place", multiprocess_mode="livesum")
RUNNING = Gauge("wsic_queries_running", "Queries that run", multiprocess_mode="livesum")
FORKS = Counter("wsic_workers_forked", "Query workers that were started")
