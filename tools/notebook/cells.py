"""Takes a cell apart. C++ allows no statements outside of functions and a notebook does, so libclang, which has a mode for
this, says what each part of a cell is; everything keeps its place in the order of the source."""
import re
from dataclasses import dataclass, field

from clang import cindex
from clang.cindex import CursorKind, TokenKind

from toolchain import CompileError

FUNCTIONS = {CursorKind.FUNCTION_DECL, CursorKind.CXX_METHOD, CursorKind.CONSTRUCTOR, CursorKind.DESTRUCTOR,
             CursorKind.CONVERSION_FUNCTION, CursorKind.FUNCTION_TEMPLATE}
TYPES = {CursorKind.STRUCT_DECL, CursorKind.CLASS_DECL, CursorKind.UNION_DECL, CursorKind.ENUM_DECL}
FILE = "cell.cpp"  # as libclang calls what it reads
SCOPES = {CursorKind.TRANSLATION_UNIT, CursorKind.NAMESPACE}  # of variables that are no members of a class
INCLUDE = re.compile(rb"#\s*include\b")
OPEN_AS_THEY_ARE = {"std", "cadena", "fmt"}  # to add to these namespaces of libraries is to add to the libraries
BLOCKS = {"{", "if", "for", "while", "do", "switch", "try"}  # what they begin has no value
BEFORE_DECLARATIONS = {"template", "using", "extern", "asm", "static_assert", "export", "friend"}


@dataclass
class Chunk:
    """A part of a cell: a directive, declaration, variable or statement. Its text says which line it comes from."""

    kind: str
    start: int  # in bytes from the beginning of the cell
    text: bytes
    names: list = field(default_factory=list)  # of variables
    defines: list = field(default_factory=list)  # names that later cells can use
    functions: dict = field(default_factory=dict)  # name -> signature
    namespaces: list = field(default_factory=list)
    with_type: bool = False  # the type of a variable is defined with it
    outside: bool = False  # adds to the namespace of a library
    shown: bool = False  # its value is to be printed


@dataclass
class Token:
    """A token and where it stands, in bytes."""

    start: int
    end: int
    text: str
    comment: bool


class Parser:
    """libclang with the precompiled header of the library."""

    def __init__(self, toolchain):
        self.index = cindex.Index.create(excludeDecls=True)
        self.flags = ["-x", "c++", *toolchain.clang_flags(), "-include-pch", str(toolchain.cache / "cells.pch")]

    def unit(self, source):
        return self.index.parse(FILE, args=self.flags, unsaved_files=[(FILE, source)])

    def tokens(self, code):
        unit = self.index.parse(FILE, args=["-x", "c++", "-std=c++20", "-nostdinc"], unsaved_files=[(FILE, code)])
        return [Token(t.extent.start.offset, t.extent.end.offset, t.spelling, t.kind == TokenKind.COMMENT)
                for t in unit.get_tokens(extent=cindex.SourceRange.from_locations(
                    unit.get_location(FILE, 0), unit.get_location(FILE, len(code))))]

    def split(self, before, known, code, name):
        """(includes, chunks) of the bytes of the cell `name`, read after the source `before` and a declaration of each of the
        `known` names. The cell must not stand in a namespace: libclang loses its way among statements there."""
        tokens = self.tokens(code)
        marks = directives(code, tokens)
        words = [t for t in tokens if not t.comment and not any(a <= t.start < b for a, b in marks)]
        if fault := magic(code, words, name) or unbalanced(code, tokens, name) or labelled(code, words, name):
            raise CompileError(fault)  # libclang would look for the other bracket forever, and crash on a label
        includes = [Source(code, name, 0).resumed(a, b) for a, b in marks if INCLUDE.match(code, a)]
        for a, b in marks:
            if INCLUDE.match(code, a):
                code = code[:a] + re.sub(rb"[^\n]", b" ", code[a:b]) + code[b:]
        offset, declared = self.declared(before, known, code)
        if replaced := {known_name for _, _, cursor in declared for known_name in names_of(cursor)} & known.keys():
            offset, declared = self.declared(before, {each: known[each] for each in known.keys() - replaced}, code)
        groups = sorted(whole(group(declared), words) + [(a, b, []) for a, b in marks], key=lambda item: item[0])
        source = Source(code, name, offset)
        found = [Chunk("directive", a, source.resumed(a, b)) for a, b in marks if not code[a:b].isspace()]
        found = sorted(found + chunks(source, words, groups, len(code)), key=lambda c: c.start)
        last = next((c for c in reversed(found) if c.kind != "directive"), None)
        if last and last.kind == "statement" and not last.text.endswith(b";"):
            last.shown = next(word.text for word in words if word.start == last.start) not in BLOCKS
        return includes, found

    def declared(self, before, known, code):
        """What stands in the cell, as libclang has it: (where the cell begins, [(start, end, cursor)])."""
        before += b"".join(known.values())
        return len(before), list(cursors(self.unit(before + code).cursor, len(before), len(before) + len(code)))


