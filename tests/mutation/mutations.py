"""The small changes that can be made to a module's source, each of which a test should notice."""

import ast
import hashlib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
STRINGS = 10
"""One of so many string constants may be drawn: most are names and messages, and would crowd out the logic."""

COMMUTATIVE = frozenset({"and_", "equal", "max", "maximum", "min", "minimum", "not_equal", "or_"})
"""Functions whose arguments may be swapped."""

LOGGERS = frozenset({"_log", "_LOG", "LOG", "log", "logger", "logging", "warnings"})


@dataclass(frozen=True, order=True)
class Mutation:
    """One change of a source: the characters from `start` to `end` become `text`.

    `lines` are the first and last line of the simple statement, or of the header of the compound one, that it is in;
    `names` the module's constants that this statement assigns, when it stands at module level. `at_import` says that
    the statement runs when the module is imported.
    """

    start: int
    end: int
    text: str
    lines: tuple[int, int]
    names: tuple[str, ...] = ()
    at_import: bool = False
    is_text: bool = False

    def apply(self, source: str) -> str:
        """Return the source with this change made."""
        return source[: self.start] + self.text + source[self.end :]

    def difference(self, source: str) -> tuple[str, str]:
        """Return the lines that the change is in as they are and as they become, without indentation."""
        begin = source.rfind("\n", 0, self.start) + 1
        finish = source.find("\n", self.end)
        before = source[begin : finish if finish >= 0 else len(source)]
        after = before[: self.start - begin] + self.text + before[self.end - begin :]
        return _dedented(before), _dedented(after)


def _dedented(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines())


@cache
def mutations(source: str) -> tuple[Mutation, ...]:
    """Return all mutations of a module's source that are Python and do not leave its syntax tree as it was."""
    tree = ast.parse(source)
    unchanged = ast.dump(tree)
    found = []
    for mutation in _Finder(source).of_body(tree.body, at_import=True):
        try:
            changed = ast.dump(ast.parse(mutation.apply(source)))
        except SyntaxError:
            continue
        if changed != unchanged:
            found.append(mutation)
    return tuple(found)


def sample(source: str, size: int, seed: str) -> list[Mutation]:
    """Draw at most `size` of a source's mutations, in its order.

    Each has a rank of its own, by the seed and its lines: a change elsewhere in the source leaves the sample as it was.
    """

    def rank(mutation: Mutation) -> int:
        return int.from_bytes(hashlib.sha256("\n".join([seed, *mutation.difference(source)]).encode()).digest())

    ranked = sorted((rank(one), one.start, one) for one in mutations(source))
    drawn = [one for number, _, one in ranked if not one.is_text or number % STRINGS == 0]
    return sorted(drawn[:size])


