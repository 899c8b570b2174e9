#pragma once

namespace cadena::cuda::emulated {

/// Turns memory faults and divisions by zero of kernels on this OS thread into failures of the kernel. A fault in host
/// code goes on to the handler there was before.
void catch_faults();

}  // namespace cadena::cuda::emulated
