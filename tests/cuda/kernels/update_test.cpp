#include "tensor/update.h"

#include "cuda/kernels/kernel_log.h"
#include "tensor/arithmetic.h"
#include "tensor/base/scalar_update.h"
#include "tests/cuda/kernels/parity.h"

namespace cadena::parity {
namespace {

constexpr scalar::Descent kDescent{-1, 0.1};
constexpr scalar::AdamStep kAdam{kDescent, 0.01, 0.99, 0.9, 0.999, 1e-8, 0.1, 0.01};

/// Two steps `f` from the same weights, gradient, master and states on both devices: all of them are close.
template <class F>
void expect_same_steps(const F& f) {
  for (const Dtype dtype : kFloats) {
    const Dtype full = compute_dtype(dtype);
    for (const bool scatters : {false, true}) {
      const Shape shape{13, 33};
      Tensors host{cast(noise(shape, 1), dtype), cast(noise(shape, 2), full), Tensor()};
      host[2] = add(cast(host[0], full), dtype == full ? 0 : 1e-5);  // what the weights are the rounded image of
      const Tensor written = host[0];
      fill(slice(written, 0, {3, 5}), 0.75);  // by somebody else: the step starts from there
      for (int k = 0; k < F::kStates; ++k)
        host.push_back(cast(add(noise(shape, 3 + static_cast<unsigned>(k), 3, 0.1), 1), full));
      Tensors device;
      for (const Tensor& x : host)
        device.push_back(scatters ? scattered(to(x, Device::cuda())) : to(x, Device::cuda()));
      for (int step = 0; step < 2; ++step) {
        for (const Tensors& on : {host, device}) {
          const Tensors states(on.begin() + 3, on.end());
          apply_update<F>("step", {on[0], on[1], on[2], states}, [&] { return f; });
        }
      }
      for (std::size_t i = 0; i < host.size(); ++i) {
        if (i != 2 || dtype != full) expect_close(device[i], host[i], 2 * bound(host[i].dtype()));
      }
    }
  }
}

TEST(CudaUpdate, StepsOfEveryOptimizer) {
  expect_same_steps(scalar::GradientStep{kDescent, 0.1});
  expect_same_steps(scalar::MomentumStep{kDescent, 0.1, 0.9, 0.1, true});
  expect_same_steps(scalar::RmsStep{kDescent, 0.1, 0.9, 1e-8, 0.5});
  expect_same_steps(scalar::AdagradStep{kDescent, 0.1, 1e-8});
  expect_same_steps(kAdam);
  expect_same_steps(scalar::AmsgradStep{kAdam});
  expect_same_steps(scalar::AverageStep{0.9});
}

TEST(CudaUpdate, TensorsAreSteppedTogetherWithTheBitsOfEachAlone) {
  for (const Dtype dtype : kFloats) {
    const Dtype full = compute_dtype(dtype);
    std::vector<std::vector<Tensor>> sets[2];  // weights, gradient, master, two moments; for each way of stepping
    for (auto& set : sets) {
      unsigned seed = 1;
      for (const i64 n : {1, 31, 0, 32768, 70001, 129}) {
        std::vector<Tensor> x;
        for (int k = 0; k < 5; ++k)
          x.push_back(to(cast(noise({n}, ++seed, 10, 1), k == 0 ? dtype : full), Device::cuda()));
        x[2] = cast(x[0], full);
        set.push_back(x);
      }
      set.back()[3] = scattered(set.back()[3]);  // not contiguous: stepped by itself
    }
    std::vector<Update> many;
    std::vector<std::vector<Tensor>> moments;
    std::vector<scalar::AdamStep> steps(sets[0].size(), kAdam);
    for (std::size_t i = 0; i < sets[0].size(); ++i) {
      steps[i].learning_rate = 0.01 * static_cast<double>(i + 1);
      const auto& own = sets[0][i];
      const std::vector<Tensor> states{own[3], own[4]};
      const Update alone{own[0], own[1], own[2], states};
      apply_updates<scalar::AdamStep>("step", {&alone, 1}, [&](std::size_t) { return steps[i]; });
      moments.push_back({sets[1][i][3], sets[1][i][4]});
    }
    for (std::size_t i = 0; i < sets[1].size(); ++i) {
      many.push_back({sets[1][i][0], sets[1][i][1], sets[1][i][2], moments[i]});
    }
    const cuda::KernelLog log;
    apply_updates<scalar::AdamStep>("step", many, [&](std::size_t k) { return steps[k]; });
    EXPECT_EQ(log.names().size(), 2u);  // one kernel for all, and the general one for what is not contiguous
    for (std::size_t i = 0; i < sets[0].size(); ++i) {
      for (std::size_t k = 0; k < 5; ++k) EXPECT_EQ(sets[1][i][k].to_vector(), sets[0][i][k].to_vector()) << i << k;
    }
  }
}

}  // namespace
}  // namespace cadena::parity
