"""Which options of each real Airflow are the platform's: all that sign-in, isolation, keys and sizes rest on."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from components.owned_options import refuse_option
from tools.airflow_releases import PACKAGES_OF, find_airflow
from tools.errors import ComponentUnavailable

pytestmark = pytest.mark.airflow

READ = """
import json
from airflow.configuration import conf
conf.load_providers_configuration()
old = [[list(new), list(old[:2])] for new, old in conf.deprecated_options.items()]
known = {section: list(one["options"]) for section, one in conf.configuration_description.items()}
print("read:", json.dumps([known, old]))
"""
TELLING = re.compile(
    r"jwt|jwk|auth|session_|secret|fernet|_key(_|$)|cookie|passw|proxy|expose|access_control|ssl|internal_api|sensitive"
    r"|enable_xcom|raw_html|config_file|multi_team|connection|workers$|parallelism|concurrency|autoscale|namespace"
    r"|port$|host$"
)
"""What the names of options say that may concern sign-in, isolation, keys or sizes."""
OTHERS = {"atlas", "elasticsearch", "elasticsearch_configs", "opensearch", "opensearch_configs", "smtp", "traces"}
"""Sections of what a deployment speaks to."""
LEFT = {
    *("core.sensitive_var_conn_names", "logging.secret_mask_adapter", "logging.min_length_masked_secret"),
    *("api.expose_stacktrace", "webserver.expose_stacktrace", "fab.expose_hostname", "webserver.expose_hostname"),
    *("webserver.warn_deployment_exposure", "logging.namespace_levels", "database.load_default_connections"),
    *("workers.secrets_backend", "workers.secrets_backend_kwargs", "database.sql_alchemy_session_maker"),
    *("api.client_ssl_cert", "api.client_ssl_key", "api.google_key_path", "logging.google_key_path"),
    "api.google_oauth2_audience",
    *("cli.endpoint_url", "email.ssl_context", "imap.ssl_context", "metrics.otel_host", "metrics.otel_port"),
    *("metrics.otel_ssl_active", "scheduler.scheduler_health_check_server_host"),
    *("scheduler.scheduler_health_check_server_port", "celery.sync_parallelism", "celery.flower_basic_auth"),
    *("celery.flower_host", "celery.flower_port", "celery.ssl_active", "celery.ssl_cacert", "celery.ssl_cert"),
    *("celery.ssl_key", "connection_test.max_concurrency"),
}
"""What is a user's to decide all the same: what it tells, where its own data and secrets are, how it reaches them."""


@pytest.fixture(scope="module", params=PACKAGES_OF)
def options(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], list[Any]]:
    try:
        release = find_airflow(request.param)
    except ComponentUnavailable as error:
        pytest.skip(f"missing: {error.component} ({'; '.join(error.tried)}). {error.remedy}")
    home: Path = tmp_path_factory.mktemp("options")
    command = [str(release.folder / "bin" / "python"), "-c", READ]
    done = subprocess.run(command, env=release.environment(home), capture_output=True, text=True, check=True)
    [line] = [line for line in done.stdout.splitlines() if line.startswith("read: ")]
    described, deprecated = json.loads(line.removeprefix("read: "))
    return described, deprecated


def test_what_sounds_like_sign_in_isolation_keys_or_sizes_is_owned_or_left(options):
    described, _ = options
    telling = [
        (section, name)
        for section, names in described.items()
        for name in names
        if section not in OTHERS and TELLING.search(name)
    ]
    assert len(telling) > 40
    free = {f"{section}.{name}" for section, name in telling if refuse_option(section, name) is None}
    assert free - LEFT == set()


def test_an_owned_option_has_no_older_name_by_which_it_can_be_set(options):
    _, deprecated = options
    assert [old for new, old in deprecated if refuse_option(*new) and not refuse_option(*old)] == []
