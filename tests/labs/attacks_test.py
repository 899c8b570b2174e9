#!/usr/bin/env python3
"""Ways to get points without an answer, or to harm a grader, that were found once: each is refused, or gains nothing. What
needs no library stands here; `cadena lab verify` runs whole hostile hand-ins."""
import contextlib
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import unittest.mock
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "lab"))
import uncounted  # noqa: E402
import dialect  # noqa: E402
import elf  # noqa: E402
import folders  # noqa: E402
import grade  # noqa: E402
import manifest  # noqa: E402
import release  # noqa: E402
import report  # noqa: E402
import sandbox  # noqa: E402
import seccomp  # noqa: E402
import symbols  # noqa: E402
import toolchain  # noqa: E402
from errors import HandInError, LabError  # noqa: E402

LAB = {"lab": "99_test", "title": "Lab 9",
       "exercises": [{"id": "9.1", "function": "f", "title": "F", "tests": [{"id": "F.One", "points": 2}, {"id": "F.Two", "points": 3}]}]}


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def compiled(self, text, *flags):
        (self.folder / "a.cpp").write_text(text)
        compiler = os.environ.get("CXX") or "c++"
        subprocess.run([compiler, "-std=c++20", "-O1", "-ffunction-sections", *flags, "-c", "a.cpp", "-o", "a.o"], cwd=self.folder, check=True)
        return self.folder / "a.o"

    def lab(self, **changes):
        (self.folder / "lab.json").write_text(json.dumps(LAB | changes))
        return manifest.Lab(self.folder)


