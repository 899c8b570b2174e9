#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

/// From addresses in the running program to its source, by llvm-symbolizer or, without columns, by addr2line.
namespace cadena::cuda::microscope {

/// A place in the source; `line` is 0 where it is not known, `column` also where no tool tells it.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
  std::string function;  ///< demangled, without its parameters

  /// "file:line:column", with the last part of the path only.
  std::string short_text() const;
};

/// What is loaded at an address.
struct Module {
  std::string path;
  uint64_t base = 0;   ///< what to subtract from an address for the file's own
  uint64_t first = 0;  ///< the range of addresses that holds code
  uint64_t last = 0;
};

/// The executable and its shared libraries.
std::vector<Module> loaded_modules();

/// The places of `addresses`. Of functions inlined into each other the innermost one that is neither of CUDA's runtime
/// nor of the C++ library counts. Addresses that nothing is known about are left out. Throws std::runtime_error where
/// no tool is installed.
std::unordered_map<uint64_t, Place> find_places(const std::vector<uint64_t>& addresses);

/// "gemm<32>" of "void cadena::(anonymous namespace)::gemm<32>(int, float const*)": a kernel's name as one says it.
std::string short_name(const std::string& demangled);

/// "gemm(float*)" of "_Z4gemmPf"; the name itself where it is not mangled.
std::string demangled(const std::string& symbol);

/// Reads what llvm-symbolizer or addr2line -f -i printed for one address: pairs of lines, the function
/// and its place, innermost first.
Place choose_frame(const std::vector<std::string>& lines);

}  // namespace cadena::cuda::microscope
