#pragma once

#include <csignal>

namespace cadena::cuda::emulated {

/// Sent to the OS threads of a kernel that has run too long.
inline constexpr int kTimeoutSignal = SIGURG;

/// Turns memory faults and divisions by zero of kernels on this OS thread into failures of the kernel. A fault in host
/// code goes on to the handler there was before.
void catch_faults();

}  // namespace cadena::cuda::emulated