class Objects(Folder):
    """Forbidden functions that are called from where nobody looks."""
    HEAD = "namespace cadena { int softmax(int); int exp(int); }\n"
    F = "namespace lab { int f(int x) { return %s; } }"
    EXERCISES = [{"id": "9.1", "function": "f", "forbidden": ["softmax"]}]

    def reasons(self, text, library=frozenset()):
        return symbols.forbidden_calls(self.compiled(self.HEAD + text), self.EXERCISES, library)

    def test_code_in_sections_named_like_those_that_call_nothing(self):
        for name in (".debug_x", ".note.x", ".comment_x", ".eh_frame_x", ".eh_frame"):
            with self.subTest(name):
                place = f'[[gnu::noinline, gnu::section("{name}")]] static int h(int x) {{ return cadena::softmax(x); }}\n'
                self.assertIn("9.1", self.reasons(place + self.F % "h(x)"))

    def test_sections_with_a_line_break_in_their_names(self):
        place = r'[[gnu::noinline, gnu::section("\"a\\nb\",\"ax\",@progbits#")]] static int h(int x) { return cadena::softmax(x); }' + "\n"
        self.assertIn("9.1", self.reasons(place + self.F % "h(x)"))

    def test_an_address_in_the_tables_for_unwinding(self):
        place = 'asm(".text\\n.cfi_startproc\\n.cfi_personality 0x9b, _ZN6cadena7softmaxEi\\n.cfi_endproc\\n");\n'
        self.assertIn("9.1", self.reasons(place + self.F % "cadena::exp(x)"))

    def test_what_runs_unasked_and_stands_in_for_what_another_hole_calls(self):
        keep = "static int (*kept)(int);\nstatic void keep() { kept = &cadena::softmax; }\n"
        exercises = [*self.EXERCISES, {"id": "9.2", "function": "g", "forbidden": []}]
        for begin, used in (('static void (*resolve())() { keep(); return keep; }\nvoid chosen() __attribute__((ifunc("_ZL7resolvev")));\n', "chosen()"),
                            ('[[gnu::section(".init_array"), gnu::used]] static void (*volatile entry)() = keep;\n', "entry()"),
                            ("void* operator new(decltype(sizeof 0)) { keep(); return &kept; }\n", "::operator new(4)"),
                            ('extern "C" int atoi(const char*) noexcept { keep(); return 1; }\n', 'atoi("")'),
                            ("namespace std { int uncaught_exceptions() noexcept { keep(); return 0; } }\n", "std::uncaught_exceptions()")):
            text = self.HEAD + keep + begin + f"namespace lab {{ int g(int) {{ {used}; return 0; }} }}\n" + self.F % "kept(x)"
            with self.subTest(used):
                self.assertEqual({"9.1"}, set(symbols.forbidden_calls(self.compiled(text), exercises)))

    def test_a_helper_counts_for_the_holes_that_call_it(self):
        exercises = [*self.EXERCISES, {"id": "9.2", "function": "g", "forbidden": []}]
        helper = "%sint helper(int x) { switch (x) { case 1: return 7; case 2: return 9; case 3: return 4; case 4: return cadena::exp(3); case 5: return 1; " \
                 "default: return cadena::softmax(x); } }\n"
        for kind in ("", "static ", "[[gnu::noinline]] ", "inline "):
            text = self.HEAD + helper % kind + "namespace lab { int g(int x) { return helper(x); } }\n" + self.F
            with self.subTest(kind):
                self.assertEqual(set(), set(symbols.forbidden_calls(self.compiled(text % "x"), exercises)))
                self.assertEqual({"9.1"}, set(symbols.forbidden_calls(self.compiled(text % "helper(x)"), exercises)))
        table = '[[gnu::section("named"), gnu::used]] static int (*volatile entry)(int) = cadena::softmax;\nextern decltype(entry) __start_named[];\n'
        self.assertIn("9.1", symbols.forbidden_calls(self.compiled(self.HEAD + table + self.F % "__start_named[0](x)"), exercises))

    def test_the_table_of_ops_has_every_function(self):
        lab = self.lab()
        for name in ("cadena::ops()", "cadena::find_op(std::basic_string_view<char>)", "cadena::OpEntry const& cadena::entry_of<cadena::Softmax>()", "dlvsym"):
            self.assertTrue(manifest.forbidden_word(name, lab.exercises[0]["forbidden"]), name)

    def test_a_weak_double_of_the_librarys_function(self):
        double = "namespace cadena { [[gnu::weak]] int softmax(int) { return 0; } }\n"
        self.assertEqual({}, self.reasons(double + self.F % "cadena::softmax(x)"))
        self.assertIn("9.1", self.reasons(double + self.F % "cadena::softmax(x)", {"_ZN6cadena7softmaxEi"}))

    def test_names_that_shift_the_lines_of_names(self):
        shift = 'asm(".section .x,\\"a\\"\\n.weak \\"A\\nB\\"\\n.quad \\"A\\nB\\"\\n.text");\n'
        with self.assertRaisesRegex(HandInError, "names that no compiler makes"):
            self.reasons(shift + self.F % "cadena::softmax(x)")

    def test_names_of_a_library_are_read_from_its_index(self):
        self.compiled(self.HEAD + self.F % "1")
        subprocess.run(["ar", "rcs", "lib.a", "a.o"], cwd=self.folder, check=True)
        self.assertEqual(elf.archive_symbols(self.folder / "lib.a"), {"_ZN3lab1fEi"})
        self.assertEqual(elf.archive_symbols(self.folder / "a.o"), set())

    def test_what_is_no_object_is_refused(self):
        whole = self.compiled(self.F % "1").read_bytes()
        for data in (b"", b"\x7fELF\x02\x01", whole[:100], whole[:-200]):
            (self.folder / "b.o").write_bytes(data)
            with self.assertRaises(HandInError):
                elf.Object(self.folder / "b.o")

    def test_other_libraries_headers_are_not_the_systems(self):
        chain = toolchain.Toolchain.__new__(toolchain.Toolchain)
        chain.include = [str(ROOT)]
        for path in ("/usr/include/eigen3/Eigen/Dense", "/usr/include/boost/math.hpp", "/etc/passwd", f"{ROOT}/tensor/cpu/softmax.h",
                     f"{ROOT}/tensor/base/scalar_activation.h", f"{ROOT}/tensor/softmax.cpp", f"{ROOT}/tutorials/01_backprop/lab.h"):
            with self.assertRaises(HandInError, msg=path):
                chain.check_includes(f"lab.o: lab.cpp \\\n {path}", self.folder)
        chain.check_includes(f"lab.o: lab.cpp /usr/include/c++/12/cmath /usr/include/stdio.h /usr/include/x86_64-linux-gnu/bits/types.h "
                             f"/usr/lib/gcc/x86_64-linux-gnu/12/include/stddef.h {ROOT}/tensor/softmax.h", self.folder)


