#include "cuda/runtime/emulated/symbols.h"

#include <cxxabi.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>

/// Names from the symbol table of the program (ELF): a kernel is known by its address alone.
namespace cadena::cuda::emulated {
namespace {

struct Symbol {
  std::string name;
  uintptr_t value;
  size_t bytes;
  bool function;  // otherwise a thread-local variable
};

struct Module {
  std::string path;
  uintptr_t base = 0, begin = 0, end = 0;  // load address; the addresses it occupies
  bool loaded = false;
  std::vector<Symbol> symbols;
};

std::mutex mutex;

/// The loaded modules; they keep their numbers, new ones come last.
std::deque<Module>& modules() {
  static std::deque<Module> all;
  return all;
}

int note_module(dl_phdr_info* info, size_t, void*) {
  Module module;
  module.base = info->dlpi_addr;
  module.path = info->dlpi_name != nullptr && info->dlpi_name[0] != '\0' ? info->dlpi_name : "/proc/self/exe";
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD) continue;
    const uintptr_t begin = module.base + segment.p_vaddr, end = begin + segment.p_memsz;
    if (module.end == 0 || begin < module.begin) module.begin = begin;
    if (end > module.end) module.end = end;
  }
  for (const Module& known : modules()) {
    if (known.path == module.path && known.base == module.base) return 0;
  }
  modules().push_back(std::move(module));
  return 0;
}

void read_symbols(Module& module, const char* file, size_t size) {
  const auto* header = reinterpret_cast<const ElfW(Ehdr)*>(file);
  if (size < sizeof *header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return;
  if (header->e_shoff + size_t(header->e_shnum) * sizeof(ElfW(Shdr)) > size) return;
  const auto* sections = reinterpret_cast<const ElfW(Shdr)*>(file + header->e_shoff);
  for (int i = 0; i < header->e_shnum; ++i) {
    const auto& table = sections[i];
    if (table.sh_type != SHT_SYMTAB || table.sh_offset + table.sh_size > size || table.sh_link >= header->e_shnum)
      continue;
    const char* strings = file + sections[table.sh_link].sh_offset;
    const auto* symbols = reinterpret_cast<const ElfW(Sym)*>(file + table.sh_offset);
    for (size_t k = 0; k < table.sh_size / sizeof(ElfW(Sym)); ++k) {
      const int type = symbols[k].st_info & 0xf;
      if (symbols[k].st_shndx == SHN_UNDEF || (type != STT_FUNC && type != STT_TLS)) continue;
      module.symbols.push_back(
          {strings + symbols[k].st_name, symbols[k].st_value, symbols[k].st_size, type == STT_FUNC});
    }
  }
}

void load(Module& module) {
  if (module.loaded) return;
  module.loaded = true;
  const int file = open(module.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  struct stat status {};
  if (fstat(file, &status) == 0 && status.st_size > 0) {
    const auto size = size_t(status.st_size);
    void* content = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (content != MAP_FAILED) {
      read_symbols(module, static_cast<const char*>(content), size);
      munmap(content, size);
    }
  }
  close(file);
}

Module* module_of(uintptr_t address) {
  dl_iterate_phdr(note_module, nullptr);
  for (Module& module : modules()) {
    if (address < module.begin || address >= module.end) continue;
    load(module);
    return &module;
  }
  return nullptr;
}

const Symbol* function_at(const Module& module, uintptr_t address) {
  for (const Symbol& symbol : module.symbols) {
    const uintptr_t begin = module.base + symbol.value;
    if (symbol.function && address >= begin && address < begin + (symbol.bytes > 0 ? symbol.bytes : 1)) return &symbol;
  }
  return nullptr;
}

std::string demangle(const std::string& name) {
  int status = 0;
  char* text = abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status);
  std::string result = status == 0 && text != nullptr ? text : name;
  std::free(text);
  return result;
}

}  // namespace

bool is_program_variable(const void* address) {
  const std::lock_guard lock(mutex);
  const auto place = reinterpret_cast<uintptr_t>(address);
  for (int attempt = 0; attempt < 2; ++attempt) {
    for (const Module& module : modules()) {
      if (place >= module.begin && place < module.end) return true;
    }
    if (attempt == 0) dl_iterate_phdr(note_module, nullptr);
  }
  return false;
}

bool begins_function_of(const void* address, std::string_view space) {
  const std::lock_guard lock(mutex);
  const auto place = reinterpret_cast<uintptr_t>(address);
  const Module* module = module_of(place);
  if (module == nullptr) return false;
  // _ZN3lab6kernelEPf is lab::kernel(float*), _ZZN3lab3runEPfENUlS0_E_4_FUNES0_ a lambda in lab::run(float*).
  const std::string scope = "N" + std::to_string(space.size()) + std::string(space);
  for (const Symbol& symbol : module->symbols) {
    if (!symbol.function || module->base + symbol.value != place || symbol.name.compare(0, 2, "_Z") != 0) continue;
    const size_t begin = symbol.name.find_first_not_of('Z', 2);
    if (begin != std::string::npos && symbol.name.compare(begin, scope.size(), scope) == 0) return true;
  }
  return false;
}

