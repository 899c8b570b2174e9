"""What a kernel hand-in may be written in: CUDA C++ without a way around the microscope's counters.

The counts are made in the hand-in's own process: every load and store of its code first calls a function of ours. So a
hand-in must not contain loads and stores without that call, nor calls of anything that could change the counts. Two
looks make sure of it: at the source as the preprocessor leaves it, and at the object file."""
import re

import elf
import symbols
from errors import HandInError

HEADERS = {"lab.h", "cuda_runtime.h", "tensor/base/error.h", "cuda/runtime/launch.h", "cuda/runtime/warp.h",
           "cuda/runtime/vector_load.h", "cuda/runtime/dynamic_shared.h", "cuda/runtime/async_copy.h", "cuda/runtime/error.h",
           "cassert", "assert.h", "cmath", "math.h", "cstdio", "stdio.h", "cfloat", "float.h", "climits", "limits.h", "limits", "cstdint", "stdint.h", "cstddef"}
STD = {"min", "max", "numeric_limits", "size_t", "ptrdiff_t", "sqrt", "exp", "log", "fabs", "abs", "tanh", "pow", "isnan", "isinf",
       "fma", "fmaf", "floor", "ceil", "printf"} | {f"{sign}int{bits}_t" for sign in ("", "u") for bits in (8, 16, 32, 64)}
UNDERSCORES = re.compile(
    r"__(syncthreads(_count|_and|_or)?|syncwarp|shfl(_up|_down|_xor)?_sync|(all|any|ballot|match_any|match_all)_sync|activemask|"
    r"reduce_(add|min|max|and|or|xor)_sync|threadfence(_block)?|ldg|ldcg|ldcs|expf|exp10f|logf|log2f|sinf|cosf|tanf|powf|fdividef|"
    r"f(add|mul|maf|div|sqrt|rsqrt|rcp)_r[nzud]|frsqrt_rn|saturatef|popc|clz|ffs|brev|mul24|umul24|mulhi|umulhi|"
    r"(int|uint|float)(2float_r[nzud]|2int_r[nzud]|2uint_r[nzud]|_as_(int|uint|float))|restrict(__)?|builtin_(inff?|nanf?|huge_valf?|expect|"
    r"FILE|LINE|FUNCTION)|attribute__|extension__|assert_fail|PRETTY_FUNCTION__|func__)$")
ATTRIBUTES = re.compile(r"\(\(\s*((aligned\s*\([^()]*\)|always_inline|__?noinline__?|unused)\s*,?\s*)*\)\)")
WORDS = {"asm": "assembler", "_Pragma": "a pragma", "goto": "goto", "extern": "functions of others; dynamic shared memory is dynamic_shared<float>()",
         "new": "memory of the host", "delete": "memory of the host",
         "virtual": "virtual functions", "dynamic_cast": "dynamic_cast", "typeid": "typeid", "malloc": "memory of the host", "free": "memory of the host",
         "strcmp": "strcmp", "memcpy": "memcpy: copy element by element", "memset": "memset: write element by element", "memmove": "memmove: copy element by element"}
TOKEN = re.compile(r'[A-Za-z_]\w*|::|\[\[|\(|\{|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|[^\s\w]|\d[\w.\']*')
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<([^>]*)>|"([^"]*)"|(\S.*))', re.MULTILINE)
# What the preprocessor reads as one piece, in its order: names before quotes, so that 1'000 and u8"" are read rightly.
PIECE = re.compile(r"""(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<raw>(?:u8|[uUL])?R")|[A-Za-z_]\w*|\d[\w.']*|(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""",
                   re.DOTALL)

# Functions that an object may call: the counters, the launch, and what kernels are made of.
CALLS = re.compile(
    r"^(__tsan_(init|(unaligned_)?(read|write)\d+|(read|write)_range|vptr_(update|read)|func_(entry|exit))|__sanitizer_cov_trace_pc|"
    r"_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__assert_fail|printf|puts|putchar|strcmp|__gxx_personality_v0|_Unwind_Resume|__cxa_(throw|rethrow|begin_catch|end_catch|"
    r"allocate_exception|free_exception|pure_virtual|throw_bad_array_new_length)|__dso_handle|__tls_get_addr|__clang_call_terminate|__throw_\w+|"
    r"(threadIdx|blockIdx|blockDim|gridDim)(@\w+)?|"
    r"(sqrt|exp|exp2|exp10|log|log2|log10|log1p|expm1|tanh|sin|cos|tan|pow|floor|ceil|fmod|fma|erf|fabs|fmin|fmax|round|rint|trunc|cbrt|atan|atan2|"
    r"sinh|cosh|copysign|ldexp|scalbn|lrint|hypot|rsqrt)f?)$")