class Kernels(Folder):
    """Loads and stores that the microscope would not count."""

    def test_other_ways_to_write_attributes_and_directives(self):
        for text in ('# 1 "other.h"\nint x;', '#li\\ \nne 3 "x.h"', '<:<:gnu::no_sanitize("thread"):>:> int f();', 'auto s = R"(\n" /* )";\n#include <unistd.h>\n// */',
                     "int n = 1'0; const char* s = \"'/*\";\n#include <unistd.h>\n// */",
                     "#define always_inline noinline\n#include <cmath>", "#undef __ldg\n#include <cmath>"):
            with self.assertRaises(HandInError, msg=text):
                dialect.check_text(text)
        dialect.check_text('#include <cmath>\n#define N 4\nvoid f() { printf("%:<: a matrix R"); }\n')
        for line in ('[ [gnu::no_sanitize("thread")] ] int f();', '[[using gnu: naked]] int f();', '[[maybe_unused, gnu::naked]] int f();',
                     'auto s = R"(")"; asm("nop"); auto t = R"(")";', 'auto s = u8R"(")"; asm("nop");'):
            with self.assertRaises(HandInError, msg=line):
                dialect.check_source(line + "\n")

    def own_text(self, text):
        for name, words in (("lab.h", "#pragma once\nint given;\n"), ("lab.cu", text), ("headers.cu", dialect.includes(text))):
            (self.folder / name).write_text(words)
        made = [subprocess.run([os.environ.get("CXX") or "c++", "-std=c++20", "-E", "-x", "c++", name], cwd=self.folder, capture_output=True, text=True,
                               check=True).stdout for name in ("lab.cu", "headers.cu")]
        return dialect.own_text(*made)

    def test_code_that_a_reader_takes_for_a_comment_or_another_file(self):
        line = '#line 1 "/usr/include/other.h" 3\nasm("");\n'
        for text in (f"#if 0\n' /*\n#endif\n{line}// */\n", f"#define DROP(x)\nDROP(5'/*')\n{line}DROP(5'*/')\n",
                     f"#define DROP(x)\nDROP($5'a/*')\n{line}DROP($5'*/')\n", f"#if __has_include(<a/*b>)\n#endif\n{line}// */\n",
                     f'# 1 "/usr/include/other.h" 1 3 4\n{line}# 2 "lab.cu" 2\n'):
            own = self.own_text('#include "lab.h"\n' + text)
            self.assertNotIn("given", own)
            with self.assertRaisesRegex(HandInError, "may not use assembler", msg=text):
                dialect.check_source(own)
        (self.folder / "other.h").write_text('asm("");\n')
        for text in ('#include "lab.h"\nint x;\n#\0include "other.h"\n', '#\0include "other.h"\n#include "lab.h"\n', 'int x;\n#include "lab.h"\n'):
            with self.assertRaises(HandInError, msg=text):
                dialect.check_source(self.own_text(text))

    def test_texts_are_found_among_letters_in_quotes(self):
        for line in ("char c = '\"'; void f(int* p) { printf(\"%d%n\", c, p); } char d = '\"';", "#pragma unroll ' /*\nauto s = R\"(\")\"; // */"):
            with self.assertRaisesRegex(HandInError, "may not use (the text|raw strings)"):
                dialect.check_source(line + "\n")
        dialect.check_source("char c = '\"'; char n = 'n'; void f() { printf(\"%d %% \" \"R\", c); }\n")

    def test_calls_of_computed_addresses(self):
        bad = ["float a(long p) { return reinterpret_cast<float (*)()>(p)() + 1; }", "float b(long p) { return reinterpret_cast<float (*)()>(p)(); }",
               "struct S { float f(); };\nfloat c(float (S::*f)(), S s) { return (s.*f)() + 1; }",
               "namespace lab { auto xcudaLaunchKernelExI(float (*f)()) { return [=](float x) __attribute__((noinline)) { return f() + x; }; }\n"
               "float i(float (*f)()) { auto g = xcudaLaunchKernelExI(f); return g(1); } }"]
        good = ["float d(float); float e(float x) { return d(x) + 1; }", "template <class F> float g(F f) { return f(1) + f(2); }\nfloat h() { return g([](float x) { return x; }); }",
                "struct Config; template <class F> auto cudaLaunchKernelEx(const Config*, F f) { return [=](int n) { return f(n); }; }\n"
                "template auto cudaLaunchKernelEx(const Config*, int (*)(int));"]
        self.compiled("\n".join(bad + good), "-O2")
        listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", "a.o"], cwd=self.folder, capture_output=True, text=True, check=True).stdout
        found = " ".join(sorted(dialect.calls_by_address(listing)))  # in which order functions lie is the compiler's own affair
        self.assertRegex(found, r"^_Z1al _Z1bl _Z1cM1SFfvES_ _ZZN3lab20xcudaLaunchKernelExI[\w.$]*$")

    def test_functions_of_c_that_compilers_replace_by_instructions(self):
        def dump(line):
            return f";; Function f (f, funcdef_no=0, decl_uid=2, cgraph_uid=1, symbol_order=0)\n  <bb 2> :\n  {line}\n"
        for line in ("__builtin_memcpyD.11 (to_2(D), from_3(D), 64);", "_4 = memcmpD.11 (a_2(D), b_3(D), 4);", "strncpyD.9 (a_1(D), \"= memcpyD.1 (\", 40);",
                     "_1 = frexpfD.3 (_2, _3);", "__builtin___memcpy_chkD.11 (to_2(D), from_3(D), 64);"):
            with self.assertRaisesRegex(HandInError, "may not use (memcpy|memcmp|strncpy|frexpf)", msg=line):
                uncounted.check(dump(line))
        for line in ("_1 = __builtin_strcmpD.7 (_2, _3);", "_1 = lab::memcpyD.3 (_2);", "printfD.1 (\"= memcpyD.2 (\");"):
            uncounted.check(dump(line))

    def test_structures_by_value(self):
        head = ("struct Big { float v[16]; }; struct Two { int n; Big b; }; Big make(float); float first(Big, int); int printf(const char*, ...);\n"
                "thread_local Big tile, tiles_1[4]; struct Error { const char* text; ~Error(); };\n")
        bad = ["float f(const Big* p) { return first(*p, 1); }", "float f(const Big* p, int i) { return first(p[i], 1); }",
               "float f(const Two* p) { return first(p->b, 1); }", "void f(Big* p) { *p = make(1); }", "float f() { return first(tile, 1); }",
               "float f(int i) { return first(tiles_1[i], 1); }", "void f() { tile = make(1); }"]
        good = ["float f(const Big* p) { Big b = *p; return first(b, 1); }", "void f(Big* p) { const Big b = make(1); *p = b; }",
                "float f(Big b) { return first(b, 2) + first(make(2), 3); }", "Big f(float x) { return make(x); }",
                'void f(float x, int i_3) { printf("a (%g, %d);", double(x), i_3); }', 'void f() { throw Error{"text"}; }']
        compilers = [name for name in ("g++-11", "g++", "g++-13", "g++-14") if shutil.which(name)]  # kernel labs are compiled by g++
        for compiler in compilers:
            with unittest.mock.patch.dict(os.environ, {"CXX": compiler}):
                self.compiled(head + "\n".join(f"namespace n{i} {{ {body} }}" for i, body in enumerate(bad + good)), "-O2", "-fsanitize=thread",
                              "-fno-tree-sra", "-fno-ipa-sra", "-fdump-tree-tsan-uid=dump")
            functions = re.split(r"^;; Function ", (self.folder / "dump").read_text(), flags=re.MULTILINE)
            found = {int(text[1:text.index(":")]): len(list(uncounted.uncounted(";; Function " + text))) for text in functions if re.match(r"n\d+:", text)}
            self.assertEqual(found, {i: int(i < len(bad)) for i in range(len(bad + good))}, compiler)


