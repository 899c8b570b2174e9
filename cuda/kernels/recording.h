#pragma once

#include <cstddef>
#include <memory>

#include "tensor/base/callable.h"

namespace cadena::cuda {

/// What a piece of work launches on the device, recorded to be run again at the price of one launch. A replay repeats
/// kernels and copies with the same addresses and arguments, and nothing of what the host did in between; so what the
/// work reads of the host must be declared here, and memory comes from a pool of the recording's own. The static
/// functions serve the work, on the thread that runs it.
class Recording {
 public:
  /// Of work on device `index`. Throws DeviceError where there is none.
  explicit Recording(int index);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  /// Runs `work` as it will be recorded, on the stream and with the memory of the recording: what is made at first use
  /// is made then.
  void rehearse(const Callable<void()>& work);

  /// Records `work`, which this thread must have rehearsed, and runs what was recorded. If it throws, nothing was
  /// recorded and nothing has run.
  void record(const Callable<void()>& work);

  /// Of what was recorded, which there must be: checks, does what `before_replay` was given, fills the operands anew,
  /// and runs all again in the order of this thread's stream. The host does not wait. If a check throws, nothing has
  /// happened.
  void replay();

  /// True once something is recorded.
  bool is_recorded() const;
  /// How many kernels, copies and fills were recorded: 0 before `record`.
  std::size_t size() const;

  /// True while this thread rehearses or records.
  static bool is_active();
  /// True while this thread records.
  static bool is_under_way();

  /// Has `check`, which throws where a replay would not do what the work would do now, called before each replay.
  static void check_before_replay(Callable<void()> check);

  /// Has `action` done on the host at the beginning of each replay, in the order of these calls.
  static void before_replay(Callable<void()> action);

  /// Has `action` done on the host if the recording fails: nothing of it has run then.
  static void if_it_fails(Callable<void()> action);

  /// Device memory with these bytes of the host in every run.
  static void* constant(const void* host, std::size_t bytes);

  /// Device memory that `write` fills, by way of the host, for the run that is recorded and for each replay.
  static void* operand(std::size_t bytes, Callable<void(void* host)> write);

  /// Throws Error "OP: cannot be recorded: WHY …" while this thread records.
  static void refuse(const char* op, const char* why = kWaits);
  static constexpr auto kWaits = "the host would wait for the device";
  static constexpr auto kCopies = "every replay would copy what the host has now; pass it as an input";

  /// Memory on device `index` for what is being recorded or rehearsed; null if this thread does neither. Throws
  /// DeviceError if the recording is of another device.
  static void* take(int index, std::size_t bytes);

  /// True if `data` was taken since this thread's recording began, and not before.
  static bool is_own(const void* data);

  /// Keeps memory that was made before the recording and is given up in it, as what was recorded may read it. False if
  /// this thread records nothing.
  static bool keep(void* data) noexcept;

 private:
  struct Impl;
  class Scope;

  std::unique_ptr<Impl> impl_;
};

}  // namespace cadena::cuda