CALLS_CXX = re.compile(
    r"^((TLS (wrapper|init) function for |guard variable for )?cadena::(cuda::(detail|emulated)::|cuda::CudaError::|cuda::check\(|NotImplemented|Error::)|"
    r"(vtable|typeinfo|typeinfo name|VTT) for (cadena::|std::|__cxxabi)|operator (new|delete)|std::(__throw|terminate|runtime_error::|exception::|"
    r"__cxx11::basic_string|_Sp_|__shared_count))")
INSTRUCTIONS = re.compile(r"\t(?:rep\w* )?(syscall|sysenter|int|int3|wrpkru|rdpkru|wrfsbase|wrgsbase|movs[bwlq]|stos[bwlq]|xrstor\w*|maskmov\w*)(?:\s|$)")
INDIRECT = re.compile(r"\t(?:notrack |bnd )*(?:call|jmp)[a-z]*\s+\*")
LAUNCHES = re.compile(r"_ZZ+18cudaLaunchKernelExI")  # of the library, in no namespace: calls the kernel that it was given
EXPANDED = re.compile(r"\b(?:rep|repz|repnz) ")


def includes(text):
    """The lines of the source that include headers, and nothing else of it."""
    plain = pieces(spliced(text))
    return "".join(match.group(0).strip() + "\n" for match in INCLUDE.finditer(plain))


def own_text(preprocessed, head):
    """What the preprocessed source has beyond its headers, of which `head` is what the preprocessor makes. What the source
    itself says of files and lines (#line) does not count. Throws HandInError where the headers do not come first."""
    def lines(text):
        return [line for line in text.split("\n") if line.strip() and not re.match(r'^# \d+ "', line)]
    whole, first = lines(preprocessed), lines(head)
    if whole[:len(first)] != first:
        raise HandInError("a kernel hand-in includes its headers before anything else: what stands before them could change what they say")
    return "\n".join(whole[len(first):])


def refuse(what):
    raise HandInError(f"a kernel hand-in may not use {what}: its accesses to memory would not be counted, or the counts not be ours")


def pieces(text, no_texts=False):
    """The text without comments, and without the inside of strings if asked. Throws HandInError for raw strings, in which
    what looks like a comment or a quote is none."""
    if any(piece["raw"] for piece in PIECE.finditer(text)):
        refuse("raw strings")
    return PIECE.sub(lambda piece: " " if piece["comment"] else '""' if no_texts and piece["text"] else piece[0], text)


def spliced(text):
    """Without the ends of lines that a backslash takes away."""
    return re.sub(r"\\[ \t\f\v]*\n", "", text)


def texts(own):
    """The strings in a preprocessed source, those that stand side by side as the one that they make."""
    found, open_ = [], False
    for match in TOKEN.finditer(own):
        token = match[0]
        if token in ("R", "LR", "uR", "UR", "u8R") and own[match.end():match.end() + 1] == '"':
            refuse("raw strings")
        if len(token) > 1 and token[0] == '"':
            found.append((found.pop() if open_ else "") + token[1:-1])
        open_ = len(token) > 1 and token[0] == '"'
    return found


def check_text(text):
    """Throws HandInError for headers and directives that a kernel hand-in may not have, as a reader sees them; what is hidden
    from a reader shows after the preprocessor (check_source)."""
    text = spliced(text)
    plain = pieces(text)
    for system, local, other in INCLUDE.findall(plain):
        header = (system or local or other).strip()
        if header not in HEADERS:
            raise HandInError(f"a kernel hand-in may not include {header}; it may include {', '.join(sorted(HEADERS))}")
    if re.search(r"^\s*#\s*(embed|include_next|import|line|\d|pragma\s+(?!unroll|once)\w+)", plain, re.MULTILINE):
        refuse("pragmas but unroll, #line, or other files")
    if re.search(r"%:|<:|:>", pieces(text, no_texts=True)):
        refuse("other spellings of # and brackets")
    macros = re.search(r"^\s*#\s*(define|undef)\b", plain, re.MULTILINE)
    if macros and INCLUDE.search(plain, macros.end()):
        raise HandInError("a kernel hand-in includes its headers before it defines macros: they would change what headers say")