class Sandboxes(Folder):
    def test_no_sockets_and_no_looking_into_others(self):
        if not seccomp.available():
            self.skipTest("no seccomp in this kernel")
        code = ("import ctypes, os, socket\nlibc = ctypes.CDLL(None, use_errno=True)\nfor kind in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):\n"
                "    for how in (socket.SOCK_STREAM, socket.SOCK_DGRAM):\n        try:\n            socket.socket(kind, how)\n            print('socket')\n"
                "        except PermissionError:\n            pass\nif libc.ptrace(16, os.getppid(), 0, 0) == 0: print('ptrace')\n"
                "if libc.shmget(0, 4096, 0o1666) >= 0: print('shmget')\nif libc.unshare(0x10000000) == 0: print('unshare')\nprint('end')")
        with open(self.folder / "said", "w+") as said:
            box = self.folder / "box"
            box.mkdir()
            process = sandbox.start([sys.executable, "-c", code], folder=str(box), limits={"seconds": 5, "memory_mb": 1024, "processes": 16},
                                    user=None, executable=["/"], output=said)
            sandbox.finish(process)
            said.seek(0)
            self.assertEqual(said.read(), "end\n")

    def test_folders_are_gone_however_deep_or_closed(self):
        here = os.getcwd()
        with sandbox.scratch() as path:
            os.chdir(path)
            os.mkdir("closed")
            os.mkdir("closed/inside")
            os.chmod("closed", 0)
            for _ in range(3 * sys.getrecursionlimit()):
                os.mkdir("d")
                os.chdir("d")
            os.chdir(here)
        self.assertFalse(os.path.lexists(path))

    def test_root_of_a_container_without_other_users(self):
        code = f"import sys; sys.path.insert(0, {str(ROOT / 'tools' / 'lab')!r}); import sandbox; print(sandbox.user_to_run_as(), sandbox.describe())"
        done = subprocess.run(["unshare", "-r", sys.executable, "-c", code], capture_output=True, text=True)
        if done.returncode != 0 and "unshare" in done.stderr:
            self.skipTest("no user namespaces here")
        self.assertRegex(done.stdout, r"^None the same user", done.stderr)

    def test_orphans_are_found_without_the_kernels_lists_of_children(self):
        code = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(60)\n    os._exit(0)"
        script = (f"import sys, os, subprocess, time; sys.path.insert(0, {str(ROOT / 'tools' / 'lab')!r}); import sandbox\n"
                  f"sandbox.guard_this_process()\nsubprocess.run([sys.executable, '-c', {code!r}])\ntime.sleep(0.1)\n"
                  "before = sandbox.children_of_all().get(os.getpid(), [])\nsandbox.end_all()\nprint(len(before), sandbox.children_of_all().get(os.getpid(), []))")
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        self.assertRegex(done.stdout, r"^[12] \[\]\n$", done.stderr)


