#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cadena::cuda::emulated {

/// The name of the function at `address`, as written in the source: `gemm<32>(float const*, float*)`; a number where
/// the program has been stripped of its symbols.
std::string function_name(const void* address);
/// The same without its parameters: `gemm<32>`.
std::string short_name(const void* address);
/// `file:line` of the code before a return address, from debug information (addr2line); empty where there is none.
std::string source_line(const void* return_address);
/// `program+0x1234`: the code before a return address as its distance from where the program or library is loaded, for
/// addr2line to be asked elsewhere.
std::string program_offset(const void* return_address);

/// Whether a function declared in the outermost namespace `space`, or inside of one that is, begins at `address`.
bool begins_function_of(const void* address, std::string_view space);

/// Whether `address` lies in the code or the static variables of the program or one of its libraries.
bool is_program_variable(const void* address);

/// A variable of static or thread storage declared inside a function: for `__shared__`.
struct LocalVariable {
  std::string name;
  uintptr_t thread_offset;  // from the begin of the module's thread storage
  size_t bytes;
  size_t module;  // its number among the loaded modules
};
/// The thread-local variables declared in the body of the function at `address`.
std::vector<LocalVariable> thread_locals_of(const void* address);
/// The variables in which the compiler notes whether thread-local variables are initialized.
std::vector<LocalVariable> thread_local_guards();
/// Where the running OS thread's storage for a module begins, or null.
char* thread_storage(size_t module);

}  // namespace cadena::cuda::emulated
