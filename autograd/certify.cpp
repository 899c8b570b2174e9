#include "autograd/certify.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "autograd/examination.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/kernel_log.h"
#include "tensor/reduce.h"
#include "tensor/views.h"

namespace cadena {
namespace {

constexpr double kStep = 1e-3;
constexpr double kFirstOrder = 1e-8;
constexpr double kAdjoint = 1e-10;
constexpr double kSecondOrder = 1e-7;

/// Distance from 1 to the next number.
double epsilon(Dtype dtype) {
  switch (dtype) {
    case Dtype::f32: return 0x1p-23;
    case Dtype::f16: return 0x1p-10;
    case Dtype::bf16: return 0x1p-7;
    default: return 0x1p-52;
  }
}

/// max |a - b| / (1 + max |b|), where equal infinities do not count; infinite on NaN or different shapes.
double distance(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape()) return std::numeric_limits<double>::infinity();
  const std::vector<double> u = a.to_vector(), v = b.to_vector();
  double error = 0, size = 0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    if (std::isinf(v[i]) && u[i] == v[i]) continue;
    const double d = std::abs(u[i] - v[i]);
    error = std::isnan(d) ? std::numeric_limits<double>::infinity() : std::max(error, d);
    size = std::max(size, std::abs(v[i]));
  }
  return error / (1 + size);
}

class Certifier {
 public:
  Certifier(const OpEntry& op, Device device) : op_(op), device_(device), refuted_(op.wrong.size(), false) {
    result_.op = op.name;
    result_.device = device;
  }

  Certificate run() {
    for (const ErasedSample& sample : samples()) {
      ++result_.samples;
      try {
        for (Layout layout : {Layout::contiguous, Layout::strided, Layout::reversed}) check(sample, layout);
      } catch (const Error& error) {  // names the sample already where an examination found it
        const std::string what = error.what(), name = concat(op_.name, "(", sample.label, ")");
        expect(false, what.starts_with(name) ? what : name + ": " + what);
      }
    }
    check_arguments();
    for (std::size_t k = 0; k < refuted_.size(); ++k) {
      const ErasedWrongRule& w = op_.wrong[k];
      if (!w.equivalent.empty()) {
        ++result_.wrong_equivalent;
        expect(!refuted_[k], concat(op_.name, ": a wrong rule claimed to be equivalent was refuted: ", w.what));
      } else if (refuted_[k]) {
        ++result_.wrong_killed;
      } else {
        result_.wrong_survivors.push_back(
            concat(op_.name, ", ", w.is_vjp ? "vjp" : "jvp", " of argument ", w.wrt, ": ", w.what));
      }
    }
    return std::move(result_);
  }

 private:
  std::vector<ErasedSample> samples() {
    try {
      return op_.samples();
    } catch (const Error& error) {
      expect(false, concat(op_.name, ": samples(): ", error.what()));
      return {};
    }
  }

  void check(const ErasedSample& sample, Layout layout) {
    const Generator before = generator_;
    const Examination e(op_, sample, layout, generator_, device_);
    check_rules(e);
    check_recorded(e);
    check_cotangents(e, layout);
    if (!device_.is_cpu()) {
      Generator same = before;
      check_parity(e, Examination(op_, sample, layout, same));
    }
    if (layout != Layout::contiguous) return;
    check_wrong_rules(e);
    if (op_.fused) check_fused(e);
    check_low_precision(e);
  }

  /// Every argument with rules was examined on some sample with elements; of any number of arguments, the first.
  void check_arguments() {
    if (result_.samples == 0) return;
    for (int i = 0; i < std::max(1, op_.arity); ++i) {
      if (op_.arity >= 0 && op_.is_constant(i)) continue;
      expect(examined_.contains(i),
             concat(op_.name, ": no sample checks the rules of argument ", i, ": it or the results have no elements"));
    }
  }

  void expect(bool ok, std::string sentence) {
    ++result_.checks;
    if (!ok) result_.failures.push_back(std::move(sentence));
  }

  void compare(const Examination& e, const char* what, double a, double b, double size, double noise, double tolerance,
               double& worst) {
    const double error = relative_error(a, b, size, noise);
    worst = std::max(worst, error);
    expect(error <= tolerance,
           concat(e.where(), ": ", what, ": ", a, " and ", b, ", relative error ", error, domain_hint(b, a, kStep)));
  }