class _Finder:
    def __init__(self, source: str) -> None:
        self._source = source
        self._offsets = [0]
        for line in source.splitlines(keepends=True):
            self._offsets.append(self._offsets[-1] + len(line))
        self._lines = source.splitlines(keepends=True)

    def of_body(self, body: list[ast.stmt], *, at_import: bool) -> Iterator[Mutation]:
        for statement in body:
            if _is_plain_text(statement) or isinstance(statement, ast.Import | ast.ImportFrom):
                continue
            if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
                continue
            yield from self._of_statement(statement, at_import=at_import)
            inside = at_import and not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
            for inner in _bodies(statement):
                for mutation in self.of_body(inner, at_import=inside):
                    # A field is read through its object: the lines that do so need not name it.
                    yield replace(mutation, names=()) if isinstance(statement, ast.ClassDef) else mutation

    def _of_statement(self, statement: ast.stmt, *, at_import: bool) -> Iterator[Mutation]:
        bodies = _bodies(statement)
        last = min((body[0].lineno - 1 for body in bodies if body), default=statement.end_lineno or statement.lineno)
        lines = (statement.lineno, max(last, statement.lineno))
        names = tuple(
            node.id
            for target in _targets(statement)
            for node in ast.walk(target)
            if at_import and isinstance(node, ast.Name)
        )
        for node, text in [*_of_whole(statement), *(one for part in _expressions(statement) for one in _of(part))]:
            start, end = self._place(node)
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            yield Mutation(start, end, text, lines, names, at_import, is_text)

    def _place(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        return self._offset(node.lineno, node.col_offset), self._offset(node.end_lineno, node.end_col_offset)

    def _offset(self, line: int | None, column: int | None) -> int:
        """Return the place of a line and a column, which the parser counts in bytes of UTF-8."""
        assert line is not None
        assert column is not None
        return self._offsets[line - 1] + len(self._lines[line - 1].encode()[:column].decode())


def _is_plain_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _bodies(statement: ast.stmt) -> list[list[ast.stmt]]:
    parts = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
    parts += [handler.body for handler in getattr(statement, "handlers", [])]
    parts += [case.body for case in getattr(statement, "cases", [])]
    return [part for part in parts if part]


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    return [statement.target] if isinstance(statement, ast.AnnAssign) else []


def _expressions(statement: ast.stmt) -> list[ast.expr]:
    """Return what a statement evaluates itself; decorators and annotations are left alone."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return [one for one in [*statement.args.defaults, *statement.args.kw_defaults] if one is not None]
    if isinstance(statement, ast.ClassDef):
        return []
    if isinstance(statement, ast.AnnAssign):
        return [statement.value] if statement.value else []
    return [
        node
        for name, value in ast.iter_fields(statement)
        if name not in ("body", "orelse", "finalbody", "handlers", "cases")
        for node in (value if isinstance(value, list) else [value])
        if isinstance(node, ast.expr)
    ]


def _of_whole(statement: ast.stmt) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
    match statement:
        case ast.Expr(value=ast.Call() as call) if not _is_log(call):
            yield statement, "pass"
        case ast.Raise() | ast.AugAssign() | ast.Delete():
            yield statement, "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield statement, "pass"
        case ast.Continue():
            yield statement, "break"
        case ast.Break():
            yield statement, "continue"
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield statement, "return None"
        case ast.If(test=test) | ast.While(test=test) if not isinstance(test, ast.Compare | ast.UnaryOp):
            yield test, f"(not ({ast.unparse(test)}))"
    if isinstance(statement, ast.AugAssign) and type(statement.op) in ARITHMETIC:
        other = deepcopy(statement)
        other.op = ARITHMETIC[type(statement.op)]()
        yield statement, ast.unparse(other)


def _of(root: ast.expr) -> Iterator[tuple[ast.expr, str]]:
    """Yield the mutations of an expression and of all in it, but for texts with values in them and log messages."""
    if isinstance(root, ast.JoinedStr) or (isinstance(root, ast.Call) and _is_log(root)):
        return
    for other in _others(root):
        text = ast.unparse(other)
        yield root, text if isinstance(other, ast.Call | ast.Constant) else f"({text})"
    for child in ast.iter_child_nodes(root):
        if isinstance(child, ast.expr):
            yield from _of(child)
        elif isinstance(child, ast.keyword):
            yield from _of(child.value)
        elif isinstance(child, ast.comprehension):
            for one in (child.iter, *child.ifs):
                yield from _of(one)


def _others(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(left=left, ops=operators, comparators=values):
            for at, operator in enumerate(operators):
                for other in COMPARISONS[type(operator)]:
                    yield ast.Compare(left, [*operators[:at], other(), *operators[at + 1 :]], values)
        case ast.BoolOp(op=joined, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(joined, ast.And) else ast.And(), values)
            for at in range(len(values)):
                rest = values[:at] + values[at + 1 :]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(joined, rest)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=operation, right=right) if type(operation) in ARITHMETIC:
            if not any(isinstance(side, ast.JoinedStr | ast.Constant) and _is_text(side) for side in (left, right)):
                yield ast.BinOp(left, ARITHMETIC[type(operation)](), right)
        case ast.IfExp(test=test, body=first, orelse=second):
            yield ast.IfExp(test, second, first)
        case ast.Call():
            yield from _other_calls(node)
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
            yield ast.Constant(value - 1)
        case ast.Constant(value=str() | bytes() as text):
            yield ast.Constant(text + "~" if isinstance(text, str) else text + b"~")


def _other_calls(call: ast.Call) -> Iterator[ast.Call]:
    for at, keyword in enumerate(call.keywords):
        if keyword.arg is not None:
            yield ast.Call(call.func, call.args, call.keywords[:at] + call.keywords[at + 1 :])
    starred = any(isinstance(one, ast.Starred) for one in call.args[:2])
    if len(call.args) > 1 and not starred and ast.unparse(call.func).rpartition(".")[2] not in COMMUTATIVE:
        yield ast.Call(call.func, [call.args[1], call.args[0], *call.args[2:]], call.keywords)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))


def _is_log(call: ast.Call) -> bool:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(owner, ast.Name) and owner.id in LOGGERS
