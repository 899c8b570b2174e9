#include "autograd/recorded.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>

#include "autograd/journal.h"
#include "autograd/node.h"
#include "autograd/replaced_values.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tensor/footprint.h"
#include "tensor/recording.h"

namespace cadena {
namespace {

constexpr auto kName = "Recorded";

bool share_memory(const Tensor& a, const Tensor& b) { return a.defined() && b.defined() && a.storage() == b.storage(); }

Leaf& leaf_of(const Journal::Gradient& gradient) { return static_cast<Leaf&>(*gradient.leaf); }

/// Throws unless `x` can stand where `place` stands.
template <class... Words>
void check_fits(const Tensor& x, const Tensor& place, const Words&... what) {
  if (x.shape() != place.shape()) {
    fail<ShapeError>(kName, ": ", what..., " has shape ", x.shape(), ", had ", place.shape(), " before");
  }
  if (x.dtype() != place.dtype()) {
    fail<DtypeError>(kName, ": ", what..., " is ", x.dtype(), ", was ", place.dtype(), " before");
  }
}

/// Throws unless `x`, which the step leaves behind, is on the device.
template <class... Words>
void check_device(const Tensor& x, Device device, const Words&... what) {
  if (!x.defined()) fail<ValueError>(kName, ": ", what..., " is undefined");
  if (x.device() != device) {
    fail<DeviceError>(kName, ": ", what..., " is on ", x.device(), ", expected ", device,
                      ": a replay would not compute it");
  }
}

/// What the step leaves at another place than it found it: `after` is copied to `before`, where the next replay reads
/// it.
struct Move {
  Tensor before, after;
};

/// Copies all of them, as if at once: one may be read where another is written.
void move_all(std::vector<Move>& moves, std::vector<Tensor>& results) {
  const auto is_written = [&](const Tensor& x) {
    return std::any_of(moves.begin(), moves.end(), [&](const Move& move) { return share_memory(move.before, x); });
  };
  for (Tensor& result : results) {
    if (is_written(result)) result = copy(result);
  }
  for (Move& move : moves) {
    if (is_written(move.after)) move.after = copy(move.after);
  }
  for (const Move& move : moves) copy_into(move.before, move.after);
}

}  // namespace

struct Recorded::Impl {
  /// A gradient that the step touches: what it finds, or takes over into `before`, and what it leaves.
  struct Gradient : Journal::Gradient {
    Tensor after;
  };

  Device device;
  Step step;
  std::vector<Tensor> places;  // of the inputs of all calls; on the CPU those of the first
  bool was_run = false;
  std::unique_ptr<Recording> recording;  // none on the CPU
  std::vector<Tensor> results;           // of the step, where the recording writes them
  Journal::Entries values;               // that the step sets, and where the recording reads and writes them
  std::vector<Gradient> gradients;
  Footprint footprint;
  Journal::Entries replaced;  // by others after the recording, with the values that the recording takes
  std::mutex replaced_mutex;
  std::optional<ReplacedValues> listener;

  void begin() {
    forget();
    was_run = false;
    if (device.is_cuda()) recording = std::make_unique<Recording>(device.index);
  }

