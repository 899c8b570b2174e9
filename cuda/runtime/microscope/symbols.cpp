#include "cuda/runtime/microscope/symbols.h"

#include <cxxabi.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "cuda/runtime/microscope/process.h"

namespace cadena::cuda::microscope {
namespace {

std::string own_executable() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, size_t(length)) : std::string();
}

int add_module(dl_phdr_info* info, size_t, void* opaque) {
  Module module;
  module.path = info->dlpi_name != nullptr && *info->dlpi_name != '\0' ? info->dlpi_name : own_executable();
  module.base = info->dlpi_addr;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || !(segment.p_flags & PF_X)) continue;
    module.first = info->dlpi_addr + segment.p_vaddr;
    module.last = module.first + segment.p_memsz;
  }
  static_cast<std::vector<Module>*>(opaque)->push_back(module);
  return 0;
}

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Takes ":12" from the end of `text`; 0 where there is no number.
int take_number(std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || !is_number(text.substr(colon + 1))) return 0;
  const int number = std::atoi(text.c_str() + colon + 1);
  text.resize(colon);
  return number;
}

/// "file:line:column" or "file:line (discriminator 3)".
Place parse_place(std::string text) {
  text = text.substr(0, text.find(" (discriminator"));
  Place place;
  const int last = take_number(text), before = take_number(text);
  place.line = before != 0 ? before : last;
  place.column = before != 0 ? last : 0;
  place.file = text == "??" ? std::string() : std::filesystem::path(text).lexically_normal().string();
  return place;
}

/// True for files whose lines tell a reader of a kernel nothing.
bool is_below_kernels(const std::string& file) {
  return file.empty() || file.find("cuda/runtime/") != std::string::npos || file.rfind("/usr/", 0) == 0;
}

std::string hexadecimal(uint64_t number) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, 16).ptr;
  return "0x" + std::string(digits, end);
}

/// The tool's answers, one group of lines an address.
std::vector<std::vector<std::string>> ask(const std::string& path, const std::vector<uint64_t>& in_file) {
  std::string questions;
  for (const uint64_t address : in_file) questions += hexadecimal(address) + "\n";
  std::vector<std::vector<std::string>> answers;
  std::vector<std::string> lines;
  if (is_installed("llvm-symbolizer")) {
    std::istringstream printed(output_of({"llvm-symbolizer", "--obj=" + path, "--inlines", "--demangle"}, questions));
    for (std::string line; std::getline(printed, line);) {
      if (!line.empty()) {
        lines.push_back(line);
      } else {
        answers.push_back(std::exchange(lines, {}));
      }
    }
  } else {
    // Each answer follows a line that repeats the address.
    std::istringstream printed(output_of({"addr2line", "-a", "-f", "-i", "-C", "-e", path}, questions));
    bool first = true;
    for (std::string line; std::getline(printed, line);) {
      if (line.rfind("0x", 0) != 0) {
        lines.push_back(line);
      } else if (!std::exchange(first, false)) {
        answers.push_back(std::exchange(lines, {}));
      }
    }
  }
  if (!lines.empty()) answers.push_back(lines);
  return answers;
}

}  // namespace

std::string Place::short_text() const {
  if (line == 0) return "?";
  std::string text = file.substr(file.rfind('/') + 1) + ":" + std::to_string(line);
  return column != 0 ? text + ":" + std::to_string(column) : text;
}

std::vector<Module> loaded_modules() {
  std::vector<Module> modules;
  dl_iterate_phdr(add_module, &modules);
  return modules;
}

Place choose_frame(const std::vector<std::string>& lines) {
  Place chosen;
  for (size_t i = 0; i + 1 < lines.size(); i += 2) {
    chosen = parse_place(lines[i + 1]);
    chosen.function = short_name(lines[i]);
    if (!is_below_kernels(chosen.file)) break;
  }
  return chosen;
}

std::string demangled(const std::string& symbol) {
  int status = 0;
  char* name = abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status);
  std::string result = status == 0 ? name : symbol;
  std::free(name);
  return result;
}

std::string short_name(const std::string& demangled) {
  // Remove the parameters: from the first parenthesis that is not inside <> on. Then the return type and the
  // namespaces.
  std::string name = demangled;
  const std::string unnamed = "(anonymous namespace)::";
  for (size_t at; (at = name.find(unnamed)) != std::string::npos;) name.erase(at, unnamed.size());
  int depth = 0;
  size_t start = 0;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '<') ++depth;
    if (name[i] == '>') --depth;
    if (depth > 0) continue;
    if (name[i] == '(') {
      name.resize(i);
      break;
    }
    if (name[i] == ' ' || name[i] == ':') start = i + 1;
  }
  return name.substr(start);
}

std::unordered_map<uint64_t, Place> find_places(const std::vector<uint64_t>& addresses) {
  std::unordered_map<uint64_t, Place> places;
  for (const Module& module : loaded_modules()) {
    std::vector<uint64_t> here, in_file;
    for (const uint64_t address : addresses) {
      if (address < module.first || address >= module.last) continue;
      here.push_back(address);
      in_file.push_back(address - module.base);
    }
    if (here.empty()) continue;
    const auto answers = ask(module.path, in_file);
    for (size_t i = 0; i < std::min(here.size(), answers.size()); ++i) places[here[i]] = choose_frame(answers[i]);
  }
  return places;
}

}  // namespace cadena::cuda::microscope