@dataclass
class Source:
    """The bytes of a cell, its name, and where it begins in the file that libclang read."""

    code: bytes
    name: str
    offset: int

    def resume(self, at):
        """A new line that the compiler takes for the one of the cell with the offset `at`, filled up to its column."""
        line, column = self.code.count(b"\n", 0, at) + 1, at - self.code.rfind(b"\n", 0, at) - 1
        return b'\n# %d "%s"\n%s' % (line, self.name.encode(), b" " * column)

    def resumed(self, start, end):
        return self.resume(start) + self.code[start:end]


def magic(code, words, name):
    """What is wrong with a cell that begins as none of C++ can; None if it does not."""
    if words and words[0].text in ("%", "?"):
        return complaint(code, words[0], name, "cells hold C++; Jupyter's magic commands and questions are for Python")
    return None


def unbalanced(code, tokens, name):
    """What is wrong with the brackets of a cell; None if each has its partner."""
    partner, opened = {")": "(", "]": "[", "}": "{"}, []
    for token in tokens:
        if token.text in partner.values():
            opened.append(token)
        elif token.text in partner:
            if not opened or opened.pop().text != partner[token.text]:
                return complaint(code, token, name, f"'{token.text}' without a '{partner[token.text]}'")
    return complaint(code, opened[-1], name, f"'{opened[-1].text}' is never closed") if opened else None


def labelled(code, words, name):
    """What is wrong with a label between the statements of a cell; None if there is none."""
    depth = 0
    for before, word, after in zip([None, *words], words, words[1:]):
        depth += (word.text in "([{") - (word.text in ")]}")
        if depth == 0 and after.text == ":" and word.text.isidentifier() and (not before or before.text in ";}"):
            return complaint(code, word, name, f"label '{word.text}' outside of a function")
    return None


def complaint(code, token, name, text):
    """An error as the compiler words it."""
    line, column = code.count(b"\n", 0, token.start) + 1, token.start - code.rfind(b"\n", 0, token.start)
    shown = code.split(b"\n")[line - 1].decode(errors="replace")
    return f"{name}:{line}:{column}: error: {text}\n{line:5} | {shown}\n      | {' ' * (column - 1)}^\n"


def directives(code, tokens):
    """(start, end) of each directive: from a # that begins a line to the end of the line and of those that continue it."""
    found, last = [], 0
    for token in tokens:
        if token.text == "#" and token.start >= last and not code[code.rfind(b"\n", 0, token.start) + 1:token.start].strip():
            last = code.find(b"\n", token.start)
            while last > 0 and code[last - 1:last] == b"\\":
                last = code.find(b"\n", last + 1)
            last = len(code) if last < 0 else last
            found.append((token.start, last))
    return found


def cursors(parent, first, last):
    """(start, end, cursor) of what stands in the cell, or in a namespace of it, relative to the cell."""
    for cursor in parent.get_children():
        start, end = cursor.extent.start.offset, cursor.extent.end.offset
        if not cursor.extent.start.file or cursor.extent.start.file.name != FILE:
            continue
        if first <= start and end <= last:
            yield start - first, end - first, cursor


def group(found):
    """[(start, end, [cursors that begin there])], one for each declaration or statement: what lies in another is its part."""
    groups = []
    for start, end, cursor in sorted(found, key=lambda item: (item[0], -item[1])):
        if groups and start < groups[-1][1]:
            first, last, here = groups[-1]
            groups[-1] = (first, max(end, last), here + [cursor] if start == first else here)
        elif end > start:
            groups.append((start, end, [cursor]))
    return groups


def names_of(cursor):
    """The names that a declaration replaces where they are known: functions and namespaces stand beside others."""
    return [] if cursor.kind in FUNCTIONS | {CursorKind.NAMESPACE} else re.findall(r"\w+", cursor.spelling)


def whole(groups, words):
    """The groups, those of variables up to their semicolon: where libclang finds a fault, it leaves out initializers."""
    found = []
    for start, end, here in groups:
        if found and start < found[-1][1]:
            continue
        if any(cursor.kind == CursorKind.VAR_DECL for cursor in here):
            depth = 0
            for word in words:
                if word.start >= start:
                    depth += (word.text in "([{") - (word.text in ")]}")
                    if word.text == ";" and depth == 0:
                        end = max(end, word.start)
                        break
        found.append((start, end, here))
    return found


def chunks(source, words, groups, end_of_all):
    """The parts of a cell, or of a namespace in it. What libclang could not read becomes a statement: the compiler will say
    what is wrong with it."""
    found, at = [], 0  # at: the first word that belongs to no part yet
    for start, end, here in [*groups, (end_of_all, end_of_all, [])]:
        loose = []
        while at < len(words) and words[at].start < start:
            loose.append(words[at])
            at += 1
        while loose and loose[0].text == ";":
            loose.pop(0)
        first = start
        if loose and here and not any(word.text in (";", "}") for word in loose):
            first = loose[0].start  # attributes, and words that stand for nothing
        elif loose:
            found += [Chunk("statement", run[0].start, source.resumed(run[0].start, run[-1].end)) for run in statements(loose)]
        own = []
        while at < len(words) and words[at].start < end:
            own.append(words[at])
            at += 1
        if here and at < len(words) and words[at].text == ";":
            end = words[at].end
            at += 1
        elif own and own[-1].text != ";" and any(cursor.kind == CursorKind.VAR_DECL for cursor in here):
            raise CompileError(complaint(source.code, own[-1], source.name, "expected ';' at the end of the declaration"))
        if here and [word.text for word in own] != [";"]:
            part = chunk(source, first, start, end, own, here)
            part.defines = part.names + [cursor.spelling for cursor in here if part.kind == "declaration"]
            found.append(part)
    return found