  void check_inputs(std::span<const Tensor> inputs) const {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i].defined()) fail<ValueError>(kName, ": input ", i, " is undefined");
    }
    if (!was_run) return;
    if (inputs.size() != places.size()) {
      fail<ShapeError>(kName, ": got ", inputs.size(), " inputs, the first call had ", places.size());
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) check_fits(inputs[i], places[i], "input ", i);
  }

  /// The results as tensors that nobody else has.
  std::vector<Tensor> own_results(std::vector<Tensor> all) const {
    for (std::size_t i = 0; i < all.size(); ++i) check_device(all[i], device, "result ", i);
    for (Tensor& result : all) {
      if (!result.is_sole_owner()) result = copy(result);
    }
    return all;
  }

  /// The first call. What the step sets gets memory that no other tensor shares, since replays will write there.
  std::vector<Tensor> rehearse() {
    const Journal journal;
    std::vector<Tensor> all;
    recording->rehearse([&] { all = own_results(step(places)); });
    for (const auto& [variable, before] : journal.entries()) {
      const Tensor& value = variable.value();
      if (value.device() == device && !(value.is_sole_owner() && value.is_contiguous()))
        variable.set_value(copy(value));
    }
    return all;
  }

  /// The second call: records the step, which so runs once. If it throws, all is as it was.
  void record() {
    const Journal journal;
    try {
      recording->record([&] {
        footprint.collect(kName, [&] {
          results = step(places);
          for (std::size_t i = 0; i < results.size(); ++i) check_device(results[i], device, "result ", i);
          carry(journal);
        });
      });
    } catch (...) {
      for (const auto& [variable, before] : journal.entries()) variable.set_value(before);
      for (const Journal::Gradient& gradient : journal.gradients()) leaf_of(gradient).set_grad(gradient.before);
      forget();
      throw;
    }
    values = journal.entries();
    listener.emplace([this](const Variable& variable) {
      if (!footprint.holds(variable.value()) || is_set(variable)) return;
      const std::lock_guard lock(replaced_mutex);  // any thread may replace a value
      replaced.emplace_back(variable, variable.value());
    });
  }

  /// Has what the step left in variables and gradients found by the next replay where this one found it.
  void carry(const Journal& journal) {
    std::vector<Move> moves;
    for (const auto& [variable, before] : journal.entries()) {
      check_device(before, device, "a value that the step sets");
      check_device(variable.value(), device, "a value that the step sets");
      check_fits(variable.value(), before, "a value that the step sets");
      if (!share_memory(variable.value(), before)) moves.push_back({before, variable.value()});
    }
    for (const Journal::Gradient& gradient : journal.gradients()) {
      Tensor after = leaf_of(gradient).grad();
      if (after.defined()) check_device(after, device, "the gradient of a parameter");
      if (gradient.is_read && gradient.before.defined() && after.defined() && !share_memory(after, gradient.before)) {
        check_fits(after, gradient.before, "the gradient of a parameter");
        moves.push_back({gradient.before, after});
        after = gradient.before;
      }
      gradients.push_back({gradient, after});
    }
    move_all(moves, results);
    for (const auto& [variable, before] : journal.entries()) variable.set_value(before);
    for (const Gradient& gradient : gradients) leaf_of(gradient).set_grad(gradient.after);
  }

  void replay() {
    footprint.check(kName);
    check_values();
    take_over_values();
    take_over_gradients();
    recording->replay();
    footprint.count_writes();
    for (const Gradient& gradient : gradients) {
      leaf_of(gradient).set_grad(gradient.after);
      if (gradient.after.defined()) gradient.after.storage()->version.increment();
    }
  }

  bool is_set(const Variable& variable) const {
    return std::any_of(values.begin(), values.end(), [&](const auto& v) { return v.first.is_handle_of(variable); });
  }

  /// Throws if a value that the recording takes and never sets is another one now.
  void check_values() {
    const std::lock_guard lock(replaced_mutex);
    std::erase_if(replaced, [](const auto& entry) { return share_memory(entry.first.value(), entry.second); });
    if (replaced.empty()) return;
    fail<Error>(kName, ": a value of shape ", replaced[0].second.shape(),
                " that the step takes was replaced after the "
                "step had been recorded, as loading or moving a model does; call reset() (docs/device.md)");
  }

  /// A value that the step sets may have been set by others meanwhile.
  void take_over_values() {
    for (const auto& [variable, place] : values) {
      if (variable.value().is_same(place)) continue;
      check_fits(variable.value(), place, "a value that the step sets");
      copy_into(place, to(variable.value(), device));
      variable.set_value(place);
    }
  }

  /// The same for gradients that the step reads or adds to: one that others have zeroed counts as zeros.
  void take_over_gradients() {
    for (const Gradient& gradient : gradients) {
      if (!gradient.is_read) continue;
      const Tensor now = leaf_of(gradient).grad();
      const Tensor& place = gradient.before;
      if (now.defined() && !place.defined()) {
        fail<Error>(kName, ": a parameter of shape ", now.shape(),
                    " has a gradient, and had none when the step was "
                    "recorded: call zero_grad() as then, or reset() (docs/device.md)");
      }
      if (!place.defined() || share_memory(now, place)) continue;
      if (now.defined()) copy_into(place, now);
      else fill(place, 0);
    }
  }

  void forget() {
    listener.reset();
    replaced.clear();
    results.clear();
    values.clear();
    gradients.clear();
    footprint = Footprint();
  }
};

Recorded::Recorded(Device device, Step step) {
  auto impl = std::make_unique<Impl>();
  impl->device = device;
  impl->step = std::move(step);
  impl->begin();
  impl_ = impl.release();
}

Recorded::~Recorded() { delete impl_; }

std::vector<Tensor> Recorded::operator()(std::span<const Tensor> inputs) {
  Impl& self = *impl_;
  self.check_inputs(inputs);
  if (!self.was_run) {
    self.places.clear();
    for (const Tensor& input : inputs) {
      self.places.push_back(input.device() == self.device && self.recording ? copy(input) : to(input, self.device));
    }
    std::vector<Tensor> results = self.recording ? self.rehearse() : self.own_results(self.step(self.places));
    self.was_run = true;
    return results;
  }
  if (!self.recording) {
    std::vector<Tensor> on_device;
    for (const Tensor& input : inputs) on_device.push_back(to(input, self.device));
    return self.own_results(self.step(on_device));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) copy_into(self.places[i], to(inputs[i], self.device));
  if (is_recorded()) self.replay();
  else self.record();
  std::vector<Tensor> copies;
  for (const Tensor& result : self.results) copies.push_back(copy(result));
  return copies;
}

void Recorded::reset() { impl_->begin(); }

bool Recorded::is_recorded() const { return impl_->recording && impl_->recording->is_recorded(); }

std::size_t Recorded::size() const { return impl_->recording ? impl_->recording->size() : 0; }

}  // namespace cadena
