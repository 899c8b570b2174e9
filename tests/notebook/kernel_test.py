#!/usr/bin/env python3
"""Cells of C++ as a reader may write them, good and bad: what stays, what is new, what a failure leaves behind. Runs in the
environment of the notebooks: build/notebook-env/bin/python tests/notebook/kernel_test.py"""
import asyncio
import pathlib
import signal
import sys
import tempfile
import types
import unittest
import unittest.mock

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools" / "notebook"))
import reader  # noqa: E402
from kernel import CadenaKernel  # noqa: E402
from session import Failure, Level, Session  # noqa: E402
from toolchain import NotebookError, Toolchain  # noqa: E402


class Cells(unittest.TestCase):
    def setUp(self):
        self.printed = []
        self.session = Session(Toolchain(), lambda stream, text: self.printed.append(text))
        self.count = 0

    def tearDown(self):
        self.session.close()

    def run_cell(self, code):
        """What the cell prints."""
        self.printed.clear()
        self.count += 1
        self.session.execute(code, f"cell {self.count}")
        return "".join(self.printed)

    def fails(self, code):
        """The Failure of a cell."""
        with self.assertRaises(Failure) as caught:
            self.run_cell(code)
        return caught.exception

    def test_state_stays(self):
        self.run_cell("int n = 3; const auto add = [&](int x) { return x + n; }; auto [a, b] = std::pair{1.5, n};")
        self.run_cell("n = 10; std::vector<int> v(2, n);")
        self.assertEqual(self.run_cell('fmt::print("{} {} {} {}\\n", add(1), v[1], a, b);'), "11 10 1.5 3\n")

    def test_order_of_the_source(self):
        self.assertEqual(self.run_cell("int n = 1;\nn += 5;\nint m = n;\nfor (int i = 0; i < 2; ++i) m *= 10;\nint k = m;\nk"), "600\n")

    def test_a_redefinition_takes_effect(self):
        self.run_cell("double f(double x) { return 2 * x; }\nstruct P { int x = 1; };\nP old;")
        self.run_cell("double f(double x) { return 100 * x; }\nstruct P { std::string x = \"new\"; };")
        self.assertEqual(self.run_cell('fmt::print("{} {} {}\\n", f(1), P{}.x, old.x);'), "100 new 1\n")

    def test_variables_may_be_defined_again(self):
        self.run_cell("int x = 5, y = 6; const double pi = 3.0; struct P { int a = 1; }; P make() { return {}; } P p = make();")
        self.run_cell("std::string x{\"abc\"}; const double pi = 3.25; auto area = 2 * pi;\n"
                      "struct P { double a = 1.5; }; P make() { return {}; } P p = make();")
        self.run_cell("auto [y, z] = std::pair(x + \"d\", 8);")
        self.assertEqual(self.run_cell('fmt::print("{} {} {} {} {}\\n", x, y, z, area, p.a);'), "abc abcd 8 6.5 1.5\n")

    def test_a_variable_of_a_thread(self):
        self.run_cell("static thread_local int n = 3; ++n;")
        self.assertEqual(self.run_cell("n += 1; n"), "5\n")

    def test_static_and_unnamed_exist_once(self):
        self.run_cell("static int s = 1; namespace { int h = 1; } int calls() { static int n = 0; return ++n; }")
        self.run_cell("++s; ++h; calls();")
        self.assertEqual(self.run_cell('fmt::print("{} {} {}\\n", s, h, calls());'), "2 2 2\n")

    def test_overloads_and_namespaces_of_several_cells(self):
        self.run_cell("int f(int) { return 1; } namespace geo { int a() { return 1; } }")
        self.run_cell("int f(std::string) { return 2; } namespace geo { int b() { return 2; } }")
        self.assertEqual(self.run_cell('fmt::print("{}{}{}{}\\n", f(1), f("x"), geo::a(), geo::b());'), "1212\n")

    def test_overloads_are_seen_from_far(self):
        self.run_cell("int f(int) { return 1; } namespace geo { int a() { return 1; } struct P { int x = 5; }; }")
        self.run_cell("int f(std::string) { return 2; } namespace geo { int b() { return 2; } }")
        self.run_cell("int f(double) { return 3; } namespace geo { int c() { return a() + b(); } }")
        self.run_cell("int other = 0; geo::P p;")
        self.assertEqual(self.run_cell('fmt::print("{}{}{}{}{}{}\\n", f(1), f("x"), f(1.5), geo::a(), geo::c(), p.x);'), "123135\n")

    def test_one_overload_of_several_is_replaced(self):
        self.run_cell("int f(int) { return 1; } int f(std::string) { return 2; }")
        self.run_cell("int f(double) { return 3; }")
        self.run_cell("int f(int) { return 10; } namespace geo { int a() { return 1; } }")
        self.run_cell("int f(int) { return 20; } namespace geo { int a() { return 2; } }")
        self.assertEqual(self.run_cell('fmt::print("{} {} {} {}\\n", f(1), f("x"), f(1.5), geo::a());'), "20 2 3 2\n")

    def test_copies_of_captures(self):
        self.run_cell("int n = 1; auto by_value = [=] { return n; }; auto named = [n] { return n; }; n = 2;")
        self.assertEqual(self.run_cell('fmt::print("{}{}\\n", by_value(), named());'), "11\n")

    def test_directives(self):
        self.run_cell("#include <map>\n#define TWICE(x) \\\n  (2 * (x))\nstd::map<int, int> m{{1, TWICE(4)}};")
        self.assertEqual(self.run_cell("#if 0\nnot code\n#endif\n#ifdef TWICE\nm[1] += 1;\n#endif\nm[1]"), "9\n")

    def test_templates_and_constants(self):
        self.run_cell("template <class T> T twice(T t) { return t + t; }\nconst int size = 3; constexpr int k = 4; int a[size] = {1, 2};")
        self.assertEqual(self.run_cell("std::array<int, size * k> all{}; twice(all.size()) + a[1]"), "26\n")

    def test_a_compile_error_poisons_nothing(self):
        self.run_cell("int n = 3;")
        failure = self.fails("n = 4;\nint n = undefined_name;")
        self.assertEqual(failure.name, "CompileError")
        self.assertIn("cell 2:2:9: error: ‘undefined_name’ was not declared", failure.text)
        self.assertEqual(self.run_cell("n"), "3\n")

    def test_faults_are_told_where_they_are(self):
        self.run_cell("int n = 1;")
        text = self.fails("\n#include \"nowhere.h\"").text
        self.assertTrue(text.startswith("cell 2:2:10: fatal error: nowhere.h"), text)
        text = self.fails("auto z = nothing(3), y = 4;").text
        self.assertTrue(text.startswith("cell 3:1:10: error: ‘nothing’ was not declared"), text)
        for ours in ("lambda", "end of the cell", "earlier cells", "notebook_cells"):
            self.assertNotIn(ours, text)

    def test_brackets(self):
        self.assertIn("cell 1:2:6: error: '(' is never closed", self.fails("int n = 3;\nn = f(3;").text)
        self.assertIn("'}' without a '{'", self.fails("}").text)

    def test_a_declaration_without_its_end_is_told_as_the_reader_wrote_it(self):
        self.assertTrue(self.fails("int n = 3").text.startswith("cell 1:1:9: error: expected ';' at the end of the declaration"))
        self.assertIn("cell 2:1:21: error: expected ';'", self.fails("std::vector<int> v{1}").text)
        self.assertIn("cell 3:1:25: error: expected ';'", self.fails("auto f = [] { return 1; }\nf()").text)
        self.assertEqual(self.run_cell("int n = 3;;"), "")
        self.assertEqual(self.run_cell("n"), "3\n")

    def test_magic_commands_are_told_to_be_pythons(self):
        for code in ("%timeit n", "?n", "\n  %%time\n1 + 1"):
            self.assertIn("cells hold C++", self.fails(code).text)

    def test_labels(self):
        self.assertIn("cell 1:2:1: error: label 'out' outside of a function", self.fails("int n = 1;\nout: ++n;").text)
        self.assertEqual(self.run_cell("int f() { int n = 0; out: if (++n < 3) goto out; return n; }\nf()"), "3\n")

    def test_the_end_of_what_fits_is_told(self):
        self.session.levels, self.session.number = [Level(i + 1, [], []) for i in range(249)], 249
        self.assertEqual(self.run_cell("int n = 1; n"), "1\n")
        self.assertIn("restart the kernel", self.fails("n").text)

    def test_changed_headers_are_told(self):
        with unittest.mock.patch.object(self.session.toolchain, "newer", lambda: True):
            self.assertIn("headers have changed", self.fails("1").text)
        self.assertEqual(self.run_cell("1"), "1\n")

    def test_libclang_may_crash_or_not_end(self):
        self.assertIn("libclang, which takes cells apart, crashed", self.fails("{ out: goto out; }").text)
        self.assertEqual(self.run_cell("1 + 1"), "2\n")
        self.session.reader.process.send_signal(signal.SIGSTOP)
        with unittest.mock.patch.object(reader, "PATIENCE", 0.2):
            self.assertIn("did not come to an end", self.fails("1 + 2").text)
        self.assertEqual(self.run_cell("1 + 3"), "4\n")

    def test_an_exception_keeps_what_came_before(self):
        failure = self.fails('int early = 5;\nthrow std::runtime_error("no luck");\nint late = 6;')
        self.assertEqual((failure.name, failure.text), ("std::runtime_error", "no luck"))
        self.assertEqual(self.run_cell("early"), "5\n")
        self.assertIn("‘late’ was not declared", self.fails("late").text)
        self.assertIn("inner dimensions differ", self.fails("matmul(ones({2, 3}), ones({2, 3}))").text)
        for code in ('throw std::string("no luck");', 'throw "no luck";'):
            self.assertEqual(self.fails(code).text, "no luck")

    def test_a_crash_is_told_and_survived(self):
        self.run_cell("int n = 3;")
        failure = self.fails('fmt::print("so far\\n"); int* nowhere = nullptr; *nowhere = n;')
        self.assertEqual(failure.name, "Crash")
        self.assertIn("SIGSEGV", failure.text)
        self.assertEqual("".join(self.printed), "so far\n")
        self.assertIn("exit status 3", self.fails("std::exit(3);").text)
        self.assertEqual(self.run_cell("int n = 4; n"), "4\n")

    def test_a_cell_may_spoil_its_streams(self):
        self.run_cell("std::cerr << static_cast<const char*>(nullptr); std::cout << static_cast<const char*>(nullptr);")
        self.assertEqual(self.run_cell('std::cout << "out\\n" << std::flush; std::cerr << "err\\n";'), "out\nerr\n")
        self.run_cell("std::fclose(stdout); std::fclose(stderr);")
        self.run_cell("int n = 2;")  # and comes to an end, though what it prints is lost

    def interrupted(self, code):
        """The Failure of a cell that is interrupted as soon as it has printed."""
        with unittest.mock.patch.object(self.session, "emit", lambda stream, text: signal.raise_signal(signal.SIGINT)):
            return self.fails(code)

    def test_an_interrupt_stops_a_loop_and_keeps_the_state(self):
        self.run_cell("unsigned long n = 0;")
        self.assertEqual(self.interrupted('while (true) { if (++n == 1000) fmt::print("running\\n"); }').name, "Interrupted")
        self.assertEqual(self.run_cell("n >= 1000"), "true\n")

    def test_an_interrupt_ends_what_does_not_ask(self):
        failure = self.interrupted('fmt::print("running\\n");\nvoid forever() { again: goto again; }\nforever();')
        self.assertIn("did not stop within", failure.text)
        self.assertEqual(self.run_cell("1 + 1"), "2\n")

    def test_values_are_shown(self):
        self.assertEqual(self.run_cell("std::vector<double>{1, 2.5}"), "{1, 2.5}\n")
        self.assertIn("tensor([[1", self.run_cell("ones({1, 1})"))
        self.assertEqual(self.run_cell("struct Opaque {};\nOpaque{}"), "a value of type Opaque\n")
        self.assertEqual(self.run_cell('std::map<std::string, int>{{"a", 1}}'), "{(a, 1)}\n")
        self.assertEqual(self.run_cell("int sum = 1;\nfor (int v : {2, 3}) sum += v;\nsum"), "6\n")  # a name of Cadena's too
        self.assertEqual(self.run_cell("for (int v : {2, 3}) sum += v;"), "")
        self.assertEqual(self.run_cell("// nothing but a comment"), "")


