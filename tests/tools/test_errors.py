from tools.errors import ComponentUnavailable


def test_the_message_has_a_line_for_each_source_and_the_remedy() -> None:
    error = ComponentUnavailable("Pulumi engine", ["PATH: not there", "cache: empty"], "Install it.")
    assert str(error) == (
        "Pulumi engine is not available.\n  tried PATH: not there\n  tried cache: empty\n  Install it."
    )
