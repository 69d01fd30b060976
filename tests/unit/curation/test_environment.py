"""What the job takes from its environment: nothing that Glue does not promise to be there."""

import ast
from pathlib import Path

SOURCES = Path(__file__).parents[3] / "glue_jobs"
FILES = [SOURCES / "curate.py", *sorted((SOURCES / "curation").rglob("*.py"))]
CALLS = [(file, node) for file in FILES for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]


def named(node):
    return ast.unparse(node.func)


def test_every_client_of_aws_is_given_its_region():
    clients = [(file, node) for file, node in CALLS if named(node).startswith("boto3.")]
    assert {named(node) for _, node in clients} == {"boto3.client"}
    lacking = [
        f"{file.name}:{node.lineno}"
        for file, node in clients
        if "region_name" not in {one.arg for one in node.keywords}
    ]
    assert not lacking


def test_no_variable_of_the_environment_decides_anything():
    reads = [
        f"{file.name}: {ast.unparse(node)}"
        for file, node in CALLS
        if named(node).startswith(("os.environ.", "os.getenv", "Path.home", "tempfile.")) or "expanduser" in named(node)
    ]
    assert reads == ["expectations.py: os.environ.setdefault('GX_ANALYTICS_ENABLED', 'false')"]
