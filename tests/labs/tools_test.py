#!/usr/bin/env python3
"""tools/lab on its own: sources, manifests, symbols, reports, and the words for what goes wrong. No library is needed."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "lab"))
import dialect  # noqa: E402
import folders  # noqa: E402
import grade  # noqa: E402
import manifest  # noqa: E402
import portability  # noqa: E402
import release  # noqa: E402
import report  # noqa: E402
import source  # noqa: E402
import symbols  # noqa: E402
import toolchain  # noqa: E402
from errors import HandInError, LabError  # noqa: E402

TEXT = """// Lab 9.1
//
// HINT 9.1: first
//   and more of it
// HINT 9.1: second
int f(int x) {
  // BEGIN SOLUTION 9.1
#if LAB_sign_plus
  return x + 1;
#elif LAB_sign_minus
  return x - 1;
#endif
  // END SOLUTION
}
#ifdef NDEBUG
#endif
"""
LAB = {"lab": "99_test", "title": "Lab 9", "variants": {"sign": ["plus", "minus"]}, "forbidden": ["*softmax*", "gelu:sign=minus"],
       "exercises": [{"id": "9.1", "function": "f", "title": "F", "tests": [{"id": "F.One", "points": 2}, {"id": "F.Two", "points": 3}]}]}


KERNEL = """__global__ void k(float* y) {
  // BEGIN KERNEL 9.1
  y[0] = 1;
  // END KERNEL
}
void f(float* y) {
  // BEGIN SOLUTION 9.1
  launch(k, {}, y);
  // END SOLUTION
}
"""


class Kernels(unittest.TestCase):
    def check(self, line, own=True):
        head = "" if own else line + "\n"
        dialect.check_source(dialect.own_text(f'# 1 "lab.h"\n{head}# 1 "lab.cu"\n{line}\n' if own else head, head))

    def test_a_kernel_is_emptied_beside_its_launch(self):
        text = source.starter(KERNEL)
        self.assertIn("  // Lab 9.1: the kernel.\n}", text)
        self.assertIn('throw cadena::NotImplemented("Lab 9.1");', text)
        self.assertNotIn("y[0] = 1", text)
        self.assertEqual(source.hole_ids(KERNEL), ["9.1"])
        self.assertIn("y[0] = 1", source.solution(KERNEL))

    def test_a_hole_ends_as_it_began(self):
        with self.assertRaisesRegex(LabError, "the hole of a KERNEL ends as one of a SOLUTION"):
            source.starter(KERNEL.replace("END KERNEL", "END SOLUTION"))

    def test_what_kernels_are_written_with_is_allowed(self):
        for line in ("template <int T> void k(float* __restrict__ y) { thread_local float tile[T][T + 1]; __syncthreads(); }",
                     "inline __attribute__((always_inline)) float f(float v) { return std::max(v, __expf(v)); }",
                     "struct alignas(16) Pair { float a, b; }; [[maybe_unused]] static const float none = (__builtin_inff());",
                     "#pragma unroll 4", 'printf("%d of %5.2f%%\\n", 1, 2.0);', "using namespace cadena::cuda; namespace lab { namespace { int n; } }"):
            self.check(line)

    def test_ways_around_the_counters_are_refused(self):
        for line in ('asm("nop");', "__asm__ volatile (\"\");", "__attribute__((no_sanitize_thread)) int f();", "[[gnu::naked]] int f();",
                     "__attribute__((always_inline, no_sanitize(1))) int f();", "std::copy(a, b, c);", "using namespace std;", "__builtin_memcpy(a, b, 9);",
                     "_mm_stream_ps(p, v);", "cudaMemcpy(a, b, 1);", "extern int f();", "#pragma GCC optimize(0)", "namespace cadena { }",
                     'printf("%" "n", p);', 'printf("%\\x6e", p);', "auto p = printf;", "cadena::cuda::emulated::f();", "memset(p, 0, 64);", "new int;"):
            with self.assertRaises(HandInError, msg=line):
                self.check(line)
            self.check(line, own=False)  # in a header of the library

    def test_headers_are_those_that_a_kernel_needs(self):
        dialect.check_text('#include <cmath>\n#include "cuda/runtime/launch.h" // why\n')
        for line in ("#include <unistd.h>", "#  include  HEADER", '#inc\\\nlude "x.h"', "#line 3", "#pragma GCC poison x", "%:include <unistd.h>"):
            with self.assertRaises(HandInError, msg=line):
                dialect.check_text(line + "\n")


class Sources(unittest.TestCase):
    def test_variants_are_resolved_and_other_conditionals_stay(self):
        text = source.resolve(TEXT, {"sign": "minus"})
        self.assertIn("x - 1", text)
        self.assertNotIn("x + 1", text)
        self.assertNotIn("LAB_", text)
        self.assertIn("#ifdef NDEBUG\n#endif", text)

    def test_an_unknown_variant_is_named(self):
        with self.assertRaisesRegex(LabError, "lab.json lists no variant 'sign'"):
            source.resolve(TEXT, {})

    def test_the_starter_throws_and_shows_no_hint(self):
        text = source.starter(source.resolve(TEXT, {"sign": "plus"}))
        self.assertIn('  throw cadena::NotImplemented("Lab 9.1");', text)
        for word in ("SOLUTION", "HINT", "return", "more of it"):
            self.assertNotIn(word, text)
        self.assertEqual(source.without_hints(TEXT)[1], {"9.1": ["first and more of it", "second"]})

    def test_a_note_ends_the_comment_of_its_exercise(self):
        text = "// Lab 9.1: one.\n//\n// More.\nint f();\n\n// Lab 9.2: two.\nint g();\n"
        self.assertEqual(source.with_notes(text, {"9.1": "Not softmax.", "9.2": ""}), text.replace("More.\n", "More.\n//\n// Not softmax.\n"))
        self.assertEqual(folders.not_allowed([]), "")
        self.assertIn("of the library, neither directly nor through others: *softmax*, sum_to (* stands for anything).",
                      folders.not_allowed(["*softmax*", "sum_to"]))

    def test_every_starter_says_what_is_not_allowed(self):
        for path in folders.labs():
            lab = manifest.Lab(path)
            with tempfile.TemporaryDirectory() as work:
                folders.write_starter(lab, pathlib.Path(work) / "try")
                text = (pathlib.Path(work) / "try" / lab.source).read_text()
            blocks = dict(re.findall(r"^// Lab (\d+\.\d+):(.*?)^[^/]", text, re.MULTILINE | re.DOTALL))
            for e in lab.exercises:
                words = re.sub(r"\n//", "", blocks[e["id"]])
                self.assertIn(folders.not_allowed(e["named"]), words)

    def test_open_holes_are_errors(self):
        for text in ("// BEGIN SOLUTION 1.1\n", "// END SOLUTION\n", "// BEGIN SOLUTION 1.1\n// BEGIN SOLUTION 1.2\n// END SOLUTION\n"):
            with self.assertRaises(LabError):
                source.starter(text)

    def test_hidden_tests_leave_the_source(self):
        self.assertEqual(source.without_hidden("a\n  // BEGIN HIDDEN\nb\n  // END HIDDEN\nc"), "a\nc")


class Manifests(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "lab.cpp").write_text(TEXT)

    def lab(self, **changes):
        (self.folder / "lab.json").write_text(json.dumps(LAB | changes))
        return manifest.Lab(self.folder)

    def test_points_numbers_and_words_of_a_variant(self):
        lab = self.lab()
        self.assertEqual((lab.points(), [t["number"] for t in lab.tests]), (5, ["9.1.1", "9.1.2"]))
        self.assertNotIn("gelu", lab.exercises[0]["forbidden"])
        self.assertIn("gelu", manifest.Lab(self.folder, {"sign": "minus"}).exercises[0]["forbidden"])

    def test_faults_are_named(self):
        twice = [LAB["exercises"][0] | {"tests": [{"id": "F.One", "points": 1}, {"id": "F.One", "points": 1}]}]
        for changes, words in (({"title": 3}, "'title' is missing"), ({"exercises": twice}, "test F.One stands there twice"),
                               ({"exercises": [LAB["exercises"][0] | {"id": "9.2"}]}, "has holes 9.1"),
                               ({"exercises": [LAB["exercises"][0] | {"tests": []}]}, "has no test"),
                               ({"exercises": [LAB["exercises"][0] | {"tests": [{"id": "a", "points": 0}]}]}, "positive")):
            with self.assertRaisesRegex(LabError, words):
                self.lab(**changes)
        (self.folder / "lab.json").write_text("{")
        with self.assertRaises(LabError):
            manifest.Lab(self.folder)
        with self.assertRaisesRegex(LabError, "lab.json is missing"):
            manifest.Lab(self.folder / "nowhere")

    def test_forbidden_words_match_names_of_the_library_alone(self):
        words = ["softmax", "*loss*"]
        self.assertEqual(manifest.forbidden_word("cadena::softmax(cadena::Tensor const&, int)", words), "softmax")
        self.assertEqual(manifest.forbidden_word("cadena::nn::Softmax::forward() const", words), "softmax")
        self.assertEqual(manifest.forbidden_word("cadena::nll_loss(int)", words), "*loss*")
        self.assertIsNone(manifest.forbidden_word("cadena::log_softmax(int)", words))
        self.assertIsNone(manifest.forbidden_word("my::softmax(int)", words))


class Objects(unittest.TestCase):
    """Which hole reaches what, in real object files."""

    def reasons(self, text):
        compiler = os.environ.get("CXX") or "c++"
        with tempfile.TemporaryDirectory() as work:
            (pathlib.Path(work) / "a.cpp").write_text(text)
            subprocess.run([compiler, "-std=c++20", "-O1", "-ffunction-sections", "-fdata-sections", "-c", "a.cpp", "-o", "a.o"], cwd=work, check=True)
            return symbols.forbidden_calls(pathlib.Path(work) / "a.o", [{"id": "9.1", "function": "f", "forbidden": ["softmax"]},
                                                                        {"id": "9.2", "function": "g", "forbidden": ["softmax"]}])

    HEAD = "namespace cadena { int softmax(int); int exp(int); }\n"

    def test_only_the_hole_that_calls_it(self):
        text = self.HEAD + "namespace lab { int f(int x) { return cadena::softmax(x); } int g(int x) { return cadena::exp(x); } }"
        self.assertEqual(list(self.reasons(text)), ["9.1"])

    def test_through_a_function_of_its_own(self):
        text = self.HEAD + "[[gnu::noinline]] static int helper(int x) { return cadena::softmax(x) + 1; }\n" \
            "namespace lab { int f(int x) { return x; } int g(int x) { return helper(x) * 2; } }"
        self.assertEqual(list(self.reasons(text)), ["9.2"])

    def test_through_a_pointer_that_a_static_initializer_sets(self):
        text = self.HEAD + "int (*volatile hidden)(int) = cadena::softmax;\n" \
            "namespace lab { int f(int x) { return hidden(x); } int g(int x) { return x; } }"
        self.assertIn("9.1", self.reasons(text))

    def test_through_a_virtual_function(self):
        text = self.HEAD + "struct A { virtual int go(int); }; int A::go(int x) { return cadena::softmax(x); }\n" \
            "namespace lab { int f(int x) { A a; A* volatile p = &a; return p->go(x); } int g(int x) { return x; } }"
        self.assertIn("9.1", self.reasons(text))


class Images(unittest.TestCase):
    """Whether a release that was built here runs in Gradescope's image."""
    SINCE = {"malloc": "GLIBC_2.2.5", "stat": "GLIBC_2.33", "__isoc23_strtol": "GLIBC_2.38", "_ZSt4f": "GLIBCXX_3.4.30", "__tls": "GCC_7"}

    def test_the_newest_function_decides(self):
        self.assertEqual(portability.newest({"malloc", "stat", "cadena"}, self.SINCE), {"GLIBC": (2, 33)})
        old, new = ({"malloc", "stat", "_ZSt4f", "__tls"}, set(self.SINCE))
        self.assertEqual(list(portability.warnings(portability.newest(old, self.SINCE), ["/a/lib.a", "-pthread"])), [])
        said = list(portability.warnings(portability.newest(new, self.SINCE), ["/usr/lib/libzip.so"]))
        self.assertRegex(said[0], "against /usr/lib/libzip.so, which the image must have")
        self.assertRegex(said[1], "asks for GLIBC_2.38, which Ubuntu 22.04")

    def test_objects_are_read(self):
        compiler = os.environ.get("CXX") or "c++"
        with tempfile.TemporaryDirectory() as work:
            (pathlib.Path(work) / "a.cpp").write_text('#include <cstdlib>\nextern "C" [[gnu::weak]] void absent();\nvoid* f() { absent(); return std::malloc(3); }\n')
            subprocess.run([compiler, "-c", "a.cpp", "-o", "a.o"], cwd=work, check=True)
            subprocess.run(["ar", "rcs", "lib.a", "a.o"], cwd=work, check=True)
            self.assertEqual(portability.called([f"{work}/lib.a"]) & {"malloc", "absent"}, {"malloc"})
        libc = subprocess.run([compiler, "-print-file-name=libc.so.6"], capture_output=True, text=True).stdout.strip()
        self.assertRegex(portability.versions([libc])["malloc"], r"^GLIBC_2\.")

    def test_a_function_that_has_a_new_version_is_as_old_as_its_first(self):
        libc = subprocess.run([os.environ.get("CXX") or "c++", "-print-file-name=libc.so.6"], capture_output=True, text=True).stdout.strip()
        since = portability.versions([libc])
        for name in ("memcpy", "dlopen", "dlsym", "pthread_create", "pthread_key_create", "pthread_getattr_np"):  # anew in 2.14, 2.34, 2.32
            if name in since:
                self.assertEqual(since[name], since["malloc"], name)