def check_source(own):
    """Throws HandInError for what a kernel hand-in may not be written with, once all macros are resolved."""
    if re.search(r"^\s*#\s*pragma\s+(?!unroll|once)\w+", own, re.MULTILINE):
        refuse("pragmas but unroll")
    attributes = re.sub(r"__attribute__\s*" + ATTRIBUTES.pattern, " ", own)
    if re.search(r"__attribute(__)?\b", attributes) or re.search(r"\[\s*\[\s*(?!(maybe_unused|nodiscard|likely|unlikely)\s*\]\s*\])[\w:]", own):
        refuse("attributes of the compiler")
    for words in texts(own):
        if re.search(r"%[^%A-Za-z\\]*[hlLqjzt]*n|\\[^nt\"\\]", words.replace("%%", "")):
            refuse(f'the text "{words}"')
    tokens = [token for token in TOKEN.findall(own) if token[0] not in "\"'"]
    for i, token in enumerate(tokens):
        before = tokens[i - 1] if i > 0 else ""
        after = tokens[i + 1] if i + 1 < len(tokens) else ""
        if token in ("printf", "puts", "putchar") and after != "(":
            refuse(f"{token} but to print")
        if token in WORDS:
            refuse(WORDS[token])
        if token.startswith("__") and not UNDERSCORES.match(token):
            refuse(token)
        if token.startswith(("_mm", "cuda")) and token[4:5].isupper() or token.startswith("_mm"):
            refuse(f"{token}: device memory is handed to it, and it launches kernels by launch(...)")
        if token == "std" and (after != "::" or i + 2 >= len(tokens) or tokens[i + 2] not in STD):
            refuse("std::" + (tokens[i + 2] if after == "::" and i + 2 < len(tokens) else "") if after == "::" else "the whole namespace std")
        if token == "namespace" and before != "using" and after not in ("lab", "{") and not (i + 2 < len(tokens) and tokens[i + 2] == "="):
            refuse(f"namespace {after}")
        if token in ("emulated", "microscope", "labs"):
            refuse(f"cadena's {token}")


def check_object(bench, name):
    """Throws HandInError for an object on the workbench that calls, defines or contains what a kernel hand-in may not."""
    code = elf.Object(bench.box / name)
    plain = symbols.demangle({s.name for s in code.symbols if s.name})
    if set(code.code_before_main()) - {".init_array.00099"}:  # which the counting itself has
        raise HandInError("a kernel hand-in may not run code before its functions are called: a variable with a computed initial value")
    for name_used in code.undefined():
        if not CALLS.match(name_used) and not CALLS_CXX.match(plain[name_used]):
            raise HandInError(f"a kernel hand-in may not use {plain[name_used]}")
    for defined in code.defined_for_others():
        if not re.match(r"^(lab::|\w+ lab::|void lab::|\.L|non-virtual thunk)", plain[defined]):
            raise HandInError(f"a kernel hand-in defines {plain[defined]}, which is not in namespace lab")
    end, listing = bench.run(["objdump", "-d", "--no-show-raw-insn", name], most=1 << 26)
    found = INSTRUCTIONS.search(listing) or EXPANDED.search(listing)
    if end.status != 0 or found:
        what = found.group(0).strip() if found else "that cannot be read"
        raise HandInError(f"a kernel hand-in may not contain the instruction {what}: copy arrays and structures element by element")
    if calls_by_address(listing):
        raise HandInError("a kernel hand-in may not call functions by pointers, which could lead anywhere: call them by their names, "
                          "or hand them over as arguments of templates")


def calls_by_address(listing):
    """The functions of a listing that call, or jump to, an address that is computed."""
    parts = re.split(r"^[0-9a-f]+ <(.*)>:$", listing, flags=re.MULTILINE)
    return [name for name, body in zip(parts[1::2], parts[2::2]) if INDIRECT.search(body) and not LAUNCHES.match(name)]
