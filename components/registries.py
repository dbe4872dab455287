"""Images by other names: what a mirror calls the images that the platform uses."""

DEFAULT_AIRFLOW = "apache/airflow"
CHART_IMAGES = {
    "statsd": "quay.io/prometheus/statsd-exporter",
    "redis": "redis",
    "gitSync": "registry.k8s.io/git-sync/git-sync",
    "pgbouncer": "apache/airflow",
    "pgbouncerExporter": "apache/airflow",
    "flower": "apache/airflow",
    "otelCollector": "otel/opentelemetry-collector-contrib",
}
"""Repositories of the chart beside Airflow's own, by its name for them; tests hold them against the genuine chart."""


def mirrored(repository: str, mirror: str | None) -> str:
    """Return the repository below a mirror: `redis` becomes `<mirror>/library/redis`, as Docker Hub itself calls it."""
    if mirror is None:
        return repository
    host, _, path = repository.partition("/")
    if not path:
        return f"{mirror}/library/{repository}"
    return f"{mirror}/{path if is_host(host) else repository}"


def from_registry(repository: str, mirror: str | None) -> str:
    """Return where a repository that a user has named is: one with a registry's host is taken as it is."""
    host, _, path = repository.partition("/")
    return repository if path and is_host(host) else mirrored(repository, mirror)


def is_host(word: str) -> bool:
    """Tell whether the first word of an image's name is a registry, as container runtimes do."""
    return "." in word or ":" in word or word == "localhost"
