#include "cuda/runtime/emulated/fault.h"

#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <sys/auxv.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "cuda/runtime/emulated/arena.h"
#include "cuda/runtime/emulated/runner.h"
#include "cuda/runtime/emulated/state.h"

namespace cadena::cuda::emulated {
namespace {

constexpr size_t kHandlerStack = 64 * 1024, kReportStack = 256 * 1024;
constexpr std::array kSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, kTimeoutSignal};
std::array<struct sigaction, 65> previous;

/// What an OS thread needs to survive a fault, and what is known of the last one.
struct FaultState {
  char handler_stack[kHandlerStack];
  alignas(16) char report_stack[kReportStack];
  int signal;
  const char* address;
  const void* place;
  bool by_processor;  // no address: not a page fault
  stack_t before;     // the signal stack that this one replaces
  int steps = 0;      // single steps since a timeout came inside of the C library; 0: none is under way

  ~FaultState();
};
__thread FaultState* state = nullptr;

/// The thread ends: what set the stack before, a sanitizer for instance, takes its own back.
FaultState::~FaultState() {
  state = nullptr;
  sigaltstack(&before, nullptr);
}

/// An object in the address space, such as a library.
struct Object {
  uintptr_t begin = 0, end = 0;
  bool holds(uintptr_t place) const { return place >= begin && place < end; }
};
Object c_library, loader;

/// The object that holds an address; empty if none does.
Object object_with(uintptr_t place) {
  struct Search {
    uintptr_t place;
    Object found;
  } search{place, {}};
  const auto look = [](dl_phdr_info* info, size_t, void* data) {
    auto& [wanted, found] = *static_cast<Search*>(data);
    Object object{UINTPTR_MAX, 0};
    for (int i = 0; i < info->dlpi_phnum; ++i) {
      const auto& part = info->dlpi_phdr[i];
      if (part.p_type != PT_LOAD) continue;
      object.begin = std::min<uintptr_t>(object.begin, info->dlpi_addr + part.p_vaddr);
      object.end = std::max<uintptr_t>(object.end, info->dlpi_addr + part.p_vaddr + part.p_memsz);
    }
    if (!object.holds(wanted)) return 0;
    found = object;
    return 1;
  };
  dl_iterate_phdr(look, &search);
  return search.found;
}

/// Where code may hold a lock, of printf or malloc, that nobody would give back if its thread stopped there.
[[maybe_unused]] bool may_hold_lock(uintptr_t place) { return c_library.holds(place) || loader.holds(place); }

/// Where the handler returns to: an ordinary function on a stack of its own, which ends the block.
[[noreturn]] void after_fault() {
  Runner& runner = *Runner::running();
  std::string what;
  cudaError_t code = cudaErrorIllegalAddress;
  if (state->signal == kTimeoutSignal) {
    code = cudaErrorLaunchTimeout;
    char limit[32];
    std::snprintf(limit, sizeof limit, "%g", time_limit());
    what = std::string("the kernel still runs after ") + limit +
           " s (CADENA_EMULATOR_TIMEOUT): an endless loop, or one that waits for a block that has not begun, or for a "
           "thread "
           "of its own block without an atomic operation or a fence";
  } else if (state->signal == SIGFPE) {
    code = cudaErrorLaunchFailure;
    what = "integer division by zero, or of the smallest integer by -1";
  } else if (state->signal == SIGILL) {
    code = cudaErrorLaunchFailure;
    what = "a check that the compiler put in has failed: an index beyond the end of an array";
  } else if (runner.is_stack_guard(state->address)) {
    code = cudaErrorLaunchFailure;
    what = "stack overflow: the local variables of one thread exceed the emulator's 60 KiB";
  } else if (state->by_processor) {
    code = cudaErrorMisalignedAddress;
    what =
        "misaligned access: a vector (float4 and the like) at an address that is no multiple of its size, or a wild "
        "pointer";
  } else if (is_beyond_shared(runner, state->address)) {
    what = "out of bounds: past the end of the block's " + std::to_string(runner.launch().shared_bytes) +
           " bytes of dynamic shared memory";
  } else {
    what = describe_address(state->address);
  }
  const void* place = runner.blamed_place() != nullptr ? runner.blamed_place() : state->place;
  runner.fail(code, std::move(what), {nullptr, 0}, place, runner.thread());
}

/// Whether a kernel that is over time goes on for a moment, until it is out of the C library: the processor then traps
/// after each instruction, which calls the handler again. One that stays inside is stopped all the same after a while.
bool steps_out([[maybe_unused]] bool over_time, [[maybe_unused]] mcontext_t& registers) {
#if defined(__x86_64__)
  constexpr greg_t kTrapFlag = 0x100;
  constexpr int kMostSteps = 500'000;
  if (over_time && may_hold_lock(static_cast<uintptr_t>(registers.gregs[REG_RIP])) && state->steps < kMostSteps) {
    ++state->steps;
    registers.gregs[REG_EFL] |= kTrapFlag;
    return true;
  }
  registers.gregs[REG_EFL] &= ~kTrapFlag;
#endif
  state->steps = 0;
  return false;
}

void handle(int signal, siginfo_t* info, void* opaque) {
  // A late signal may come in host code, or while the emulator itself runs: the watchdog sends another.
  if (signal == kTimeoutSignal && (Runner::running() == nullptr || state == nullptr)) return;
  if (Runner::running() == nullptr || state == nullptr) {
    const char* address = static_cast<const char*>(info->si_addr);
    if (signal == SIGSEGV && is_device_memory(address)) {
      static const char message[] = "cadena: host code reads or writes device memory: copy it with cudaMemcpy first\n";
      [[maybe_unused]] const auto written = write(STDERR_FILENO, message, sizeof message - 1);
    }
    const struct sigaction& before = previous[size_t(signal)];
    if ((before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction != nullptr) {
      before.sa_sigaction(signal, info, opaque);
    } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
      before.sa_handler(signal);
    } else {
      ::signal(signal, SIG_DFL);             // the instruction faults again, and ends the process
      if (signal == SIGTRAP) raise(signal);  // this one would not
    }
    return;
  }
  auto& registers = static_cast<ucontext_t*>(opaque)->uc_mcontext;
  const bool over_time = signal == kTimeoutSignal || (signal == SIGTRAP && state->steps > 0);
  if (steps_out(over_time, registers)) return;
  state->signal = over_time ? kTimeoutSignal : signal;
  state->address = static_cast<const char*>(info->si_addr);
  state->by_processor = signal == SIGSEGV && info->si_code > 0 && info->si_code != SEGV_MAPERR &&
                        info->si_code != SEGV_ACCERR && info->si_code != 4;
  const uintptr_t stack = (reinterpret_cast<uintptr_t>(state->report_stack) + kReportStack - 64) & ~uintptr_t{15};
#if defined(__x86_64__)
  state->place = reinterpret_cast<const void*>(registers.gregs[REG_RIP] + 1);  // as if it were a return address
  registers.gregs[REG_RSP] = static_cast<greg_t>(stack - 8);
  registers.gregs[REG_RIP] = reinterpret_cast<greg_t>(&after_fault);
#elif defined(__aarch64__)
  state->place = reinterpret_cast<const void*>(registers.pc + 1);
  registers.sp = stack;
  registers.pc = reinterpret_cast<uintptr_t>(&after_fault);
#else
  (void)stack, (void)registers;
  after_fault();
#endif
}

}  // namespace

void catch_faults() {
  static std::once_flag once;
  std::call_once(once, [] {
    c_library = object_with(reinterpret_cast<uintptr_t>(dlsym(RTLD_DEFAULT, "fwrite")));
    loader = object_with(getauxval(AT_BASE));
    for (const int signal : kSignals) {
      struct sigaction action {};
      action.sa_sigaction = handle;
      action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
      sigaction(signal, &action, &previous[size_t(signal)]);
    }
  });
  if (state != nullptr) return;
  static thread_local std::unique_ptr<FaultState> owner;
  owner.reset(new FaultState);
  state = owner.get();
  stack_t stack{};
  stack.ss_sp = state->handler_stack;
  stack.ss_size = kHandlerStack;
  sigaltstack(&stack, &state->before);
}

}  // namespace cadena::cuda::emulated
