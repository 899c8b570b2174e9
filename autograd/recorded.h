#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "tensor/base/callable.h"
#include "tensor/tensor.h"

namespace cadena {

/// A step, such as one of training, that is recorded on a CUDA device and replayed there: thousands of kernels for the
/// price of one launch, without the host between them (a CUDA graph). It does what calling `step` does, to the bit:
///
///     Recorded step(Device::cuda(), [&](std::span<const Tensor> batch) {
///       const Variable loss = nn::cross_entropy_loss(model(Variable(batch[0])), batch[1]);
///       optimizer.zero_grad();
///       loss.backward();
///       clip_grad_norm_(optimizer.parameters(), 1);
///       optimizer.step();
///       return std::vector{loss.value()};
///     });
///     for (…) loss = step({x, targets})[0];
///
/// The first call runs `step`, the second records it, and from then on the recording is replayed. A replay takes the
/// inputs of its call, the values of parameters and buffers, gradients, and what optimizers have: moments, counts of
/// steps, and the learning rates of now. What `step` leaves in variables (`Variable::set_value`: running statistics,
/// the state of dropout) and in gradients is there for the next replay and for everybody else. All else that `step`
/// does on the host is done when it is recorded and not again: numbers and branches stay as they were, and schedules
/// are stepped outside. Tensors that `step` keeps are overwritten by the next replay.
///
/// What cannot be recorded throws Error, naming the op, and nothing has changed: reading values on the host (`item`,
/// `to_vector`, copies to the CPU, checks of some losses, decompositions), copies from the host other than inputs,
/// draws from a `Generator`. What `step` refers to must outlive this object, which serves one thread at a time. On the
/// CPU every call runs `step`. `docs/device.md` says more.
class Recorded {
 public:
  /// What is recorded: from tensors on the device to tensors there.
  using Step = Callable<std::vector<Tensor>(std::span<const Tensor>)>;

  /// Records nothing yet. Throws DeviceError if there is no such device.
  Recorded(Device device, Step step);
  ~Recorded();
  Recorded(const Recorded&) = delete;
  Recorded& operator=(const Recorded&) = delete;

  /// One step for inputs on the CPU or the device; the results are tensors of their own. Throws ShapeError or
  /// DtypeError where the inputs differ from those of the first call in number, shape or dtype, DeviceError where a
  /// result is not on the device, Error where the step cannot be recorded, or what it takes was freed or replaced since
  /// (a parameter by loading or moving the model).
  std::vector<Tensor> operator()(std::span<const Tensor> inputs);
  /// The same for inputs in braces.
  std::vector<Tensor> operator()(std::initializer_list<Tensor> inputs) {
    return operator()(std::span(inputs.begin(), inputs.size()));
  }

  /// Forgets the recording: the next call runs the step, for inputs of any shape, and the one after it records again.
  void reset();

  /// True if the next call will replay: never on the CPU.
  bool is_recorded() const;
  /// How many kernels, copies and fills a replay runs; 0 before it is recorded.
  std::size_t size() const;

 private:
  struct Impl;
  Impl* impl_;  // owned: unique_ptr is in <memory>, which is dear to include
};

}  // namespace cadena
