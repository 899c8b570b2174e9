#pragma once

#include <string>
#include <vector>

#include "autograd/ops.h"

namespace cadena {

/// Where an op is certified.
struct CertifyOptions {
  Device device = Device::cpu();  ///< where the op runs; the reference values are the CPU's
};

/// What certification found out about one op.
struct Certificate {
  std::string op;                            ///< the op's name
  Device device;                             ///< where it was certified
  std::vector<std::string> kernels;          ///< the CUDA kernels that computed its outputs in f64; empty on the CPU
  int samples = 0;                           ///< sets of inputs that were examined
  int checks = 0;                            ///< comparisons made for all of them
  std::vector<std::string> failures;         ///< one sentence each: sample, check, both numbers
  int wrong_killed = 0;                      ///< wrong rules that some check refuted
  int wrong_equivalent = 0;                  ///< listed with a proof that they equal the true rule; not counted
  std::vector<std::string> wrong_survivors;  ///< wrong rules that no check refuted
  double first_order = 0;                    ///< largest relative error of a JVP against finite differences
  double adjoint = 0;                        ///< of a VJP against the JVP
  double second_order = 0;                   ///< of both for the gradient
  double low_precision = 0;                  ///< of f32, f16, bf16 against f64, in units of the bound (1 is the bound)
  double parity = 0;                         ///< of the device in f64 against the CPU

  /// True if nothing failed, every wrong rule was refuted, and there was something to check.
  bool certified() const { return samples > 0 && failures.empty() && wrong_survivors.empty(); }
};

/// Certifies one op. Every sample is examined in f64 with its inputs contiguous, strided and reversed in memory:
/// 1. each JVP rule against a central difference along a random direction;
/// 2. each VJP rule against the JVP by random cotangents, \f$ \langle u, J v \rangle = \langle J^T u, v \rangle \f$;
/// 3. the recorded op by `gradcheck`, which adds the engine, both modes and second order; cotangents that lie in memory
///    with other strides, also of 0; a fused rule against the separate ones for every choice of arguments;
/// 4. outputs, tangents and gradients (by fused and by separate rules) in f32, f16 and bf16 against f64 at the same
///    rounded inputs, within `rounding` times the dtype's epsilon times 1 plus the largest magnitude;
/// 5. every listed wrong rule: some check must refute it; a wrong JVP stands for the tangent of the first
///    differentiable output;
/// 6. on another device than the CPU: outputs and gradients in f64 against the CPU's, and the names of the kernels that
///    computed them.
/// A sample or rule that does not fit the op (too few inputs, another shape, an exception) is a failure that names the
/// sample, as are a `forward` that overwrites an input and an argument that no sample gives elements to. The comparison
/// with independent reference values is the test suite's part. NaN never passes.
Certificate certify(const OpEntry& op, const CertifyOptions& options = {});

/// The same for an op of the user's own: `certify<MyOp>().certified()`. The calling file includes autograd/define_op.h.
template <class Op>
Certificate certify(const CertifyOptions& options = {}) {
  return certify(entry_of<Op>(), options);
}

/// "softmax: certified, 4 samples, 96 checks, wrong rules 4/4", or the failures line by line.
std::string to_string(const Certificate& certificate);

}  // namespace cadena