class Reports(unittest.TestCase):
    def setUp(self):
        folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        (folder / "lab.json").write_text(json.dumps(LAB))
        self.lab = manifest.Lab(folder)
        self.result = grade.empty_result(self.lab)
        self.result["tests"][0] |= {"passed": True, "score": 2, "kind": "passed"}
        self.result["tests"][1] |= {"kind": "wrong", "what": "y \x01<&", "expected": "1", "got": "2"}
        self.result["score"] = 2

    def test_gradescope(self):
        data = json.loads(report.gradescope(self.result, self.lab))
        self.assertEqual(data["score"], 2)
        self.assertEqual([t["status"] for t in data["tests"]], ["passed", "failed"])
        self.assertEqual(set(data["tests"][0]), {"name", "number", "score", "max_score", "status", "output", "output_format", "tags", "visibility"})

    def test_classroom50(self):
        data = json.loads(report.classroom50(self.result, self.lab))
        self.assertEqual((data["schema"], data["score"], data["max-score"]), ("classroom50/result/v1", 2, 5))
        self.assertEqual(data["tests"][1]["test-name"], "9.1.2 F.Two")

    def test_junit(self):
        suite = xml.fromstring(report.junit(self.result, self.lab).encode())
        self.assertEqual((suite.get("tests"), suite.get("failures")), ("2", "1"))

    def test_text_has_no_colour_in_a_file(self):
        text = report.text(self.result, self.lab)
        self.assertIn("expected 1", text)
        self.assertNotIn("\033", text)