class SlowProgram:
    """Stands for a hand-in that waits for ever in each test."""
    chain = type("Chain", (), {"version": "0"})

    def build(self, text, limits):
        return None, {}

    def run_test(self, executable, test, environment):
        time.sleep(min(0.7, sandbox.wall_seconds(test["limits"])))
        return {"passed": False, "kind": "time", "what": "stopped", "expected": "", "got": "", "printed": "", "seconds": 1}


class Grading(Folder):
    def test_a_hand_in_cannot_bring_its_own_tests(self):
        (self.folder / "own").mkdir()
        self.lab()
        shutil.move(self.folder / "lab.json", self.folder / "own" / "lab.json")
        (self.folder / "lab").mkdir()
        for words in (json.dumps({"lab": str(self.folder / "own")}), json.dumps({"lab": "../" * 20 + f"{self.folder}/own"}), "[]", "3", '"lab"', '{"lab": []}',
                      '{"lab": "01_backprop", "chosen": "norm"}', '{"lab": "01_backprop", "chosen": [3]}', "[" * 100000):
            (self.folder / "lab" / "lab.json").write_text(words)
            with self.assertRaises(LabError, msg=words):
                folders.lab_to_grade(None, self.folder)
            with self.assertRaises(LabError, msg=words):
                manifest.Lab(self.folder / "lab")

    def test_a_hand_in_may_be_deeper_than_python_recurses(self):
        here = os.getcwd()
        with sandbox.scratch() as path:
            os.chdir(path)
            for depth in range(3 * sys.getrecursionlimit()):
                os.mkdir("d")
                os.chdir("d")
                if depth == 1200:
                    pathlib.Path("lab.cpp").write_text("deep")
            os.chdir(here)
            self.assertEqual(grade.find_hand_in(path), "deep")
            with self.assertRaisesRegex(HandInError, "there is no lab.cu"):
                grade.find_hand_in(path, "lab.cu")

    def test_all_tests_together_have_a_limit(self):
        lab = self.lab(limits={"total_seconds": 1.5})
        (self.folder / "lab.cpp").write_text("")
        begin = time.monotonic()
        result = grade.grade(SlowProgram, lab, self.folder)
        self.assertLess(time.monotonic() - begin, 1.4)
        self.assertEqual([row["what"][:7] for row in result["tests"]], ["stopped", "not run"])

    def test_a_kind_of_the_hand_ins_own_is_none(self):
        verdict = json.dumps({"passed": False, "kind": "\ufffe<passed>", "what": "", "expected": "", "got": ""}).encode()
        result = grade.Program.read_verdict(verdict, sandbox.End(0, False, 0.1), False, manifest.LIMITS)
        self.assertEqual(result["kind"], "exception")

    def test_tests_that_crash_on_an_answer_do_not_say_that_there_was_none(self):
        result = grade.Program.read_verdict(b"terminate called", sandbox.End(0, False, 0.1), False, manifest.LIMITS)
        self.assertEqual((result["passed"], result["kind"], result["what"]), (False, "test", "the tests themselves crashed on what came: terminate called"))

    def test_two_hand_ins_in_one_folder(self):
        for name in ("b", "a", "c/deeper"):
            (self.folder / name).mkdir(parents=True)
            (self.folder / name / "lab.cpp").write_text(name)
        with self.assertRaisesRegex(HandInError, "2 files lab.cpp.*a/lab.cpp, b/lab.cpp"):
            grade.find_hand_in(self.folder)
        shutil.rmtree(self.folder / "b")
        self.assertEqual(grade.find_hand_in(self.folder), "a")
        os.mkfifo(self.folder / "lab.cpp")
        with self.assertRaisesRegex(HandInError, "no plain file"):
            grade.find_hand_in(self.folder)


