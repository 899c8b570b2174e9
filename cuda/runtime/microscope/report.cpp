#include "cuda/runtime/microscope/report.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <tuple>

#include "cuda/runtime/microscope/observer.h"

namespace cadena::cuda::microscope {
namespace {

constexpr uint64_t kLongestBlock = 1 << 16;  // bytes of machine code

uint64_t number_of(const void* address) { return reinterpret_cast<uintptr_t>(address); }

/// Tools look up the instruction before a return address: the one that called.
uint64_t caller(uint64_t return_address) { return return_address - 1; }

bool is_library(const Place& place) { return place.file.rfind("/usr/", 0) == 0; }

/// Arithmetic instructions by the address of their basic block, both as loaded.
using Code = std::unordered_map<uint64_t, std::vector<ArithmeticInstruction>>;

/// Disassembles what the kernels have run.
Code read_code(const std::map<const void*, KernelCounts>& kernels) {
  Code code;
  for (const Module& module : loaded_modules()) {
    uint64_t first = ~uint64_t{0}, last = 0;
    for (const auto& [address, kernel] : kernels) {
      for (const auto& [block, times] : kernel.blocks) {
        if (block < module.first || block >= module.last) continue;
        first = std::min(first, block);
        last = std::max(last, block);
      }
    }
    if (first > last) continue;
    // The call that begins the first block is needed too: five bytes before it.
    const uint64_t start = first - module.base - 5;
    for (ArithmeticInstruction instruction : disassemble(module.path, start, last - module.base + kLongestBlock)) {
      instruction.address += module.base;
      instruction.block += module.base;
      code[instruction.block].push_back(instruction);
    }
  }
  return code;
}

/// Everything whose place in the source is asked for.
std::vector<uint64_t> all_addresses(const Observer& observer, const Code& code) {
  std::vector<uint64_t> addresses;
  for (const auto& [address, kernel] : observer.kernels()) {
    addresses.push_back(number_of(address));
    for (const auto& [site, counts] : kernel.sites) addresses.push_back(caller(observer.sites()[site].place));
    for (const auto& [place, operations] : kernel.tensor) addresses.push_back(caller(place));
  }
  for (const auto& [block, instructions] : code) {
    for (const auto& instruction : instructions) addresses.push_back(instruction.address);
  }
  for (const Finding& finding : observer.findings().list()) {
    addresses.push_back(number_of(finding.kernel));  // it may never have begun
    if (finding.place != 0) addresses.push_back(caller(finding.place));
    if (finding.other_place != 0) addresses.push_back(caller(finding.other_place));
  }
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

class Builder {
 public:
  explicit Builder(const ReportOptions& options) : options_(options) { report_.gpu = &find_gpu(options.gpu); }

  Report build() {
    const Observer& observer = Observer::instance();
    try {
      code_ = read_code(observer.kernels());
    } catch (const std::runtime_error& error) {
      report_.remarks.push_back(std::string("arithmetic is not counted: ") + error.what());
    }
    try {
      places_ = find_places(all_addresses(observer, code_));
    } catch (const std::runtime_error& error) {
      report_.remarks.push_back(std::string("lines are not known: ") + error.what());
    }
    for (const auto& [address, counts] : observer.kernels()) add_kernel(address, counts);
    for (const Finding& finding : observer.findings().list()) {
      // The emulator's own code may have been linked with a kernel's instrumented copy of a library function.
      if (finding.fault == Fault::host_memory && is_library(place_of(caller(finding.place)))) continue;
      report_.findings.push_back({finding, name_of(finding.kernel), place_of(finding),
                                  finding.other_place == 0 ? Place{} : place_of(caller(finding.other_place))});
    }
    std::sort(report_.kernels.begin(), report_.kernels.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return std::move(report_);
  }

 private:
  Place place_of(uint64_t address) const {
    const auto found = places_.find(address);
    return found == places_.end() ? Place{} : found->second;
  }
  Place place_of(const Finding& finding) const {
    if (!finding.file.empty()) {  // as the compiler was given it, where tools tell it without detours
      return {std::filesystem::path(finding.file).lexically_normal().string(), finding.line, 0, ""};
    }
    return finding.place == 0 ? Place{} : place_of(caller(finding.place));
  }
  std::string name_of(const void* kernel) const {
    const std::string name = place_of(number_of(kernel)).function;
    return name.empty() ? "?" : name;
  }

  void add_kernel(const void* address, const KernelCounts& counts) {
    KernelReport kernel;
    kernel.name = name_of(address);
    kernel.launches = counts.launches;
    kernel.grid = counts.grid;
    kernel.block = counts.block;
    kernel.shared_bytes = counts.shared_bytes;
    kernel.sectors_read = counts.sectors_read;
    kernel.sectors_written = counts.sectors_written;
    kernel.barriers = counts.barriers;
    add_memory(kernel, counts);
    add_arithmetic(kernel, counts);
    add_bound(kernel);
    report_.kernels.push_back(std::move(kernel));
  }

  void add_memory(KernelReport& kernel, const KernelCounts& counts) {
    std::map<std::tuple<std::string, int, int, Space, Operation, unsigned>, MemoryLine> lines;
    for (const auto& [number, sum] : counts.sites) {
      const Site& site = Observer::instance().sites()[number];
      const Place place = place_of(caller(site.place));
      MemoryLine& line = lines[{place.file, place.line, place.column, site.space, site.operation, site.bytes}];
      line.place = place;
      line.space = site.space;
      line.operation = site.operation;
      line.bytes = site.bytes;
      ++line.instructions;
      line.counts += sum;
    }
    for (const auto& [key, line] : lines) kernel.memory.push_back(line);
  }

  void add_arithmetic(KernelReport& kernel, const KernelCounts& counts) {
    std::map<std::pair<std::string, int>, ArithmeticLine> lines;
    const auto line_at = [&](uint64_t address) -> ArithmeticLine& {
      Place place = place_of(address);
      place.column = 0;
      ArithmeticLine& line = lines[{place.file, place.line}];
      line.place = place;
      return line;
    };
    for (const auto& [block, times] : counts.blocks) {
      const auto found = code_.find(block);
      if (found == code_.end()) continue;
      for (const ArithmeticInstruction& instruction : found->second) {
        line_at(instruction.address).arithmetic += instruction.arithmetic * times;
        kernel.operations += instruction.arithmetic * times;
      }
    }
    for (const auto& [place, operations] : counts.tensor) {
      ArithmeticLine& line = line_at(caller(place));
      line.tensor += operations.half;
      line.tf32 += operations.tf32;
      kernel.tensor += operations.half;
      kernel.tf32 += operations.tf32;
      kernel.tensor_instructions += operations.instructions;
    }
    for (const auto& [key, line] : lines) kernel.arithmetic.push_back(line);
  }

  void add_bound(KernelReport& kernel) {
    Work work;
    work.f32 = double(kernel.operations.f32);
    work.f64 = double(kernel.operations.f64);
    work.tensor = double(kernel.tensor);
    work.tf32 = double(kernel.tf32);
    work.special = double(kernel.operations.special);
    work.memory_bytes = double(kernel.memory_bytes());
    work.wavefronts = double(kernel.total(Space::shared).wavefronts);
    kernel.bound = bound_of(work, *report_.gpu);
  }

  const ReportOptions& options_;
  Report report_;
  Code code_;
  std::unordered_map<uint64_t, Place> places_;
};

/// Fills in what nvcc says of each kernel, found by its name.
void add_occupancy(Report& report, const ReportOptions& options) {
  if (options.nvcc_source.empty()) return;
  const int capability = report.gpu->compute_capability;
  std::map<std::string, Resources> kernels;
  try {
    kernels = ask_nvcc(options.nvcc_source, options.nvcc_flags, capability);
  } catch (const std::runtime_error& error) {
    report.remarks.push_back(std::string("occupancy is unknown: ") + error.what());
    return;
  }
  for (const auto& [symbol, resources] : kernels) {
    const std::string name = short_name(demangled(symbol));
    for (KernelReport& kernel : report.kernels) {
      if (kernel.name != name) continue;
      const Coordinates& block = kernel.block;
      kernel.resources = resources;
      kernel.occupancy = occupancy_of(resources, int(block.x * block.y * block.z), kernel.shared_bytes, capability);
    }
  }
}

}  // namespace

Counts KernelReport::total(Space space) const {
  Counts sum;
  for (const MemoryLine& line : memory) {
    if (line.space == space) sum += line.counts;
  }
  return sum;
}

const KernelReport& Report::kernel(const std::string& name) const {
  std::string names;
  for (const KernelReport& each : kernels) {
    if (each.name == name || each.name.rfind(name + "<", 0) == 0) return each;
    names += " " + each.name;
  }
  throw std::out_of_range("microscope: no kernel '" + name + "' has run; there are" + names);
}

Report make_report(const ReportOptions& options) {
  Report report = Builder(options).build();
  add_occupancy(report, options);
  return report;
}

void reset() { Observer::instance().reset(); }

}  // namespace cadena::cuda::microscope