class Releases(unittest.TestCase):
    def test_what_is_no_release_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            archive = pathlib.Path(folder) / "release.zip"
            for facts in ("no json", "[]", "{}"):
                with zipfile.ZipFile(archive, "w") as content:
                    content.writestr("release.json", facts)
                    content.writestr("autograder.zip", "")
                with self.assertRaisesRegex(LabError, "release.zip is no release of a lab"):
                    release.regrade(archive, folder, pathlib.Path(folder) / "out", "text")

    def test_a_released_library_leaves_out_what_nobody_names(self):
        """A function that stands beside one that a hand-in may use is not in its program: no address leads to it."""
        presets = json.loads((ROOT / "CMakePresets.json").read_text())["configurePresets"]
        flags = next(preset for preset in presets if preset["name"] == "portable")["cacheVariables"]["CMAKE_CXX_FLAGS_RELEASE"].split()
        chain = toolchain.Toolchain.__new__(toolchain.Toolchain)
        chain.compiler, chain.libraries, chain.kernel_libraries = os.environ.get("CXX") or "c++", ["lib.a"], []
        with tempfile.TemporaryDirectory() as work:
            (pathlib.Path(work) / "a.cpp").write_text("int allowed() { return 1; }\nint forbidden() { return 2; }\nint table[] = {3};\n")
            (pathlib.Path(work) / "b.cpp").write_text("int allowed();\nint main() { return allowed(); }\n")
            for command in ([chain.compiler, *flags, "-c", "a.cpp"], ["ar", "rcs", "lib.a", "a.o"], [chain.compiler, "-c", "b.cpp"],
                            chain.link_command(["b.o"], "program", kernels=True)):
                subprocess.run(command, cwd=work, check=True)
            names = subprocess.run(["nm", "-C", "program"], cwd=work, capture_output=True, text=True, check=True).stdout
        self.assertIn("allowed()", names)
        for name in ("forbidden()", "table"):
            self.assertNotIn(name, names)