class Reports(Folder):
    EVIL = "\033[2J\033[1;1H70 of 70 points\r\x08\x9b\u202eabc\ufffe"

    def result(self):
        lab = self.lab()
        result = grade.empty_result(lab)
        result["tests"][0] |= {"kind": "wrong", "what": self.EVIL, "expected": "1", "got": self.EVIL, "printed": self.EVIL}
        result["reason"] = self.EVIL
        return result, lab

    def test_nothing_in_a_report_moves_the_cursor(self):
        result, lab = self.result()
        for words in (report.text(result, lab), json.loads(report.gradescope(result, lab))["output"],
                      json.loads(report.gradescope(result, lab))["tests"][0]["output"]):
            self.assertIn("70 of 70", words)
            for letter in "\033\r\x08\x9b\u202e\ufffe":
                self.assertNotIn(letter, words)
        xml.fromstring(report.junit(result, lab).encode())

    def test_gradescopes_schema(self):
        result, lab = self.result()
        data = json.loads(report.gradescope(result, lab))
        self.assertLessEqual(set(data), {"score", "execution_time", "output", "output_format", "test_output_format", "test_name_format", "visibility",
                                         "stdout_visibility", "extra_data", "tests", "leaderboard"})
        formats, shown = {"text", "html", "simple_format", "md", "ansi"}, {"visible", "hidden", "after_due_date", "after_published"}
        self.assertTrue(data["output_format"] in formats and data["test_output_format"] in formats and data["stdout_visibility"] in shown)
        for test in data["tests"]:
            self.assertLessEqual(set(test), {"score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags",
                                             "visibility", "extra_data"})
            self.assertTrue(test["status"] in ("passed", "failed") and test["visibility"] in shown and test["output_format"] in formats)
            self.assertTrue(isinstance(test["score"], (int, float)) and isinstance(test["number"], str) and isinstance(test["tags"], list))

    def test_classroom_50s_rules(self):
        result, lab = self.result()
        given = {"CLASSROOM": "c", "ASSIGNMENT": "a", "SUBMISSION_TAG": "submit/1", "COMMIT_URL": "u", "RELEASE_URL": "r", "REVIEW_URL": "",
                 "OWNER": "ada", "ASSIGNMENT_TYPE": "group"}
        with unittest.mock.patch.dict(os.environ, given):
            data = json.loads(report.classroom50(result, lab))
        self.assertEqual((data["schema"], data["owner"], data["assignment_type"], data["review"]), ("classroom50/result/v1", "ada", "group", "u"))
        for key in ("classroom", "assignment", "submission", "commit", "release", "review", "datetime"):
            self.assertTrue(isinstance(data[key], str) and data[key], key)
        for row in [data, *data["tests"]]:
            self.assertTrue(type(row["score"]) is int and type(row["max-score"]) is int and 0 <= row["score"] <= row["max-score"])
        self.assertTrue(all(type(row["passed"]) is bool and row["test-name"] for row in data["tests"]))