class Output(unittest.TestCase):
    def test_an_endless_loop_does_not_choke_the_browser(self):
        said = []
        kernel = types.SimpleNamespace(printed=0, iopub_socket=None, send_response=lambda socket, kind, content: said.append(content["text"]))
        for _ in range(3):
            CadenaKernel.say(kernel, "stdout", "x" * 600_000)
        self.assertEqual("".join(said), "x" * 1_000_000 + "\n... and more, which is not shown\n")

    def test_a_fault_of_the_kernel_is_told(self):
        execute = unittest.mock.Mock(side_effect=PermissionError(13, "Permission denied", "bin/cadena_notebook"))
        kernel = types.SimpleNamespace(cells=types.SimpleNamespace(execute=execute), execution_count=1, show_new=lambda before: None,
                                       failed=lambda name, text: (name, text))
        name, text = asyncio.run(CadenaKernel.do_execute(kernel, "1", silent=False))
        self.assertEqual(name, "KernelError")
        self.assertIn("bin/cadena_notebook", text)

    def test_what_is_no_picture_is_not_shown_and_stops_nothing(self):
        shown = []
        kernel = types.SimpleNamespace(iopub_socket=None, send_response=lambda socket, kind, content: shown.append(content["data"]))
        with tempfile.TemporaryDirectory() as name, unittest.mock.patch.object(pathlib.Path, "cwd", lambda: pathlib.Path(name)):
            (pathlib.Path(name) / "folder.svg").mkdir()
            (pathlib.Path(name) / "broken.svg").symlink_to("nowhere")
            (pathlib.Path(name) / "torn.svg").write_bytes(b"<svg>\xff</svg>")
            CadenaKernel.show_new(kernel, {})
        self.assertEqual(shown, [{"image/svg+xml": "<svg>\ufffd</svg>", "text/plain": "torn.svg"}])


class Setup(unittest.TestCase):
    def test_a_missing_build_is_named(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaisesRegex(NotebookError, "run ./cadena notebook"):
            Toolchain(folder)


if __name__ == "__main__":
    unittest.main()
