"""The report of the suite, without a cluster: what it keeps, compares and joins."""

from components.sizing import WORKING_SETS, Sized
from tests.e2e.report import Report, Row


def test_the_report_keeps_the_most_memory_of_each_component():
    spec = {"containers": [{"name": "scheduler", "resources": {"requests": {"memory": "1Gi"}}}]}
    running = {"metadata": {"labels": {"component": "scheduler"}}, "spec": spec}
    report = Report(
        rows=[Row(area="run", what="a | b", outcome="passed", seconds=1.6)], runs=[("up", 61.2, "2 create")]
    )
    for used in (100, 300, 200):
        report.note_memory("local", running, "scheduler", used * 1024**2)
    report.note_memory("local", running, "unknown", 1)
    text = report.markdown()
    most = max(one.memory for one in WORKING_SETS[Sized.SCHEDULER]) // 1024**2
    assert f"| scheduler | scheduler | 300 MiB | 1024 MiB | 29 % | {most} MiB | local |" in text
    assert "| up | 61 | 2 create |" in text
    assert "unknown" not in text


def test_the_report_names_what_uses_more_than_the_table_of_sizes_says():
    report = Report()
    tables = {"scheduler": ("scheduler", {}), "task pod": ("base", {"dag_id": "e2e_hello"}), "postgresql": ("db", {})}
    for component, (container, labels) in tables.items():
        spec = {"containers": [{"name": container, "resources": {"requests": {"memory": "4Gi"}}}]}
        named = "worker" if labels else component
        report.note_memory(
            "pods", {"metadata": {"labels": {"component": named, **labels}}, "spec": spec}, container, 3 * 1024**3
        )
    assert [line.split(" used ")[0] for line in report.above_the_table()] == [
        "More than components/sizing.py says: scheduler",
        "More than components/sizing.py says: task pod",
    ]
    assert all(line in report.markdown() for line in report.above_the_table())
    assert "| postgresql | db | 3072 MiB | 4096 MiB | 75 % |  | pods |" in report.markdown()


def test_parts_of_several_runs_are_one_report():
    first = Report(runs=[("local: made", 61.2, "2 create")], memory={("scheduler", "scheduler", 4): (3, "local")})
    for what in ("one", "two"):
        first.add(Row(area="run", what=what, outcome="failed", seconds=1, note="why"))
    second = Report()
    second.take_up(first.to_json())
    assert second == first
    second.add(Row(area="run", what="one", outcome="passed", seconds=2))
    second.add(Row(area="life", what="one", outcome="skipped", seconds=0))
    assert [(row.area, row.what, row.outcome) for row in second.rows] == [
        ("run", "one", "passed"),
        ("run", "two", "failed"),
        ("life", "one", "skipped"),
    ]