  /// Checks 1 and 2: the rules themselves.
  void check_rules(const Examination& e) {
    for (int i : e.active()) {
      if (e.has_elements(i)) examined_.insert(i);
      const Inner pushed = e.pushed(i);
      const Inner pulled = e.pulled(i);
      double reached = 0;  // magnitude of what the difference subtracts
      const auto at = [&](double t) {
        const Inner there = e.moved(i, t);
        if (std::isfinite(there.size)) reached = std::max(reached, there.size);
        return there.value;
      };
      const double difference = central_difference(at, kStep);
      const double size = pushed.size + pulled.size, noise = rounding_noise(e.scale(i));
      compare(e, "jvp and differences", pushed.value, difference, size, noise / kStep + rounding_noise(reached) / kStep,
              kFirstOrder, result_.first_order);
      compare(e, "vjp and jvp", pulled.value, pushed.value, size, noise, kAdjoint, result_.adjoint);
    }
  }

  /// Check 3: the op as the engine records it, to second order.
  void check_recorded(const Examination& e) {
    GradcheckOptions options;
    options.tolerance = kSecondOrder;
    options.directions = 1;
    const GradcheckReport report = gradcheck(e.as_function(), e.active_inputs(), options);
    result_.checks += report.checks;
    if (report.checks == 0 && report.failures.size() == 1)
      return;  // a sample without elements: that it runs is all there is to see
    result_.second_order = std::max(result_.second_order, report.second_order);
    for (const std::string& failure : report.failures) result_.failures.push_back(e.where() + ": " + failure);
  }

  /// Check 3, cotangents as they lie in memory: those of the layout, and such as repeat a number by strides of 0.
  void check_cotangents(const Examination& e, Layout layout) {
    const auto as_given = [](const Tensor& u) { return u; };
    const auto repeated = [](const Tensor& u) { return broadcast_to(sum_to(u, {}), u.shape()); };
    const auto copied = [](const Tensor& u) { return copy(broadcast_to(sum_to(u, {}), u.shape())); };
    const bool plain = layout == Layout::contiguous;
    const std::vector<Tensor> found = plain ? e.gradients_by_output(repeated) : e.gradients_by_output(as_given),
                              dense = plain ? e.gradients_by_output(copied) : e.cotangents();
    for (std::size_t a = 0; a < found.size(); ++a) {
      const double error = distance(found[a], dense[a]);
      expect(error <= kAdjoint, concat(e.where(), ": cotangents with ", plain ? "strides of 0" : "other strides",
                                       " give another gradient of argument ", e.active()[a], ", off by ", error));
    }
  }

  /// Check 3, fused rules: every choice of arguments against the separate rules.
  void check_fused(const Examination& e) {
    const auto n = e.active().size();
    for (std::size_t mask = 1; mask < (std::size_t{1} << n); ++mask) {
      std::vector<int> wanted;
      for (std::size_t a = 0; a < n; ++a) {
        if (mask >> a & 1u) wanted.push_back(e.active()[a]);
      }
      const std::vector<Tensor> fused = e.gradients(wanted, Dtype::f64, Dtype::f64);
      for (std::size_t a = 0; a < wanted.size(); ++a) {
        const double error = distance(fused[a], e.cotangent(wanted[a]));
        expect(error <= kAdjoint,
               concat(e.where(), ": fused and separate vjp of argument ", wanted[a], " differ by ", error));
      }
    }
  }

  /// Check 4.
  void check_low_precision(const Examination& e) {
    for (Dtype dtype : {Dtype::f32, Dtype::f16, Dtype::bf16}) {
      if (size_of(dtype) == 2 && !op_.two_byte_types) continue;
      const auto low = e.outputs(dtype, dtype), high = e.outputs(dtype, Dtype::f64);
      for (std::size_t k = 0; k < low.size(); ++k) {
        const bool is_saved = op_.is_constant_output(static_cast<int>(k));  // for the rules: may be wider than dtype
        check_rounding(e, "output", k, dtype, low[k], high[k], is_saved ? compute_dtype(dtype) : dtype);
      }
      for (const bool differentiable : {false, true}) {
        if (differentiable && !op_.fused) continue;  // the same rules again
        const auto low_grad = e.gradients(e.active(), dtype, dtype, differentiable),
                   high_grad = e.gradients(e.active(), dtype, Dtype::f64, differentiable);
        for (std::size_t a = 0; a < low_grad.size(); ++a)
          check_rounding(e, "gradient", a, dtype, low_grad[a], high_grad[a], dtype);
      }
      const auto low_tangents = e.tangents(dtype, dtype), high_tangents = e.tangents(dtype, Dtype::f64);
      for (std::size_t k = 0; k < low_tangents.size(); ++k) {
        if (low_tangents[k].defined() && high_tangents[k].defined())
          check_rounding(e, "tangent", k, dtype, low_tangents[k], high_tangents[k], dtype);
      }
    }
  }

