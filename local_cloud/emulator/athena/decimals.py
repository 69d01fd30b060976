"""Decimal arithmetic as Trino computes it: the scale of quotients and averages."""

from typing import Any

from sqlglot import exp

Kind = exp.DataType.Type
INTEGERS = {Kind.INT, Kind.BIGINT, Kind.SMALLINT, Kind.TINYINT}


def kind_of(node: Any) -> Any:
    """The type of an expression; None while it is unknown."""
    return node.type.this if node is not None and isinstance(node.type, exp.DataType) else None


def call(name: str, *arguments: Any) -> exp.Anonymous:
    """A call of a function of DuckDB."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def _decimal(node: Any) -> tuple[int, int, bool] | None:
    """Precision, scale, and whether it is an integer, of an expression that Trino computes as a decimal or could."""
    if isinstance(node, (exp.Paren, exp.Nullif, exp.Coalesce, exp.Neg)):
        return _decimal(node.this)
    if isinstance(node, exp.Literal):
        return _decimal_literal(node)
    if isinstance(node, (exp.Add, exp.Sub, exp.Div, exp.Mul)):
        return _decimal_operation(node)
    if isinstance(node, exp.Sum):
        summed = _decimal(node.this)
        return summed and ((19, 0, True) if summed[2] else (38, summed[1], False))
    return _decimal_type(node)


def _decimal_type(node: Any) -> tuple[int, int, bool] | None:
    if kind_of(node) in INTEGERS:
        return (10 if kind_of(node) == Kind.INT else 19, 0, True)
    if kind_of(node) != Kind.DECIMAL or not node.type.expressions:
        return None
    sizes = [int(size.name) for size in node.type.expressions]
    return (sizes[0], sizes[1] if len(sizes) > 1 else 0, False)


def _decimal_literal(node: exp.Literal) -> tuple[int, int, bool] | None:
    if node.is_string or "e" in node.this.lower():
        return None
    whole, _, fraction = node.this.partition(".")
    return (max(1, len(whole.lstrip("0")) + len(fraction)), len(fraction), False) if fraction else (10, 0, True)


def _decimal_operation(node: exp.Binary) -> tuple[int, int, bool] | None:
    left, right = _decimal(node.this), _decimal(node.expression)
    if not left or not right:
        return None
    scale = left[1] + right[1] if isinstance(node, exp.Mul) else max(left[1], right[1])
    return (38, scale, left[2] and right[2])


def division(node: exp.Div) -> exp.Expression:
    """Decimals divide to the larger scale, rounded; integers to an integer (a setting of the connection)."""
    node.set("typed", False)
    node.set("safe", False)
    left, right = _decimal(node.this), _decimal(node.expression)
    if not left or not right or (left[2] and right[2]):
        return node
    scale = max(left[1], right[1])
    return exp.cast(call("round", node.copy(), exp.Literal.number(scale)), f"DECIMAL(38,{scale})")


def average(node: exp.Avg) -> exp.Expression:
    """The average of decimals has their scale, rounded."""
    averaged = _decimal(node.this)
    if not averaged or averaged[2]:
        return node
    return exp.cast(call("round", node.copy(), exp.Literal.number(averaged[1])), f"DECIMAL(38,{averaged[1]})")
