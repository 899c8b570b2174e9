#pragma once

#include <cstdint>

#include "tensor/base/dtype.h"

namespace cadena::cuda {

/// Something to be sorted: by its key, then by its number.
struct Ranked {
  std::uint64_t key;
  i64 number;
};

/// The power of two at or above n: what `rank` needs room for.
i64 rank_capacity(i64 n);

/// Sorts `items`, of which there are a power of two, ascending. With `stream_of_low_words`, keys are the high halves of
/// the random words of their numbers, and equal keys are told apart by the low halves (Philox, `seed` and `stream`).
/// Batcher's bitonic network ("Sorting networks and their applications", 1968): the comparisons do not depend on the
/// data, so neither does the time.
void rank(Ranked* items, i64 count, bool by_random_words = false, std::uint64_t seed = 0, std::uint64_t stream = 0);

}  // namespace cadena::cuda
