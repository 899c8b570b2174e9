#include "cuda/microscope/metrics.h"

#include <algorithm>
#include <functional>

namespace cadena::cuda::microscope {
namespace {

using Work = ladder::Work;

double ratio(double part, double whole) { return whole == 0 ? 0 : part / whole; }

/// Calls `visit` for the lines of all kernels that do `operation` in `space`.
template <class Visit>
void for_each_line(const Report& report, Space space, Operation operation, Visit visit) {
  for (const KernelReport& kernel : report.kernels) {
    for (const MemoryLine& line : kernel.memory) {
      if (line.space == space && line.operation == operation) visit(line);
    }
  }
}

Counts sum(const Report& report, Space space, Operation operation) {
  Counts total;
  for_each_line(report, space, operation, [&](const MemoryLine& line) { total += line.counts; });
  return total;
}
Counts loads(const Report& report, Space space) { return sum(report, space, Operation::load); }
Counts stores(const Report& report, Space space) { return sum(report, space, Operation::store); }
Counts loads_and_stores(const Report& report, Space space) {
  Counts total = loads(report, space);
  return total += stores(report, space);
}

/// The largest number per request among the lines.
template <class Number>
double worst(const Report& report, Space space, Operation operation, Number number) {
  double most = 0;
  for_each_line(report, space, operation, [&](const MemoryLine& line) {
    most = std::max(most, ratio(static_cast<double>(number(line.counts)), static_cast<double>(line.counts.requests)));
  });
  return most;
}

/// The sum of a field over all kernels.
template <class Field>
double over_kernels(const Report& report, Field field) {
  double total = 0;
  for (const KernelReport& kernel : report.kernels) total += static_cast<double>(field(kernel));
  return total;
}

double volume(const Coordinates& size) {
  return static_cast<double>(size.x) * static_cast<double>(size.y) * static_cast<double>(size.z);
}
double blocks(const Report& report) {
  return over_kernels(report, [](const KernelReport& k) { return static_cast<double>(k.launches) * volume(k.grid); });
}
double barriers(const Report& report) {
  return over_kernels(report, [](const KernelReport& k) { return k.barriers; });
}
double special(const Report& report) {
  return over_kernels(report, [](const KernelReport& k) { return k.operations.special; });
}
/// Bytes between a warp and the first cache, whole sectors.
double moved(const Report& report) {
  return static_cast<double>(loads_and_stores(report, Space::global).moved_bytes());
}
double number(uint64_t count) { return static_cast<double>(count); }

using Formula = std::function<double(const Report&, const Work&)>;

struct NamedFormula {
  const char* name;
  Formula value;
};

const std::vector<NamedFormula>& formulas() {
  static const std::vector<NamedFormula> all{
      // Coalescing.
      {"sectors per request of the worst load",
       [](const Report& r, const Work&) {
         return worst(r, Space::global, Operation::load, [](const Counts& c) { return c.sectors; });
       }},
      {"sectors per store request",
       [](const Report& r, const Work&) {
         const Counts c = stores(r, Space::global);
         return ratio(number(c.sectors), number(c.requests));
       }},
      {"bytes per load request",
       [](const Report& r, const Work&) {
         const Counts c = loads(r, Space::global);
         return ratio(number(c.requested_bytes), number(c.requests));
       }},
      {"bytes per load and store request",
       [](const Report& r, const Work&) {
         const Counts c = loads_and_stores(r, Space::global);
         return ratio(number(c.requested_bytes), number(c.requests));
       }},
      // Reuse.
      {"FLOP per byte fetched",
       [](const Report& r, const Work& w) { return ratio(w.flop, number(loads(r, Space::global).requested_bytes)); }},
      {"shared loads per FMA",
       [](const Report& r, const Work& w) { return ratio(2 * number(loads(r, Space::shared).lanes), w.flop); }},
      {"shared bytes a warp reads per FMA",
       [](const Report& r, const Work& w) { return ratio(2 * number(loads(r, Space::shared).needed_bytes), w.flop); }},
      {"bytes moved per element", [](const Report& r, const Work& w) { return ratio(moved(r), w.elements); }},
      {"bytes of memory per score",  // each sector once a kernel: a cache that is large enough
       [](const Report& r, const Work& w) {
         return ratio(over_kernels(r, [](const KernelReport& k) { return k.memory_bytes(); }), w.elements);
       }},
      {"launches",
       [](const Report& r, const Work&) { return over_kernels(r, [](const KernelReport& k) { return k.launches; }); }},
      // Banks.
      {"wavefronts per shared load",
       [](const Report& r, const Work&) {
         const Counts c = loads(r, Space::shared);
         return ratio(number(c.wavefronts), number(c.requests));
       }},
      {"wavefronts per request of the worst shared load",
       [](const Report& r, const Work&) {
         return worst(r, Space::shared, Operation::load, [](const Counts& c) { return c.wavefronts; });
       }},
      {"wavefronts of the worst shared load, 1 at best",
       [](const Report& r, const Work&) {
         double most = 0;
         for_each_line(r, Space::shared, Operation::load, [&](const MemoryLine& line) {
           most = std::max(most, ratio(number(line.counts.wavefronts), number(line.counts.ideal_wavefronts)));
         });
         return most;
       }},
      // Waiting.
      {"barriers per block", [](const Report& r, const Work&) { return ratio(barriers(r), blocks(r)); }},
      {"FMAs a thread does between barriers",
       [](const Report& r, const Work& w) {
         const double meetings =
             over_kernels(r, [](const KernelReport& k) { return static_cast<double>(k.barriers) * volume(k.block); });
         return ratio(w.flop / 2, meetings);
       }},
      {"elements per block", [](const Report& r, const Work& w) { return ratio(w.elements, blocks(r)); }},
      {"atomics per element",
       [](const Report& r, const Work& w) {
         return ratio(number(sum(r, Space::global, Operation::atomic).lanes), w.elements);
       }},
      // Arithmetic.
      {"FMAs per multiply instruction",
       [](const Report& r, const Work& w) {
         const double instructions = over_kernels(r, [](const KernelReport& k) { return k.tensor_instructions; });
         return instructions == 0 ? 32 : w.flop / 2 / instructions;  // without tensor cores each lane does its own
       }},
      {"special functions per element", [](const Report& r, const Work& w) { return ratio(special(r), w.elements); }},
  };
  return all;
}

}  // namespace

std::optional<double> metric(std::string_view name, const Report& report, const ladder::Work& work) {
  for (const NamedFormula& each : formulas()) {
    if (each.name == name) return each.value(report, work);
  }
  return std::nullopt;
}

std::vector<std::string_view> metric_names() {
  std::vector<std::string_view> names;
  for (const NamedFormula& each : formulas()) names.emplace_back(each.name);
  return names;
}

}  // namespace cadena::cuda::microscope
