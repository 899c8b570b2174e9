#include "tensor/update.h"

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
          apply_update("step", Update{.weights = on[0], .gradient = on[1], .master = on[2], .states = states}, f);
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

}  // namespace
}  // namespace cadena::parity
