"""Two changes that a cell's source needs, found by libclang in the syntax tree: loops ask whether the reader interrupts, and
lambdas capture variables of cells, which are those of a namespace and thus never captured."""
from cells import FILE
from clang.cindex import CursorKind, Diagnostic

LOOPS = {CursorKind.FOR_STMT, CursorKind.CXX_FOR_RANGE_STMT, CursorKind.WHILE_STMT, CursorKind.DO_STMT}
POLL = b"::cadena::notebook::poll();"


def edits(unit, source, regions):
    """[(offset, length, text)]: what to put in place of `length` bytes at an offset of `source`, within the regions (start, end)."""
    def within(offset):
        return any(start <= offset < end for start, end in regions)

    found = [edit for cursor in cursors_in(unit.cursor, regions) if cursor.kind in LOOPS for edit in poll(cursor, source)]
    for said in unit.diagnostics:
        at = said.location.offset
        if said.severity < Diagnostic.Error or not within(at):
            continue
        if "cannot be captured because it does not have automatic storage duration" in said.spelling:
            name = said.spelling.split("'")[1].encode()
            found.append((at + len(name), 0, b" = " + name))
        elif "non-local lambda expression cannot have a capture-default" in said.spelling:
            found.append(default_capture(unit, source, at))
    return found


def cursors_in(parent, regions):
    """All cursors of the syntax tree that overlap the regions, outer ones first."""
    for cursor in parent.get_children():
        if not cursor.extent.start.file or cursor.extent.start.file.name != FILE:
            continue
        start, end = cursor.extent.start.offset, cursor.extent.end.offset
        if any(start < last and first < end for first, last in regions):
            yield cursor
            yield from cursors_in(cursor, regions)


def poll(loop, source):
    """The body of a loop, with the question at its beginning."""
    children = list(loop.get_children())
    body = children[0] if loop.kind == CursorKind.DO_STMT else children[-1]
    start, end = body.extent.start.offset, body.extent.end.offset
    if body.kind == CursorKind.COMPOUND_STMT and source[start:start + 1] == b"{":
        return [(start + 1, 0, POLL)]
    if source[end - 1:end] not in b";}":
        end = source.find(b";", end) + 1
    return [(start, 0, b"{" + POLL), (end, 0, b"}")] if start < end else []


def default_capture(unit, source, at):
    """[&] needs no captures; [=] copies the variables of cells that the lambda names."""
    rest = b"," if source[at + 1:].lstrip().startswith(b",") else b""
    length = 1 + (source.index(b",", at) - at if rest else 0)
    if source[at:at + 1] == b"&":
        return at, length, b""
    inner = [c for c in cursors_in(unit.cursor, [(at, at + 1)]) if c.kind == CursorKind.LAMBDA_EXPR]
    names = {}
    if inner:
        extent = inner[-1].extent
        for cursor in cursors_in(inner[-1], [(extent.start.offset, extent.end.offset)]):
            meant = cursor.referenced
            if cursor.kind == CursorKind.DECL_REF_EXPR and meant and meant.kind == CursorKind.VAR_DECL:
                home = meant.semantic_parent
                if home and home.kind == CursorKind.NAMESPACE and home.spelling.startswith("cell_"):
                    names[meant.spelling] = None
    copies = ", ".join(f"{name} = {name}" for name in names).encode()
    return at, length, copies + (rest if copies else b"")


def applied(source, changes, start, end):
    """The bytes from start to end with the changes that lie in them."""
    text, at = b"", start
    for offset, length, new in sorted(changes, key=lambda change: change[0]):
        if start <= offset <= end and offset >= at:
            text += source[at:offset] + new
            at = offset + length
    return text + source[at:end]
