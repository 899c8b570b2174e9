"""An object file as the linker sees it: sections, symbols, and which symbol each section refers to. Everything goes by
number, since names are the hand-in's own choice: two sections may share one, and one may hold a line break."""
import collections
import dataclasses
import pathlib
import re
import struct

from errors import HandInError

SYMBOLS, RELOCATIONS_ADDEND, RELOCATIONS = 2, 4, 9  # types of sections: SHT_SYMTAB, SHT_RELA, SHT_REL
BEFORE_MAIN = (14, 15, 16)  # SHT_INIT_ARRAY, SHT_FINI_ARRAY, SHT_PREINIT_ARRAY
BEFORE_MAIN_NAMES = re.compile(r"\.(init|fini|preinit|init_array|fini_array|preinit_array|ctors|dtors)(\.|$)")
ALLOCATED, EXECUTABLE, RETAINED = 2, 4, 0x200000  # SHF_ALLOC, SHF_EXECINSTR, SHF_GNU_RETAIN
GONE_IF_UNUSED = (".text.", ".rodata.", ".data.rel.", ".gcc_except_table.")  # of --gc-sections
UNDEFINED = 0
LOCAL, GLOBAL, WEAK = 0, 1, 2
CHOSEN_AT_START = 10  # STT_GNU_IFUNC: the function of that name is called before main, and tells which one is meant


@dataclasses.dataclass(frozen=True)
class Section:
    name: str
    kind: int
    flags: int
    begin: int
    size: int
    link: int
    info: int


@dataclasses.dataclass(frozen=True)
class Symbol:
    name: str
    binding: int  # LOCAL, GLOBAL, WEAK; others are weak too
    section: int  # 0 where it is undefined
    kind: int = 0


class Object:
    """Throws HandInError for a file that is no object of this machine's kind, or a damaged one."""

    def __init__(self, path):
        self.data = pathlib.Path(path).read_bytes()
        try:
            self.sections = self.read_sections()
            self.symbols = self.read_symbols()
            self.refers = self.read_relocations()  # {number of a section: numbers of symbols}
        except (struct.error, IndexError, ValueError):
            raise HandInError("its object file cannot be read") from None

    def text(self, section, offset):
        begin = section.begin + offset
        return self.data[begin:self.data.index(b"\0", begin)].decode("utf-8", "surrogateescape")

    def read_sections(self):
        if self.data[:6] != b"\x7fELF\x02\x01":
            raise ValueError
        table, = struct.unpack_from("<Q", self.data, 40)
        size, count, names = struct.unpack_from("<HHH", self.data, 58)
        first = struct.unpack_from("<IIQQQQIIQQ", self.data, table)
        count, names = count or first[5], first[6] if names == 0xffff else names  # more than 65279 sections
        headers = [struct.unpack_from("<IIQQQQIIQQ", self.data, table + i * size) for i in range(count)]
        sections = [Section("", h[1], h[2], h[4], h[5], h[6], h[7]) for h in headers]
        return [dataclasses.replace(s, name=self.text(sections[names], h[0])) for s, h in zip(sections, headers)]

    def bytes_of(self, section):
        return self.data[section.begin:section.begin + section.size]

    def read_symbols(self):
        symbols = []
        for table in (s for s in self.sections if s.kind == SYMBOLS):
            for name, info, _, section, _, _ in struct.iter_unpack("<IBBHQQ", self.bytes_of(table)):
                if section == 0xffff:  # the number is in another table: no compiler makes that many sections of a hand-in
                    raise ValueError
                text = self.text(self.sections[table.link], name)
                symbols.append(Symbol(text, info >> 4, section, info & 15))
        return symbols

    def read_relocations(self):
        refers = collections.defaultdict(set)
        for table in self.sections:
            if table.kind in (RELOCATIONS, RELOCATIONS_ADDEND):
                form = "<QQq" if table.kind == RELOCATIONS_ADDEND else "<QQ"
                refers[table.info].update(entry[1] >> 32 for entry in struct.iter_unpack(form, self.bytes_of(table)))
        return refers

    def is_loaded(self, section):
        """Whether it is in memory when the program runs: what is not (debugging) calls nothing."""
        return bool(self.sections[section].flags & ALLOCATED)

    def is_gone_if_unused(self, section):
        """Whether the linker leaves it out where nothing refers to it: what is left of a function that was inlined everywhere."""
        return self.sections[section].name.startswith(GONE_IF_UNUSED) and not self.sections[section].flags & RETAINED

    def is_unwinding(self, section):
        """Tables for exceptions name each function, and call none of them."""
        return self.sections[section].name == ".eh_frame" and not self.sections[section].flags & EXECUTABLE

    def undefined(self):
        return [s.name for s in self.symbols if s.section == UNDEFINED and s.name]

    def defined_for_others(self):
        """The functions and variables that the object defines for others, but those that any object may define."""
        return [s.name for s in self.symbols if s.section != UNDEFINED and s.binding == GLOBAL]

    def runs_before_main(self):
        """Numbers of sections that have functions run before main, or after it."""
        chosen = {s.section for s in self.symbols if s.kind == CHOSEN_AT_START and s.section != UNDEFINED}
        return [i for i, s in enumerate(self.sections)
                if i in chosen or (s.kind in BEFORE_MAIN or BEFORE_MAIN_NAMES.match(s.name)) and (self.refers.get(i) or s.flags & EXECUTABLE)]

    def code_before_main(self):
        """The names of these sections."""
        return [self.sections[i].name for i in self.runs_before_main()]


def archive_symbols(path):
    """The names that a static library defines."""
    with open(path, "rb") as file:
        if file.read(8) != b"!<arch>\n":
            return set()
        header = file.read(60)
        wide = header.startswith(b"/SYM64/")
        if not wide and not header.startswith(b"/ "):
            return set()
        index = file.read(int(header[48:58]))
    width = 8 if wide else 4
    count = int.from_bytes(index[:width], "big")
    return set(index[width + count * width:].decode("utf-8", "surrogateescape").split("\0")[:count])
