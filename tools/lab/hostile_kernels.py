"""Kernel hand-ins that try to get around the microscope's counters. Each adds text to a lab's solution, or stands in its first
hole; @FUNCTION@ is that hole's function, @OUT@ its output in device memory. None may score: most are not even compiled in."""

# What stands in front of the solution. The reader is told why it is refused.
REFUSED = {
    "uncounted_kernel": "__attribute__((no_sanitize(\"thread\"))) static float peek(const float* p) { return *p; }",
    "uncounted_by_brackets": "[[gnu::no_sanitize(\"thread\")]] static float peek(const float* p) { return *p; }",
    "pasted_attribute": "#define PASTE(a, b) a##b\nPASTE(__attri, bute__)((no_sanitize(\"thread\"))) static float peek(const float* p) { return *p; }",
    "assembler": "static float peek(const float* p) { float v; asm(\"movss (%1), %0\" : \"=x\"(v) : \"r\"(p)); return v; }",
    "assembler_by_macro": "#define A(x) x##m\nstatic void call() { A(as)(\"syscall\"); }",
    "pragma": "#pragma GCC optimize(\"no-tree-vectorize\")",
    "operator_pragma": "_Pragma(\"GCC push_options\") static int x;",
    "intrinsics": "#include <emmintrin.h>\nstatic void put(float* p) { _mm_stream_ps(p, __m128{}); }",
    "builtin": "static void copy64(float* to, const float* from) { __builtin_memcpy(to, from, 64); }",
    "library_copy": "static void copy64(float* to, const float* from) { std::copy(from, from + 16, to); }",
    "using_std": "using namespace std;\nstatic void copy64(float* to, const float* from) { copy(from, from + 16, to); }",
    "c_copy": "static void copy64(float* to, const float* from) { memcpy(to, from, 64); }",
    "own_counter": "extern \"C\" void __tsan_read4(void*) {}",
    "others_function": "extern \"C\" long write(int, const void*, unsigned long);\nstatic const long sent = write(4, \"R\", 1);",
    "system_header": "#include <unistd.h>",
    "counters_header": "#include \"cuda/runtime/microscope/report.h\"",
    "reset": "namespace cadena::cuda::microscope { void reset(); }\nstatic void forget() { cadena::cuda::microscope::reset(); }",
    "renamed_header": "#define HEADER <unistd.h>\n#include HEADER",
    "copy_to_host": "static void fetch(float* to, const float* from) { cudaMemcpy(to, from, 64, cudaMemcpyDeviceToHost); }",
    "before_main": "static int started() { return threadIdx.x + 1; }\nstatic int value = started();\nint* shown = &value;",
    "library_namespace": "namespace cadena { struct Hidden { int x; }; }",
    "print_to_memory": "static void put(int* p) { printf(\"123%\" \"n\", p); }",
    "print_by_pointer": "static int (*const print)(const char*, ...) = printf;",
    "new_memory": "static float* room() { return new float[1000]; }",
}

# What stands in the first hole.
ENDED = {
    "host_reads_device": "if (@OUT@[0] > 0) return;",
    "host_writes_device": "@OUT@[0] = 1;",
    "host_writes_program": "static int counter; int* p = &counter; p[threadIdx.x] += 1; p[1 << 20] = 3;",
    "kernel_writes_program": "static int counter; launch(+[](int* p) { p[threadIdx.x] = 3; }, {.block = 32}, &counter);",
    "kernel_writes_anywhere": "launch(+[](long p) { *(int*)p = 3; }, {.block = 1}, long(@OUT@) ^ (1l << 40));",
    "kernel_reads_host": "float here[2] = {1, 2}; launch(+[](long p, float* y) { y[0] = ((float*)p)[0]; }, {.block = 1}, long(&here[0]), @OUT@);",
    "stack_as_a_window": "launch(+[](float* y, long p) { float a[4] = {1, 2, 3, 4}; y[0] = a[p]; }, {.block = 1}, @OUT@, 1l << 24);",
    "stack_as_a_pen": "launch(+[](float* y, long p) { float a[4] = {1, 2, 3, 4}; a[p] = 1; y[0] = a[1]; }, {.block = 1}, @OUT@, 1l << 24);",
    "endless": "launch(+[](float* y) { for (;;) y[0] = 1; }, {.block = 1}, @OUT@);",
    "launches_the_library": "launch(reinterpret_cast<void (*)()>(&cudaGetLastError), {.block = 1});",
    "waits": "launch(+[](float* y) { if (threadIdx.x > 0) __syncthreads(); y[0] = 1; }, {.block = 64}, @OUT@);",
    "recursion": "launch(+[](float* y) { struct R { static int f(int n, float* p) { p[0] = 1; return f(n + 1, p) + f(n + 2, p); } }; y[0] = R::f(0, y); }, "
                 "{.block = 1}, @OUT@);",
    "throws": "throw 3;",
}
