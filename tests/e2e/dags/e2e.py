"""The DAGs that the suite runs, for Airflow 2 and 3. Mounted from a ConfigMap: no template may stand in here."""

import hashlib
import os
import socket
import ssl
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta

try:
    from airflow.sdk import BaseHook, BaseOperator, dag, get_current_context, task
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task
    from airflow.hooks.base import BaseHook
    from airflow.models import BaseOperator
    from airflow.operators.python import get_current_context
try:
    from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
except ImportError:  # Airflow 2 without the provider
    from airflow.triggers.temporal import TimeDeltaTrigger

COMMON = {"schedule": None, "start_date": datetime(2026, 1, 1), "catchup": False, "is_paused_upon_creation": False}
MEBIBYTE = 1024**2
TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"


def digest(text):
    """Name a secret without saying it: logs are masked."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Nap(BaseOperator):
    """Defers itself, and says so when it is resumed."""

    def __init__(self, *, seconds, **settings):
        super().__init__(**settings)
        self.seconds = seconds

    def execute(self, context):
        self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=self.seconds)), method_name="wake")

    def wake(self, context, event=None):
        print("resumed after a nap")


@dag(dag_id="e2e_hello", **COMMON)
def hello():
    @task
    def one():
        print("one runs on", socket.gethostname())
        print("mark is", os.environ.get("E2E_MARK", "not set"))
        print("token is", digest(os.environ.get("E2E_TOKEN", "not set")))
        return socket.gethostname()

    @task
    def two(host):
        print("two got", host)

    two(one())


@dag(dag_id="e2e_nap", **COMMON)
def nap():
    Nap(task_id="nap", seconds=10)


@dag(dag_id="e2e_queues", **COMMON)
def queues():
    @task
    def unnamed():
        print("runs on", socket.gethostname())

    @task(queue="heavy")
    def heavy():
        print("runs on", socket.gethostname())

    unnamed()
    heavy()


@dag(dag_id="e2e_burst", **COMMON)
def burst():
    @task
    def work(number):
        time.sleep(5)
        return number

    work.expand(number=list(range(6)))


@dag(dag_id="e2e_eater", **COMMON)
def eater():
    @task
    def eat():
        held = []
        while True:
            held.append(bytearray(64 * MEBIBYTE))
            time.sleep(0.1)

    @task
    def bystander():
        time.sleep(20)

    eat()
    bystander()


@dag(dag_id="e2e_connection", **COMMON)
def connection():
    @task
    def read(name):
        print("password is", digest(BaseHook.get_connection(name).password))

    read.expand(name=["first", "second"])


def ask_kubernetes(path, token):
    """Return the status with which the Kubernetes API answers."""
    unchecked = ssl.create_default_context()
    unchecked.check_hostname = False
    unchecked.verify_mode = ssl.CERT_NONE
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(f"https://kubernetes.default.svc{path}", headers=headers)
    direct = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=unchecked)
    )
    try:
        return str(direct.open(request, timeout=5).status)
    except urllib.error.HTTPError as error:
        return str(error.code)
    except OSError:
        return "no connection"


@dag(dag_id="e2e_snoop", **COMMON)
def snooping():
    @task
    def snoop(dag_run=None):
        token = ""
        if os.path.exists(TOKEN):
            with open(TOKEN, encoding="utf-8") as file:
                token = file.read()
        lines = [f"token: {'there' if token else 'none'}"]
        for what, path in dag_run.conf["paths"].items():
            lines.append(f"{what}: {ask_kubernetes(path, token)}")
            print(lines[-1])
        return "\n".join(lines)

    snoop()


@dag(dag_id="e2e_launch", **COMMON)
def launching():
    @task
    def launch(dag_run=None):
        # Here, because no other DAG needs the memory that it takes.
        from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator

        started = KubernetesPodOperator(
            task_id="started",
            name="e2e-started",
            image=dag_run.conf["image"],
            cmds=["sh", "-c", "echo started by a task, as user $(id -u)"],
            container_security_context={"runAsUser": 50000},
            startup_timeout_seconds=120,
        )
        started.execute(get_current_context())

    launch()


@dag(dag_id="e2e_long", **COMMON)
def long():
    @task(retries=3, retry_delay=timedelta(seconds=5))
    def sleep():
        print("sleeps on", socket.gethostname())
        time.sleep(60)

    sleep()


for make in (hello, nap, queues, burst, eater, connection, snooping, launching, long):
    make()
