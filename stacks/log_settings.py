"""What may be said of where task logs go: one place outside the cluster, or none."""

import re
from collections.abc import Callable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StrictInt, WithJsonSchema, model_validator

from stacks.fields import ConfigKey, Flag, SecretName, Strict
from stacks.size_settings import VolumeSettings

_PATH = "[^/\\s?#@:]+(/[^/\\s?#@:]+)*"
_S3 = f"s3://{_PATH}"
_GCS = f"gs://{_PATH}"
_CONTAINER = "[a-z0-9](-?[a-z0-9]){2,62}"
_HOST = "[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?"
_INDEX = "[a-z0-9][a-z0-9._-]*"


def _matching(pattern: str, said: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        # What does not fit is not repeated: it may hold a credential.
        if not re.fullmatch(pattern, text):
            raise ValueError(said)
        return text

    return read


def _schema(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


S3Folder = Annotated[
    str, AfterValidator(_matching(_S3, "is not a folder of a bucket; write s3://<bucket>/<path>")), _schema(_S3)
]
GcsFolder = Annotated[
    str, AfterValidator(_matching(_GCS, "is not a folder of a bucket; write gs://<bucket>/<path>")), _schema(_GCS)
]
Container = Annotated[
    str,
    AfterValidator(
        _matching(_CONTAINER, "is not the name of a container; use 3 to 63 lower-case letters, digits, single hyphens")
    ),
    _schema(_CONTAINER),
]
Folder = Annotated[
    str,
    AfterValidator(_matching(_PATH, "is not a path within the container; write one such as airflow/logs")),
    _schema(_PATH),
]
HostName = Annotated[
    str,
    AfterValidator(_matching(_HOST, "is not the name of a host; leave out scheme, port and path")),
    _schema(_HOST),
]
Index = Annotated[
    str,
    AfterValidator(_matching(_INDEX, "is not the name of an index; use lower-case letters, digits, . _ and -")),
    _schema(_INDEX),
]


class OpenedSettings(Strict):
    """A place, and what opens it."""

    config: ConfigKey | None = None
    """Secret of this configuration that opens it."""
    secret: SecretName | None = None
    """Secret in the deployment's namespace that somebody else makes; its key `connection` holds the same."""

    @model_validator(mode="after")
    def _at_most_one(self) -> Self:
        if self.config is not None and self.secret is not None:
            raise ValueError("has both config and secret; keep one")
        return self


class S3LogsSettings(OpenedSettings):
    """A bucket of Amazon S3, or of what speaks its language."""

    folder: S3Folder
    """Bucket and path, s3://…"""
    encrypt: Flag = False
    """Ask for encryption at rest with each object."""


class GcsLogsSettings(OpenedSettings):
    """A bucket of Google Cloud Storage."""

    folder: GcsFolder
    """Bucket and path, gs://…"""


class AzureLogsSettings(OpenedSettings):
    """A container of Azure Blob Storage."""

    container: Container
    """The container; somebody else makes it."""
    folder: Folder = "airflow"
    """Path within it."""


class SearchSettings(OpenedSettings):
    """A search engine that keeps each line."""

    index: Index = "airflow-logs"
    """Index that Airflow writes to."""
    write: Literal["direct", "stdout"] = "direct"
    """`direct`: Airflow sends the lines itself; `stdout`: it prints JSON, and the cluster's log shipper sends it."""

    @model_validator(mode="after")
    def _opened(self) -> Self:
        if self.config is None and self.secret is None:
            raise ValueError("needs config or secret, which opens it; add one")
        return self


class ElasticsearchLogsSettings(SearchSettings):
    """Elasticsearch; what opens it is its URL, with user and password."""


class OpensearchLogsSettings(SearchSettings):
    """OpenSearch; what opens it is a password."""

    host: HostName
    """Its host."""
    port: Annotated[StrictInt, Field(ge=1, le=65535)] = 9200
    """Its port."""
    username: str
    """Its user."""
    tls: Flag = True
    """Speak TLS and check the server's certificate."""


class LogsSettings(Strict):
    """Where task logs go: at most one place."""

    volume: VolumeSettings | None = None
    """A volume that all parts of the deployment share, with the access mode ReadWriteMany."""
    s3: S3LogsSettings | None = None
    """A bucket of Amazon S3, or of what speaks its language."""
    gcs: GcsLogsSettings | None = None
    """A bucket of Google Cloud Storage."""
    azure: AzureLogsSettings | None = None
    """A container of Azure Blob Storage."""
    elasticsearch: ElasticsearchLogsSettings | None = None
    """Elasticsearch."""
    opensearch: OpensearchLogsSettings | None = None
    """OpenSearch; Airflow 3 only."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"names {' and '.join(given)}; keep one")
        return self
