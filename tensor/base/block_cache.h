#pragma once

#include <cstddef>

namespace cadena {

/// Memory for the elements of tensors, aligned to 64 bytes. The system hands out large blocks page by page as they are
/// first touched, which costs more than most ops spend on them; so blocks from 64 KiB to 64 MiB that were given back
/// are kept, by thread, for requests of nearly their size; the first such request also has glibc keep blocks of up to
/// 16 MiB in its heap, for the whole process. Smaller ones come from `pool_allocate`, larger ones always from the
/// system. Where the system has no memory for a block of 64 KiB or more, what the thread keeps is freed and it is asked
/// once more. Throws MemoryError naming the size when memory runs out.
void* block_allocate(std::size_t bytes);

/// Gives back what `block_allocate(bytes)` returned; any thread may do it. A thread keeps at most 256 MiB: a block that
/// is too much has those before it freed.
void block_free(void* memory, std::size_t bytes) noexcept;

/// Bytes of the blocks that this thread keeps.
std::size_t kept_block_bytes() noexcept;

}  // namespace cadena
