#include "cuda/runtime/microscope/occupancy.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "cuda/runtime/microscope/process.h"

namespace cadena::cuda::microscope {
namespace {

/// What a multiprocessor of one compute capability holds.
struct Multiprocessor {
  int capability, warps, blocks;
  size_t shared_bytes, shared_unit, reserved_bytes;
};
constexpr Multiprocessor kMultiprocessors[] = {
    {75, 32, 16, 64 * 1024, 256, 0},      {80, 64, 32, 164 * 1024, 128, 1024}, {86, 48, 16, 100 * 1024, 128, 1024},
    {89, 48, 24, 100 * 1024, 128, 1024},  {90, 64, 32, 228 * 1024, 128, 1024}, {100, 64, 32, 228 * 1024, 128, 1024},
    {120, 48, 24, 100 * 1024, 128, 1024},
};
constexpr int kRegisters = 65536, kRegisterUnit = 256, kPartitions = 4;

template <class T>
T round_up(T value, T unit) {
  return (value + unit - 1) / unit * unit;
}

/// The number before `word` in `line`, 0 where it is not there.
size_t number_before(const std::string& line, const std::string& word) {
  const size_t at = line.find(word);
  if (at == std::string::npos) return 0;
  size_t start = at;
  while (start > 0 && line[start - 1] >= '0' && line[start - 1] <= '9') --start;
  return start == at ? 0 : std::stoul(line.substr(start, at - start));
}

std::string find_nvcc() {
  if (is_installed("nvcc")) return "nvcc";
  const char* home = std::getenv("CUDA_HOME");
  for (const std::string& folder : {std::string(home != nullptr ? home : ""), std::string("/usr/local/cuda")}) {
    if (!folder.empty() && std::filesystem::exists(folder + "/bin/nvcc")) return folder + "/bin/nvcc";
  }
  return "";
}

}  // namespace

std::optional<Occupancy> occupancy_of(const Resources& resources, int threads, size_t dynamic_bytes, int capability) {
  const auto* limits = std::find_if(std::begin(kMultiprocessors), std::end(kMultiprocessors),
                                    [&](const Multiprocessor& m) { return m.capability == capability; });
  if (limits == std::end(kMultiprocessors) || threads < 1) return std::nullopt;
  const int warps = (threads + 31) / 32;
  struct Limit {
    int blocks;
    const char* name;
  };
  std::vector<Limit> all{{limits->blocks, "blocks"}, {limits->warps / warps, "threads"}};
  if (resources.registers > 0) {
    // Registers are given to warps in units of 256, out of four partitions of the file.
    const int per_warp = round_up(resources.registers * 32, kRegisterUnit);
    const int held = kRegisters / kPartitions / per_warp * kPartitions;
    all.push_back({held / warps, "registers"});
  }
  const size_t shared = resources.shared_bytes + dynamic_bytes;
  const size_t per_block = round_up(shared + limits->reserved_bytes, limits->shared_unit);
  if (shared > 0) all.push_back({int(limits->shared_bytes / per_block), "shared memory"});
  const Limit least =
      *std::min_element(all.begin(), all.end(), [](const Limit& a, const Limit& b) { return a.blocks < b.blocks; });
  return Occupancy{least.blocks, least.blocks * warps, limits->warps, least.name};
}

std::map<std::string, Resources> parse_ptxas_report(const std::string& text) {
  // ptxas info    : Compiling entry function '_Z4gemmPf' for 'sm_90'
  // ptxas info    : Function properties for _Z4gemmPf
  //     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
  // ptxas info    : Used 32 registers, used 1 barriers, 8192 bytes smem, 400 bytes cmem[0]
  std::map<std::string, Resources> kernels;
  std::istringstream lines(text);
  std::string name;
  for (std::string line; std::getline(lines, line);) {
    const std::string entry = "Compiling entry function '";
    if (const size_t at = line.find(entry); at != std::string::npos) {
      const size_t first = at + entry.size();
      name = line.substr(first, line.find('\'', first) - first);
    }
    if (name.empty()) continue;
    Resources& kernel = kernels[name];
    if (line.find("spill stores") != std::string::npos) {
      kernel.spilled_bytes = number_before(line, " bytes spill stores") + number_before(line, " bytes spill loads");
    }
    if (line.find("Used ") != std::string::npos) {
      kernel.registers = int(number_before(line, " registers"));
      kernel.shared_bytes = number_before(line, " bytes smem");
    }
  }
  return kernels;
}

std::map<std::string, Resources> ask_nvcc(const std::string& source, const std::vector<std::string>& flags,
                                          int capability) {
  const char* limit = std::getenv("CADENA_MICROSCOPE_NVCC_SECONDS");
  const double seconds = limit != nullptr ? std::atof(limit) : 60;
  if (seconds <= 0) throw std::runtime_error("nvcc is not asked: CADENA_MICROSCOPE_NVCC_SECONDS is 0");
  const std::string nvcc = find_nvcc();
  if (nvcc.empty())
    throw std::runtime_error("no nvcc in PATH, CUDA_HOME or /usr/local/cuda, and only nvcc tells registers");
  // ptxas reports on the error output.
  std::vector<std::string> command{"sh",      "-c",         "exec \"$0\" \"$@\" 2>&1",
                                   nvcc,      "-std=c++20", "-O3",
                                   "-cubin",  "-x",         "cu",
                                   "-Xptxas", "-v",         "-arch=sm_" + std::to_string(capability),
                                   "-o",      "/dev/null",  source};
  command.insert(command.end(), flags.begin(), flags.end());
  std::map<std::string, Resources> kernels;
  try {
    kernels = parse_ptxas_report(output_of(command, "", seconds));
  } catch (const std::runtime_error& error) {
    const bool late = std::string(error.what()).find("had not ended") != std::string::npos;
    throw std::runtime_error(late ? "nvcc took longer than " + std::to_string(int(seconds)) +
                                        " s (CADENA_MICROSCOPE_NVCC_SECONDS)"
                                  : "nvcc does not compile " + source + " for sm_" + std::to_string(capability));
  }
  return kernels;
}

}  // namespace cadena::cuda::microscope