std::string function_name(const void* address) {
  const std::lock_guard lock(mutex);
  const auto place = reinterpret_cast<uintptr_t>(address);
  if (Module* module = module_of(place)) {
    if (const Symbol* symbol = function_at(*module, place)) return demangle(symbol->name);
  }
  char digits[32];
  std::snprintf(digits, sizeof digits, "%p", address);
  return digits;
}

std::string short_name(const void* address) {
  std::string name = function_name(address);
  // The parameters begin at the last open parenthesis outside <>; a template's name begins with its result, void.
  int depth = 0;
  size_t end = name.size();
  for (size_t i = 0; i < name.size(); ++i) {
    if (name.compare(i, 21, "(anonymous namespace)") == 0) i += 20;
    else if (name[i] == '<') ++depth;
    else if (name[i] == '>') --depth;
    else if (name[i] == '(' && depth == 0) {
      end = i;
      break;
    }
  }
  name.resize(end);
  if (name.compare(0, 5, "void ") == 0) name.erase(0, 5);
  for (size_t at; (at = name.find("(anonymous namespace)::")) != std::string::npos;) name.erase(at, 23);
  return name;
}

std::string source_line(const void* return_address) {
  const std::lock_guard lock(mutex);
  const auto place = reinterpret_cast<uintptr_t>(return_address);
  Module* module = module_of(place);
  if (module == nullptr) return {};
  char path[4096];
  const ssize_t length = module->path == "/proc/self/exe" ? readlink("/proc/self/exe", path, sizeof path - 1) : -1;
  const std::string program = length > 0 ? std::string(path, size_t(length)) : module->path;
  char offset[32];
  std::snprintf(offset, sizeof offset, "0x%zx", size_t(place - module->base - 1));
  const std::string command = "addr2line -i -e '" + program + "' " + offset + " 2>/dev/null";
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  std::string best;
  char line[4096];
  // From the innermost inlined function outwards: the first place that is not in a header of cuda/runtime.
  while (std::fgets(line, sizeof line, pipe) != nullptr) {
    std::string text(line);
    text.erase(text.find_last_not_of(" \n") + 1);
    if (const size_t note = text.find(" ("); note != std::string::npos) text.resize(note);
    const bool own_header = text.find("/cuda/runtime/") != std::string::npos && text.find(".h:") != std::string::npos;
    if (text.compare(0, 2, "??") == 0 || own_header) continue;
    if (best.empty()) best = text;
  }
  pclose(pipe);
  return best;
}

std::string program_offset(const void* return_address) {
  const std::lock_guard lock(mutex);
  const auto place = reinterpret_cast<uintptr_t>(return_address);
  const Module* module = module_of(place);
  char text[40];
  std::snprintf(text, sizeof text, "program+0x%zx", size_t(place - (module != nullptr ? module->base : 0) - 1));
  return text;
}

std::vector<LocalVariable> thread_locals_of(const void* address) {
  const std::lock_guard lock(mutex);
  const auto place = reinterpret_cast<uintptr_t>(address);
  Module* module = module_of(place);
  const Symbol* function = module != nullptr ? function_at(*module, place) : nullptr;
  std::vector<LocalVariable> found;
  if (function == nullptr || function->name.compare(0, 2, "_Z") != 0) return found;
  // _Z6kernelPf is the function, _ZZ6kernelPfE4tile its variable; inside a lambda the name has more Z.
  const std::string inside = function->name.substr(2) + "E";
  const auto number =
      size_t(std::distance(modules().begin(), std::find_if(modules().begin(), modules().end(),
                                                           [&](const Module& other) { return &other == module; })));
  for (const Symbol& symbol : module->symbols) {
    if (symbol.function || symbol.name.compare(0, 3, "_ZZ") != 0) continue;
    const size_t begin = symbol.name.find_first_not_of('Z', 1);
    if (begin == std::string::npos || symbol.name.compare(begin, inside.size(), inside) != 0) continue;
    found.push_back({symbol.name, symbol.value, symbol.bytes, number});
  }
  return found;
}

std::vector<LocalVariable> thread_local_guards() {
  const std::lock_guard lock(mutex);
  dl_iterate_phdr(note_module, nullptr);
  std::vector<LocalVariable> found;
  size_t number = 0;
  for (Module& module : modules()) {
    load(module);
    for (const Symbol& symbol : module.symbols) {
      const bool guards = symbol.name.compare(0, 4, "_ZGV") == 0 || symbol.name == "__tls_guard";
      if (guards && !symbol.function) found.push_back({symbol.name, symbol.value, symbol.bytes, number});
    }
    ++number;
  }
  return found;
}

namespace {
struct StorageQuery {
  uintptr_t base;
  std::string path;
  char* storage;
};
int find_storage(dl_phdr_info* info, size_t, void* opaque) {
  auto& query = *static_cast<StorageQuery*>(opaque);
  if (info->dlpi_addr != query.base || (query.path != "/proc/self/exe" && query.path != info->dlpi_name)) return 0;
  query.storage = static_cast<char*>(info->dlpi_tls_data);
  return 1;
}
}  // namespace

char* thread_storage(size_t module) {
  const std::lock_guard lock(mutex);
  if (module >= modules().size()) return nullptr;
  StorageQuery query{modules()[module].base, modules()[module].path, nullptr};
  dl_iterate_phdr(find_storage, &query);
  return query.storage;
}

}  // namespace cadena::cuda::emulated
