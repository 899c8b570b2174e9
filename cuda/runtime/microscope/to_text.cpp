#include <algorithm>

#include "cuda/runtime/microscope/write.h"

namespace cadena::cuda::microscope {
namespace {

/// A table whose columns are as wide as needed; all but the first `left` are aligned to the right.
class Table {
 public:
  Table(std::vector<std::string> header, size_t left) : left_(left) { rows_.push_back(std::move(header)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool is_empty() const { return rows_.size() == 1; }

  std::string text() const {
    std::vector<size_t> widths(rows_[0].size());
    for (const auto& row : rows_) {
      for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string out;
    for (const auto& row : rows_) {
      std::string line = "  ";
      for (size_t i = 0; i < row.size(); ++i) {
        const std::string blanks(widths[i] - row[i].size(), ' ');
        line += (i < left_ ? row[i] + blanks : blanks + row[i]) + "  ";
      }
      line.erase(line.find_last_not_of(' ') + 1);
      out += line + "\n";
    }
    return out;
  }

 private:
  size_t left_;
  std::vector<std::vector<std::string>> rows_;
};

const char* word_of(Operation operation) {
  switch (operation) {
    case Operation::load: return "load";
    case Operation::store: return "store";
    case Operation::atomic: return "atomic";
  }
  return "";
}

std::string triple(const Coordinates& at) {
  return "(" + std::to_string(at.x) + "," + std::to_string(at.y) + "," + std::to_string(at.z) + ")";
}

std::string memory_tables(const KernelReport& kernel) {
  Table global({"global memory", "access", "bytes", "requests", "lanes", "sectors/req", "ideal", "moved", "needed",
                "same address"},
               2);
  Table shared({"shared memory", "access", "bytes", "requests", "lanes", "wavefronts/req", "excess/req", "wavefronts",
                "excess", "same address"},
               2);
  for (const MemoryLine& line : kernel.memory) {
    const Counts& c = line.counts;
    const std::string passes =
        line.operation == Operation::atomic ? short_number(line.per_request(c.serial_passes)) : "";
    std::vector<std::string> row{line.place.short_text(), word_of(line.operation), std::to_string(line.bytes),
                                 std::to_string(c.requests), short_number(line.per_request(c.lanes))};
    if (line.space == Space::global) {
      row.insert(row.end(), {short_number(line.per_request(c.sectors)), short_number(line.per_request(c.ideal_sectors)),
                             human_bytes(double(c.moved_bytes())), human_bytes(double(c.needed_bytes)), passes});
      global.add(row);
    } else {
      row.insert(row.end(),
                 {short_number(line.per_request(c.wavefronts)), short_number(line.per_request(c.excess_wavefronts())),
                  std::to_string(c.wavefronts), std::to_string(c.excess_wavefronts()), passes});
      shared.add(row);
    }
  }
  std::string text;
  if (!global.is_empty()) text += global.text() + "\n";
  if (!shared.is_empty()) text += shared.text() + "\n";
  return text;
}

std::string per_byte(double flop, double bytes) { return bytes == 0 ? "none" : short_number(flop / bytes); }

std::string totals(const KernelReport& kernel, const Gpu& gpu) {
  const Counts global = kernel.total(Space::global);
  const auto flop = double(kernel.flop());
  std::string text = "  arithmetic      " + human_flop(flop);
  if (kernel.operations.f64 != 0) text += ", " + human_flop(double(kernel.operations.f64)) + " of them in f64";
  if (kernel.tensor + kernel.tf32 != 0) {
    text += ", " + human_flop(double(kernel.tensor + kernel.tf32)) + " of them in tensor cores";
  }
  if (kernel.operations.special != 0)
    text += ", " + human_count(double(kernel.operations.special)) + " special functions";
  text += "\n  intensity       " + per_byte(flop, double(global.requested_bytes)) +
          " FLOP per byte the lanes ask for, " + per_byte(flop, double(global.moved_bytes())) +
          " per byte moved in sectors, " + per_byte(flop, double(kernel.memory_bytes())) +
          " per byte of memory at least";
  text += "\n  memory          " + human_bytes(double(kernel.sectors_read) * 32) + " read, " +
          human_bytes(double(kernel.sectors_written) * 32) + " written, each sector once";
  const Bound& bound = kernel.bound;
  text += std::string("\n  bound on ") + gpu.title + "  at least " + human_time(bound.least_us()) + ", by " +
          bound.limiter() + " (memory " + human_time(bound.memory_us) + ", arithmetic " +
          human_time(bound.arithmetic_us) + ", tensor cores " + human_time(bound.tensor_us) + ", special functions " +
          human_time(bound.special_us) + ", shared memory " + human_time(bound.shared_us) + ")";
  text += "\n  occupancy       ";
  if (kernel.occupancy) {
    const Occupancy& held = *kernel.occupancy;
    text += short_number(100 * held.fraction()) + " %: " + std::to_string(held.warps) + " of " +
            std::to_string(held.most_warps) + " warps, limited by " + held.limiter + " (" +
            std::to_string(kernel.resources->registers) + " registers a thread, " +
            std::to_string(kernel.resources->shared_bytes + kernel.shared_bytes) + " bytes of shared memory a block";
    if (kernel.resources->spilled_bytes != 0) {
      text += ", " + std::to_string(kernel.resources->spilled_bytes) + " bytes spilled";
    }
    text += ")";
  } else {
    text += "unknown (nvcc tells the registers)";
  }
  return text + "\n";
}

}  // namespace

std::string to_text(const Report& report) {
  std::string text;
  for (const KernelReport& kernel : report.kernels) {
    text += kernel.name + "  grid " + triple(kernel.grid) + ", block " + triple(kernel.block);
    if (kernel.shared_bytes != 0)
      text += ", " + std::to_string(kernel.shared_bytes) + " bytes of dynamic shared memory";
    if (kernel.launches != 1) text += ", " + std::to_string(kernel.launches) + " launches (counts are sums)";
    text += "\n\n" + memory_tables(kernel) + totals(kernel, *report.gpu) + "\n";
  }
  if (report.findings.empty()) {
    text += "Findings: none.\n";
  } else {
    text += "Findings:\n";
    for (const FindingReport& finding : report.findings) text += "  " + to_sentence(finding) + "\n";
  }
  for (const std::string& remark : report.remarks) text += "Remark: " + remark + "\n";
  return text;
}

}  // namespace cadena::cuda::microscope
