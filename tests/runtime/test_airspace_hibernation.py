"""What puts an Airflow to sleep: in which order, what it tries again, and what it says. The API server is played."""

from email.message import Message
from urllib.error import HTTPError, URLError

from runtime.airspace_hibernation import PAUSE_SECONDS, TRIES, scale_all

WANTED = ["deployments/leads-worker=0", "deployments/leads-scheduler=2"]


class Server:
    """Answers with the given errors first."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.asked = []

    def __call__(self, workload, replicas):
        self.asked.append((workload, replicas))
        if self.errors:
            raise self.errors.pop(0)


def refused(status):
    return HTTPError("https://api", status, "no", Message(), None)


def test_all_are_set_in_the_given_order(capsys):
    server = Server()
    assert scale_all(WANTED, server) == []
    assert server.asked == [("deployments/leads-worker", 0), ("deployments/leads-scheduler", 2)]
    assert capsys.readouterr().out == "deployments/leads-worker: 0 replicas\ndeployments/leads-scheduler: 2 replicas\n"


def test_a_server_that_is_away_is_asked_again_after_a_pause():
    server, pauses = Server(URLError("away"), refused(503)), []
    assert scale_all(WANTED[:1], server, pauses.append) == []
    assert (len(server.asked), pauses) == (3, [PAUSE_SECONDS, PAUSE_SECONDS])


def test_one_that_cannot_be_set_does_not_keep_the_others_awake():
    server = Server(*[refused(500)] * TRIES)
    failures = scale_all(WANTED, server, lambda _: None)
    assert failures == ["deployments/leads-worker: 500 no"]
    assert server.asked[-1] == ("deployments/leads-scheduler", 2)


def test_what_is_not_there_is_not_asked_for_again():
    server = Server(refused(404))
    assert scale_all(WANTED, server) == ["deployments/leads-worker: 404 no"]
    assert len(server.asked) == 2