class Words(unittest.TestCase):
    def test_the_first_error(self):
        said = "lab.cpp: In function 'int f()':\nlab.cpp:2:3: error: 'nam' was not declared in this scope\nlab.cpp:3:1: error: other"
        words = toolchain.first_error(said, "int f() {\n  nam();\n}")
        self.assertIn("lab.cpp, line 2: 'nam' was not declared", words)
        self.assertIn("Nothing of the name 'nam' is known there", words)
        self.assertIn("\n      nam();\n      ^", words)
        self.assertNotIn("other", words)

    def test_first_errors_are_explained(self):
        for said, words in (("'cout' is not a member of 'std'", r"std::cout' is declared in a header that is not included"),
                            ("'const class cadena::Tensor' has no member named 'sum'", r"sum\(x\), not x.sum\(\)"),
                            ("passing 'const cadena::Tensor' as 'this' argument discards qualifiers [-fpermissive]", "change a copy"),
                            ("'s' is not captured", r"begin it with \[&\]"),
                            ("'Tensr' was not declared in this scope; did you mean 'Tensor'?", r"did you mean 'Tensor'\?\n")):
            self.assertRegex(toolchain.first_error(f"lab.cpp:1:1: error: {said}", "x"), words)

    def test_a_crash_is_told_with_what_the_compiler_has_warned_of(self):
        said = ("lab.cpp: In function 'int lab::f(int)':\nlab.cpp:3:1: warning: unused variable 'a' [-Wunused-variable]\n"
                "lab.cpp: In function 'int lab::g(int)':\nlab.cpp:7:1: warning: no return statement in function returning non-void [-Wreturn-type]\n")
        self.assertEqual(toolchain.likely_cause(said, "f"), "")
        self.assertEqual(toolchain.likely_cause(said, "g"), "the compiler warns of line 7: no return statement in function returning non-void")

    def test_an_error_in_a_header_names_the_line_that_asks_for_it(self):
        said = ("/usr/include/c++/12/bits/predefined_ops.h: In instantiation of 'f':\n/usr/include/c++/12/bits/stl_algo.h:4:3:   required from 'g'\n"
                "lab.cpp:2:60:   required from here\n/usr/include/c++/12/bits/predefined_ops.h:45:23: error: no match for 'operator<'\n")
        self.assertRegex(toolchain.first_error(said, "one\n  sort(v);"), r"predefined_ops.h, line 45.*\nIt is asked for in lab.cpp, line 2:\n      sort\(v\);")

    def test_what_compiler_and_linker_say_without_a_line(self):
        for said, words in (("c++: internal compiler error: File size limit exceeded signal terminated program as", "more memory, or write larger files"),
                            ("/box/cce.s: Assembler messages:\n/box/cce.s:4: Error: no such instruction: `a'", "^cce.s: Assembler messages")):
            self.assertRegex(toolchain.first_error(said, ""), words)
        for said, words in (("ld: undefined reference to `lab::f(int)'", r"nothing defines lab::f\(int\)\. Has the function another name"),
                            ("ld: undefined reference to `g()'", r"^nothing defines g\(\)$"),
                            ("ld: calls.o: in function `main':\n multiple definition of `main'; hand_in.o", "main is defined twice: the grader has")):
            self.assertRegex(toolchain.why_not_linked(said), words)

    def test_hand_ins_that_are_none(self):
        with tempfile.TemporaryDirectory() as work:
            work = pathlib.Path(work)
            with self.assertRaisesRegex(HandInError, "no lab.cpp"):
                grade.find_hand_in(work)
            (work / "lab.cpp").write_bytes("int f();".encode("utf-16"))
            with self.assertRaisesRegex(HandInError, "no text in UTF-8"):
                grade.find_hand_in(work)
            (work / "lab.cpp").unlink()
            os.symlink("/etc/passwd", work / "lab.cpp")
            with self.assertRaisesRegex(HandInError, "no plain file"):
                grade.find_hand_in(work)
        with self.assertRaisesRegex(LabError, "there is no"):
            grade.find_hand_in(work / "nowhere")

    def test_missing_chapters_and_full_folders(self):
        with self.assertRaisesRegex(LabError, "Did you mean '01_backprop'"):
            folders.find("01_backdrop")
        with tempfile.TemporaryDirectory() as work:
            (pathlib.Path(work) / "file").touch()
            with self.assertRaisesRegex(LabError, "not empty"):
                folders.start(folders.find("1"), work)

    def test_where_nothing_can_be_written(self):
        for path in ("/proc/results.json", "/dev/null/results.json"):
            with self.assertRaisesRegex(LabError, f"^cannot write to {path}: "):
                report.write(path, "text")

    def test_an_old_library_in_a_students_project(self):
        with tempfile.TemporaryDirectory() as work:
            work = pathlib.Path(work)
            (work / "cadenaConfig.cmake").write_text("")
            (work / "cadenaConfigVersion.cmake").write_text("set(PACKAGE_VERSION 0.1.0)\nset(PACKAGE_VERSION_COMPATIBLE FALSE)\n")
            text = (folders.TEMPLATE / "CMakeLists.txt").read_text().replace("@NEEDS@", "0.2").replace("LANGUAGES CXX", "LANGUAGES NONE")
            (work / "CMakeLists.txt").write_text(text[:text.index("# Your functions")])
            done = subprocess.run(["cmake", "-S", work, "-B", work / "build", f"-Dcadena_DIR={work}"], capture_output=True, text=True)
            self.assertRegex(" ".join(done.stderr.split()), "This lab needs Cadena 0.2 or later; the library here is 0.1.0")

    def test_an_old_library(self):
        chain = toolchain.Toolchain.__new__(toolchain.Toolchain)
        chain.version = "0.1.0"
        chain.check_version("0.1")
        with self.assertRaisesRegex(LabError, "needs Cadena 0.2 or later; the library here is 0.1.0"):
            chain.check_version("0.2")


if __name__ == "__main__":
    unittest.main()
