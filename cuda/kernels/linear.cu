#include "cuda/kernels/linear.h"

#include "cuda/kernels/matmul.h"

namespace cadena::cuda {

void linear(const View& y, const View& x, const View& w, const View& b) {
  const i64 shape[2] = {w.shape[1], w.shape[0]}, strides[2] = {w.strides[1], w.strides[0]};
  matmul_bias(y, x, View{w.data, w.dtype, 2, shape, strides}, b);
}

}  // namespace cadena::cuda