GRADER = """import json, pathlib, sys
folder, out = pathlib.Path(sys.argv[2]), sys.argv[-1]
if folder.name == "broken": sys.exit("no compiler")
open(out, "w").write(json.dumps({"score": 3, "output": "\\033[2J" if folder.name == "evil" else ""}))
"""


class Regrading(Folder):
    def test_one_that_cannot_be_graded_does_not_stop_the_others(self):
        (self.folder / "auto" / "grader").mkdir(parents=True)
        (self.folder / "auto" / "grader" / "lab.py").write_text(GRADER)
        autograder = release.pack(self.folder / "auto")
        (self.folder / "all").mkdir()
        (self.folder / "all" / "autograder.zip").write_bytes(autograder)
        (self.folder / "all" / "release.json").write_text(json.dumps({"points": 5, "autograder_sha256": hashlib.sha256(autograder).hexdigest()}))
        (self.folder / "release.zip").write_bytes(release.pack(self.folder / "all"))
        for name in (b"ada", b"broken", b"evil", b"\xff\xe9tudiant", "zo\u00eb".encode()):
            os.makedirs(os.path.join(os.fsencode(self.folder), b"in", name))
        said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with contextlib.redirect_stdout(said), self.assertRaisesRegex(LabError, "1 of 5 hand-ins could not be graded"):
            release.regrade(self.folder / "release.zip", self.folder / "in", self.folder / "out", "gradescope")
        rows = (self.folder / "out" / "scores.csv").read_text(encoding="utf-8").split("\n")
        self.assertEqual(rows[1:-1], ["ada,3,5,", "broken,0,5,the grader itself failed: no compiler", "evil,3,5,?[2J", "zo\u00eb,3,5,", "??tudiant,3,5,"])
        said.flush()
        self.assertNotIn(b"\033", said.buffer.getvalue())


if __name__ == "__main__":
    unittest.main()