  void check_rounding(const Examination& e, const char* what, std::size_t k, Dtype dtype, const Tensor& low,
                      const Tensor& high, Dtype expected) {
    const double bounds = distance(low, high) / (op_.rounding * epsilon(dtype));
    result_.low_precision = std::max(result_.low_precision, bounds);
    const bool same_dtype =
        low.dtype() == dtype || low.dtype() == expected || low.dtype() == high.dtype();  // a fixed dtype is right too
    expect(bounds <= 1 && same_dtype, concat(e.where(), ": ", what, " ", k, " in ", dtype, " (", low.dtype(),
                                             ") is off by ", bounds, " times the bound"));
  }

  /// Check 6: the same values and directions on both devices.
  void check_parity(const Examination& here, const Examination& on_cpu) {
    const auto compare_all = [&](const char* what, const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
      for (std::size_t k = 0; k < a.size(); ++k) {
        const double error = distance(a[k], b[k]);
        result_.parity = std::max(result_.parity, error);
        expect(error <= kAdjoint && a[k].device() == device_,
               concat(here.where(), ": ", what, " ", k, " on ", a[k].device(), " differs from the cpu's by ", error));
      }
    };
    const KernelLog log;
    const std::vector<Tensor> outputs = here.outputs(Dtype::f64, Dtype::f64);
    for (const std::string& name : log.names()) {
      const auto at = std::lower_bound(result_.kernels.begin(), result_.kernels.end(), name);
      if (at == result_.kernels.end() || *at != name) result_.kernels.insert(at, name);
    }
    compare_all("output", outputs, on_cpu.outputs(Dtype::f64, Dtype::f64));
    compare_all("gradient", here.gradients(here.active(), Dtype::f64, Dtype::f64),
                on_cpu.gradients(on_cpu.active(), Dtype::f64, Dtype::f64));
  }

  /// Check 5.
  void check_wrong_rules(const Examination& e) {
    for (std::size_t k = 0; k < op_.wrong.size(); ++k) {
      const ErasedWrongRule& w = op_.wrong[k];
      const int wrt = op_.arity < 0 ? 0 : w.wrt;
      if (refuted_[k] || std::find(e.active().begin(), e.active().end(), wrt) == e.active().end()) continue;
      const Inner truth = e.pushed(wrt);
      const double tolerance = w.is_vjp ? kAdjoint : kFirstOrder;
      try {
        const Inner claim = w.is_vjp ? e.pulled(wrt, static_cast<int>(k)) : e.pushed(wrt, static_cast<int>(k));
        const double noise = rounding_noise(e.scale(wrt)) / (w.is_vjp ? 1 : kStep);
        refuted_[k] = !(relative_error(claim.value, truth.value, truth.size + claim.size, noise) <= tolerance);
      } catch (const ShapeError&) {
        continue;  // the mistake does not even fit these shapes; another sample must refute it by its value
      }
    }
  }

  const OpEntry& op_;
  Device device_;
  Generator generator_{20250, 0};
  std::vector<bool> refuted_;
  std::set<int> examined_;  // arguments whose rules some sample with elements has tried
  Certificate result_;
};

}  // namespace

Certificate certify(const OpEntry& op, const CertifyOptions& options) { return Certifier(op, options.device).run(); }

std::string to_string(const Certificate& c) {
  std::string text =
      concat(c.op, c.device.is_cpu() ? "" : concat(" on ", c.device), ": ",
             c.certified() ? "certified" : "NOT CERTIFIED", ", ", c.samples, " samples, ", c.checks,
             " checks, wrong rules ", c.wrong_killed, "/", c.wrong_killed + static_cast<int>(c.wrong_survivors.size()));
  if (c.wrong_equivalent > 0) text += concat(" (", c.wrong_equivalent, " equivalent)");
  for (std::size_t k = 0; k < c.kernels.size(); ++k) text += (k == 0 ? ", kernels " : ", ") + c.kernels[k];
  if (c.samples == 0) text += "\n  no samples: nothing was checked";
  for (const std::string& failure : c.failures) text += "\n  " + failure;
  for (const std::string& survivor : c.wrong_survivors) text += "\n  survived: " + survivor;
  return text;
}

}  // namespace cadena
