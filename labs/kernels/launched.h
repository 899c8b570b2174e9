#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "labs/wire.h"

/// What a lab's tests and a student's kernels exchange: inputs, memory for outputs, and what the microscope has
/// counted.
namespace cadena::labs {

/// Memory for an f32 tensor of this shape that a kernel is to fill; nobody has written it before.
struct Output {
  Shape shape;
};

/// What the warps asked of a memory, summed over launches, see docs/microscope.md.
struct Traffic {
  std::uint64_t requests = 0;          ///< instructions of warps
  std::uint64_t lanes = 0;             ///< accesses of threads
  std::uint64_t bytes = 0;             ///< bytes that lanes asked for
  std::uint64_t sectors = 0;           ///< global memory: 32-byte sectors moved
  std::uint64_t wavefronts = 0;        ///< shared memory: passes over the banks
  std::uint64_t ideal_wavefronts = 0;  ///< shared memory: passes without bank conflicts

  /// Sectors that a request moves on average; 0 where there was none.
  double sectors_per_request() const { return requests == 0 ? 0 : double(sectors) / double(requests); }
};

/// Accesses of one memory by what they do.
struct MemoryTraffic {
  Traffic loads, stores, atomics;
};

/// What one call of a student's function has done.
struct Launched {
  std::vector<Tensor> outputs;           ///< one for each `float*`
  std::vector<MemoryTraffic> arguments;  ///< one for each pointer among the arguments, in their order
  MemoryTraffic shared;                  ///< shared memory
  std::uint64_t launches = 0;            ///< of kernels
  std::uint64_t blocks = 0;              ///< of all launches
  std::uint64_t threads = 0;             ///< of all launches
  std::uint64_t barriers = 0;            ///< of blocks: __syncthreads
  std::uint64_t sectors_read = 0;        ///< different sectors, summed over launches
  std::uint64_t sectors_written = 0;     ///< the same for writes
  std::vector<std::string> faults;       ///< races, accesses out of bounds, ...; nothing else counts where there is one
};

template <>
struct Wire<Output> {
  static void write(Writer& writer, const Output& output) { write_all(writer, output.shape); }
  static Output read(Reader& reader) { return {Wire<Shape>::read(reader)}; }
};

template <>
struct Wire<Traffic> {
  static void write(Writer& writer, const Traffic& t) {
    write_all(writer, t.requests, t.lanes, t.bytes, t.sectors, t.wavefronts, t.ideal_wavefronts);
  }
  static Traffic read(Reader& reader) {
    Traffic t;
    for (auto* number : {&t.requests, &t.lanes, &t.bytes, &t.sectors, &t.wavefronts, &t.ideal_wavefronts}) {
      *number = Wire<std::uint64_t>::read(reader);
    }
    return t;
  }
};

template <>
struct Wire<MemoryTraffic> {
  static void write(Writer& writer, const MemoryTraffic& t) { write_all(writer, t.loads, t.stores, t.atomics); }
  static MemoryTraffic read(Reader& reader) {
    MemoryTraffic t;
    for (Traffic* part : {&t.loads, &t.stores, &t.atomics}) *part = Wire<Traffic>::read(reader);
    return t;
  }
};

template <>
struct Wire<Launched> {
  static void write(Writer& writer, const Launched& l) {
    write_all(writer, l.outputs, l.arguments, l.shared, l.launches, l.blocks, l.threads, l.barriers, l.sectors_read,
              l.sectors_written, l.faults);
  }
  static Launched read(Reader& reader) {
    Launched l;
    l.outputs = Wire<std::vector<Tensor>>::read(reader);
    l.arguments = Wire<std::vector<MemoryTraffic>>::read(reader);
    l.shared = Wire<MemoryTraffic>::read(reader);
    for (auto* number : {&l.launches, &l.blocks, &l.threads, &l.barriers, &l.sectors_read, &l.sectors_written}) {
      *number = Wire<std::uint64_t>::read(reader);
    }
    l.faults = Wire<std::vector<std::string>>::read(reader);
    return l;
  }
};

/// What is sent for a parameter of a student's function: numbers as they are, a Tensor of f32 for `const float*`,
/// integers for `const int*`, an Output for `float*`.
template <class Parameter>
struct SentAs {
  using type = Parameter;
};
template <>
struct SentAs<const float*> {
  using type = Tensor;
};
template <>
struct SentAs<const int*> {
  using type = std::vector<int>;
};
template <>
struct SentAs<float*> {
  using type = Output;
};

}  // namespace cadena::labs
