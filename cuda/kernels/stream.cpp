#include "cuda/kernels/stream.h"

namespace cadena::cuda {
namespace {

thread_local cudaStream_t current = nullptr;

}  // namespace

cudaStream_t current_stream() { return current; }

StreamScope::StreamScope(cudaStream_t stream) : before_(current) { current = stream; }
StreamScope::~StreamScope() { current = before_; }

}  // namespace cadena::cuda