def statements(words):
    """Words that libclang did not take in, as runs that end with a semicolon: for the last one may have a value to be shown."""
    runs, depth = [[]], 0
    for word, after in zip(words, [*words[1:], None]):
        runs[-1].append(word)
        depth += (word.text in "([{") - (word.text in ")]}")
        if word.text == ";" and depth == 0 and after and after.text not in ("else", "while"):
            runs.append([])
    return runs


def chunk(source, first, start, end, words, here):
    """What one declaration or statement becomes; its attributes, if any, stand between `first` and `start`."""
    kinds = {cursor.kind for cursor in here}
    variables = [cursor for cursor in here if cursor.kind == CursorKind.VAR_DECL]
    if CursorKind.NAMESPACE in kinds:
        return namespace(source, first, end, words, here[0])
    if variables:
        return Chunk("variable", first, defined(source, first, start, end, words, b"[[gnu::used]] inline"),
                     names=[v.spelling for v in variables if v.semantic_parent.kind in SCOPES], with_type=bool(kinds & TYPES))
    if kinds & FUNCTIONS:
        inline = b"" if words[0].text == "template" else b"inline"
        return Chunk("declaration", first, defined(source, first, start, end, words, inline),
                     functions={here[0].spelling: here[0].displayname})
    if kinds == {CursorKind.UNEXPOSED_DECL}:
        if names := binding(words):
            return Chunk("variable", first, unbound(source, first, start, end, words, names), names=names)
        if words[0].text not in BEFORE_DECLARATIONS:
            return Chunk("statement", first, source.resumed(first, end))
    return Chunk("declaration", first, source.resumed(first, end))


def defined(source, first, start, end, words, inline):
    """A variable or function, `inline`, since later cells repeat it, and not `static`, which would give each its own copy."""
    code = source.code
    for word in words:
        if word.text in ("(", "=", "{", ";", "["):
            break
        if word.text in ("inline", "extern") or (word.text in ("constexpr", "consteval") and inline == b"inline"):
            inline = b""
        if word.text == "static":
            code = code[:word.start] + b" " * len(b"static") + code[word.end:]
    return source.resumed(first, start) + (inline + source.resume(start) if inline else b"") + code[start:end]


def binding(words):
    """The names in `auto [a, b] = …`; None if this is something else."""
    texts = [word.text for word in words]
    at = next((i for i, text in enumerate(texts) if text not in ("const", "static", "auto", "&", "&&")), None)
    if at is None or "auto" not in texts[:at] or texts[at] != "[":
        return None
    return [text for text in texts[at + 1:texts.index("]", at)] if text != ","]


def unbound(source, first, start, end, words, names):
    """A structured binding cannot be inline: a variable for the whole, and references to its parts."""
    opening, closing = (next(word for word in words if word.text == text) for text in "[]")
    whole, listed = b"cadena_whole_%d" % first, ", ".join(names).encode()
    code = source.code[:opening.start] + whole.ljust(closing.end - opening.start) + source.code[closing.end:]
    extra = len(code) - len(source.code)
    before = [word for word in words if word.start < opening.start]
    text = defined(Source(code, source.name, source.offset), first, start, end + extra, before, b"[[gnu::used]] inline")
    for name in names:
        text += (b"\n[[gnu::used]] inline auto& %s = [](auto& all) -> auto& { auto& [%s] = all; return %s; }(%s);" %
                 (name.encode(), listed, name.encode(), whole))
    return text


def namespace(source, first, end, words, cursor):
    """Namespaces: one without a name would give each cell its own copy, so it gets one and is inline."""
    braces = [i for i, word in enumerate(words) if word.text == "{"]
    if not braces or words[-1].text != "}" or words[0].text not in ("namespace", "inline"):
        return Chunk("declaration", first, source.resumed(first, end))
    opening = words[braces[0]]
    head = source.resumed(first, opening.end) if cursor.spelling else source.resume(first) + b"inline namespace unnamed {"
    inner = whole(group(cursors(cursor, source.offset, source.offset + end)), words)
    parts = chunks(source, words[braces[0] + 1:-1], inner, words[-1].start)
    outside = cursor.spelling in OPEN_AS_THEY_ARE
    return Chunk("declaration", first, head + b"".join(part.text for part in parts) + source.resumed(words[-1].start, end),
                 outside=outside, namespaces=[cursor.spelling] if cursor.spelling and not outside else [])
