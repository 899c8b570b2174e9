#include "cuda/kernels/recording.h"

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "cuda/kernels/private_pool.h"
#include "cuda/kernels/select_device.h"
#include "cuda/kernels/stream.h"
#include "cuda/runtime/graph.h"
#include "cuda/runtime/memory.h"
#include "cuda/runtime/staging.h"
#include "cuda/runtime/stream.h"
#include "tensor/base/error.h"

namespace cadena::cuda {
namespace {

/// Device memory that is filled from the host: before the first run, and where there is a `write` before every other.
struct Operand {
  void* device;
  std::vector<std::byte> host;
  Callable<void(void*)> write;

  void upload() const { copy_staged(device, host.data(), host.size(), current_stream()); }
};

}  // namespace

struct Recording::Impl {
  int index = 0;
  Stream stream{true};  // what other threads put into the default stream meanwhile is no part of a capture
  std::shared_ptr<PrivatePool> pool = std::make_shared<PrivatePool>();
  std::shared_ptr<PrivatePool> operand_pool = std::make_shared<PrivatePool>();  // a run overwrites blocks of the other
  std::optional<Graph> graph;
  std::vector<Operand> operands;
  std::vector<Callable<void()>> checks, actions, undo;
  std::vector<void*> kept;
  std::unordered_set<const void*> own;
  bool is_recording = false;

  ~Impl() { forget(); }

  void* add_operand(const void* bytes, std::size_t size, Callable<void(void*)> write) {
    Operand operand{operand_pool->take(size), std::vector<std::byte>(size), std::move(write)};
    if (operand.write) operand.write(operand.host.data());
    else std::copy_n(static_cast<const std::byte*>(bytes), size, operand.host.data());
    operands.push_back(std::move(operand));
    return operands.back().device;
  }

  void forget() {
    graph.reset();
    for (const Operand& operand : operands) PrivatePool::give_back(operand.device);
    for (void* data : kept) release(data, current_stream());
    operands.clear();
    checks.clear();
    actions.clear();
    undo.clear();
    kept.clear();
    own.clear();
  }
};

/// While it lives, this thread works for a recording.
class Recording::Scope {
 public:
  static inline thread_local Impl* active = nullptr;

  Scope(Impl& impl, bool is_recording) : stream_(impl.stream.get()), outer_(std::exchange(active, &impl)) {
    impl.is_recording = is_recording;
  }
  ~Scope() {
    active->is_recording = false;
    active = outer_;
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  StreamScope stream_;
  Impl* outer_;
};

Recording::Recording(int index) {
  on_device(index, [&] { impl_ = std::make_unique<Impl>(); });
  impl_->index = index;
}
Recording::~Recording() = default;

void Recording::rehearse(const Callable<void()>& work) {
  refuse("Recording", "another recording would begin in it");
  on_device(impl_->index, [&] {
    const Scope scope(*impl_, false);
    work();
  });
}

void Recording::record(const Callable<void()>& work) {
  refuse("Recording", "another recording would begin in it");
  impl_->forget();
  try {
    on_device(impl_->index, [&] {
      {
        const Scope scope(*impl_, true);
        impl_->graph.emplace(impl_->stream.get(), work);
      }
      for (const Operand& operand : impl_->operands) operand.upload();
      impl_->graph->launch(current_stream());
    });
  } catch (...) {
    for (const Callable<void()>& action : impl_->undo) action();
    impl_->forget();
    throw;
  }
}

void Recording::replay() {
  refuse("Recording", "a replay would begin in it");
  on_device(impl_->index, [&] {
    for (const Callable<void()>& check : impl_->checks) check();
    for (const Callable<void()>& action : impl_->actions) action();
    impl_->graph->launch(current_stream());
  });
}

bool Recording::is_recorded() const { return impl_->graph.has_value(); }

std::size_t Recording::size() const { return is_recorded() ? impl_->graph->size() : 0; }

bool Recording::is_active() { return Scope::active != nullptr; }

bool Recording::is_under_way() { return Scope::active != nullptr && Scope::active->is_recording; }

void Recording::check_before_replay(Callable<void()> check) { Scope::active->checks.push_back(std::move(check)); }

void Recording::before_replay(Callable<void()> action) { Scope::active->actions.push_back(std::move(action)); }

void Recording::if_it_fails(Callable<void()> action) { Scope::active->undo.push_back(std::move(action)); }

void* Recording::constant(const void* host, std::size_t bytes) { return Scope::active->add_operand(host, bytes, {}); }

void* Recording::operand(std::size_t bytes, Callable<void(void* host)> write) {
  Impl& impl = *Scope::active;
  void* device = impl.add_operand(nullptr, bytes, std::move(write));
  impl.actions.push_back([&impl, i = impl.operands.size() - 1] {
    Operand& operand = impl.operands[i];
    operand.write(operand.host.data());
    operand.upload();
  });
  return device;
}

void Recording::refuse(const char* op, const char* why) {
  if (is_under_way()) fail<Error>(op, ": cannot be recorded: ", why, " (docs/device.md)");
}

void* Recording::take(int index, std::size_t bytes) {
  if (!is_active()) return nullptr;
  Impl& impl = *Scope::active;
  if (index != impl.index) {
    fail<DeviceError>("memory on cuda:", index, " for a step that is recorded on cuda:", impl.index);
  }
  void* data = impl.pool->take(bytes);
  if (impl.is_recording) impl.own.insert(data);
  return data;
}

bool Recording::is_own(const void* data) { return is_under_way() && Scope::active->own.contains(data); }

bool Recording::keep(void* data) noexcept {
  if (!is_under_way()) return false;
  Scope::active->kept.push_back(data);
  return true;
}

}  // namespace cadena::cuda
