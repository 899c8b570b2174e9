#pragma once

#include "tensor/base/dtype.h"
#include "tensor/base/function_ref.h"

namespace cadena::cpu {

/// Calls `body(begin, end)` on chunks of at least `grain` indices that together cover [0, n), on all threads. Chunks
/// are disjoint, so a body that writes only what belongs to its indices gives the same result for any number of
/// threads. Runs on the calling thread alone where the range is short, inside another `parallel_for`, or while another
/// thread uses the pool. The first exception of a body is thrown again here. A child of fork() starts threads of its
/// own; it must not return from a body that it was forked in.
void parallel_for(i64 n, i64 grain, FunctionRef<void(i64, i64)> body);

/// Threads that `parallel_for` uses, if the system lets them start: `CADENA_NUM_THREADS`, else one a processor.
int num_threads();

/// Changes that number for this process; 1 turns threading off. Throws ValueError below 1 and above 1024.
void set_num_threads(int threads);

}  // namespace cadena::cpu
