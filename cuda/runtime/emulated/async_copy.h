#pragma once

namespace cadena::cuda::emulated {

/// Queues a copy, which is done when the thread waits for its group and not before: a kernel that forgets to wait
/// reads what was there earlier.
void async_copy(void* shared, const void* global, int bytes, bool valid);
void async_copy_commit();
void async_copy_wait(int pending_groups);

}  // namespace cadena::cuda::emulated
