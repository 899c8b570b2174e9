"""Accesses to memory that the compiler's pass does not count: structures that go by value straight from memory into a call,
or out of one into memory, and functions of C that read or write where they are told. They are looked up in what that pass
leaves, GCC's -fdump-tree-tsan-uid, where a variable is written as nameD.123 and a register as name_4 or name_4(D). GCC 11 and later."""
import re

from errors import HandInError

FUNCTION = re.compile(r"^;; Function .*decl_uid=(\d+)", re.MULTILINE)
# Functions of C that compilers put instructions in the place of, or that write to where they are told.
BY_C = re.compile(r"^  (?:.* = )?(?:__builtin_)?(?:__)?((?:mem(?:cpy|move|set|cmp|chr|pcpy|ccpy|rchr)|str(?:n?cpy|n?cat|ncmp|r?chr|n?len|str|spn|cspn|pbrk)|stpn?cpy|"
                  r"b(?:copy|zero|cmp)|r?index|v?sn?printf|frexp[fl]?))(?:_chk)?D\.\d+ \(", re.MULTILINE)
TEXT = re.compile(r'"(?:\\.|[^"\\])*"')
NOTES = re.compile(r"(?: \[[^\[\]]*\])+$")
RESULT = re.compile(r"^(\S.*?) =(?:\{v\})? ")
HARMLESS = re.compile(r'^(?:&.*|""|[\w.$]*_\d+(?:\(D\))?|-?(?:\d|Inf|Nan).*|\{.*\}|<retval>.*)$')
VARIABLE = re.compile(r"^(?:MEM[^&*]*&)?[\w$]*?D\.(\d+)(?:[.\[ ][^*>&]*)?$")  # xD.123, xD.123.member, MEM[(float *)&xD.123 + 4B]
# Of the library: gets a place in the source for its messages. Of the compiler: gets the address of a destructor.
TRUSTED = re.compile(r"(?:^| = )(?:cadena::cuda::(?:check|detail::(?:allow_shared|check_\w+))|__cxa_throw)(?:D\.\d+)? $")


def split(text):
    """At the commas that are in no brackets."""
    parts, depth, begin = [], 0, 0
    for i, letter in enumerate(text):
        depth += (letter in "([{<") - (letter in ")]}>")
        if letter == "," and depth == 0:
            parts.append(text[begin:i].strip())
            begin = i + 1
    return [part for part in [*parts, text[begin:].strip()] if part]


def operands(statement):
    """What goes into and out of the call that the statement is: [arguments ..., result]; none where it is no call."""
    plain = NOTES.sub("", TEXT.sub('""', statement.strip()))
    if not plain.endswith(");"):
        return []
    depth, begin = 0, len(plain) - 2
    while begin >= 0:
        depth += (plain[begin] == ")") - (plain[begin] == "(")
        if depth == 0:
            break
        begin -= 1
    head = plain[:begin]
    result = RESULT.match(head)
    if not head.endswith(" ") or head.endswith(" = ") or "__builtin___tsan_" in head or TRUSTED.search(head):
        return []
    return split(plain[begin + 1:-2]) + ([result.group(1)] if result else [])


def uncounted(dump):
    """The operands of calls that are memory outside of the calling function's own variables."""
    functions, own, inside = set(FUNCTION.findall(dump)), set(), False
    for line in dump.split("\n"):
        if line.startswith(";; Function"):
            own, inside = set(functions), False
        elif line.startswith("  <bb "):
            inside = True
        elif not inside and not line.startswith(("  static ", "  extern ")):
            own.update(re.findall(r"D\.(\d+)", line))
        elif inside:
            for operand in operands(line):
                variable = VARIABLE.match(operand)
                if not HARMLESS.match(operand) and not (variable and variable.group(1) in own):
                    yield operand


def check(dump):
    """Throws HandInError where a structure goes by value between memory and a call, or C's library copies or reads memory."""
    called = BY_C.search(TEXT.sub('""', dump))
    if called:
        raise HandInError(f"a kernel hand-in may not use {called.group(1)}, since its accesses to memory would not be counted: "
                          "read and write element by element")
    for _ in uncounted(dump):
        raise HandInError("a kernel hand-in may not hand over a structure by value straight from memory, or return one straight into "
                          "it, since that access would not be counted: copy it into a variable first")
