#include "cuda/kernels/upload.h"

#include <algorithm>

#include "cuda/kernels/enqueue.h"

namespace cadena::cuda {
namespace {

constexpr i64 kWords = 256;  // 2 KiB: arguments of a kernel have room for 4

struct Words {
  i64 value[kWords];
};

// One block; thread t writes word t.
__global__ void write_words(i64* to, Words words, unsigned count) {
  if (threadIdx.x < count) to[threadIdx.x] = words.value[threadIdx.x];
}

}  // namespace

Scratch<i64> upload(const i64* words, i64 count) {
  Scratch<i64> scratch(count);
  for (i64 begin = 0; begin < count; begin += kWords) {
    const i64 n = std::min(kWords, count - begin);
    Words part{};
    std::copy_n(words + begin, n, part.value);
    enqueue(write_words, 1, static_cast<unsigned>(kWords), scratch.data() + begin, part, static_cast<unsigned>(n));
  }
  return scratch;
}

}  // namespace cadena::cuda
