#include <cublasLt.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "cuda/kernels/gpu/cublas_types.h"
#include "cuda/kernels/scratch.h"
#include "cuda/kernels/stream.h"

namespace cadena::cuda {
namespace {

/// This thread's connection to cuBLASLt.
class Handle {
 public:
  Handle() { expect(cublasLtCreate(&handle_), "cublasLtCreate"); }
  ~Handle() { cublasLtDestroy(handle_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  cublasLtHandle_t get() const { return handle_; }

 private:
  cublasLtHandle_t handle_ = nullptr;
};

/// What cuBLASLt does to the sums; `with_sum`: and stores them first.
cublasLtEpilogue_t epilogue(bool with_gelu, bool with_bias, bool with_sum) {
  if (!with_gelu) return with_bias ? CUBLASLT_EPILOGUE_BIAS : CUBLASLT_EPILOGUE_DEFAULT;
  if (with_sum) return with_bias ? CUBLASLT_EPILOGUE_GELU_AUX_BIAS : CUBLASLT_EPILOGUE_GELU_AUX;
  return with_bias ? CUBLASLT_EPILOGUE_GELU_BIAS : CUBLASLT_EPILOGUE_GELU;
}

/// Its ReLU is left alone, for it does not promise NaN for NaN; its GELU is the one by tanh.
bool is_taken(const VendorLinear& p) {
  if (!is_floating(p.dtype) || p.dtype == Dtype::f64 || p.m == 0 || p.n == 0 || p.k == 0) return false;
  if (p.activation == LinearActivation::none) return p.z == nullptr;
  const bool is_aligned = p.n % 8 == 0 && reinterpret_cast<std::uintptr_t>(p.z) % 16 == 0;
  return p.activation == LinearActivation::gelu_tanh && (p.z == nullptr || is_aligned);
}

/// The largest power of two up to 256 that the address is a multiple of.
std::uint32_t alignment(const void* pointer) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer) | 256;
  return static_cast<std::uint32_t>(address & (~address + 1));
}

class Product {
 public:
  Product(cublasComputeType_t compute, const VendorLinear& p) {
    expect(cublasLtMatmulDescInit(&description_, compute, CUDA_R_32F), "cublasLtMatmulDescInit");
    set(CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T);
    set(CUBLASLT_MATMUL_DESC_EPILOGUE,
        epilogue(p.activation == LinearActivation::gelu_tanh, p.b != nullptr, p.z != nullptr));
    if (p.b != nullptr) set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, p.b);
    if (p.z != nullptr) {
      set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, p.z);
      set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, p.n);
    }
  }
  cublasLtMatmulDesc_t get() { return &description_; }

 private:
  template <class T>
  void set(cublasLtMatmulDescAttributes_t attribute, const T& value) {
    expect(cublasLtMatmulDescSetAttribute(&description_, attribute, &value, sizeof value),
           "cublasLtMatmulDescSetAttribute");
  }

  cublasLtMatmulDescOpaque_t description_{};
};

/// The layout of a row-major matrix, which cuBLASLt, counting along columns, sees transposed.
cublasLtMatrixLayoutOpaque_t layout(Dtype dtype, i64 rows, i64 columns) {
  cublasLtMatrixLayoutOpaque_t result{};
  expect(cublasLtMatrixLayoutInit(&result, data_type(dtype), static_cast<std::uint64_t>(columns),
                                  static_cast<std::uint64_t>(rows), columns),
         "cublasLtMatrixLayoutInit");
  return result;
}

}  // namespace

bool vendor_linear(const VendorLinear& p) {
  if (!is_taken(p)) return false;
  thread_local const Handle handle;
  Product product(compute_type(p.dtype), p);
  auto x = layout(p.dtype, p.m, p.k), w = layout(p.dtype, p.n, p.k), y = layout(p.dtype, p.m, p.n);

  cublasLtMatmulPreferenceOpaque_t preference{};
  expect(cublasLtMatmulPreferenceInit(&preference), "cublasLtMatmulPreferenceInit");
  const auto prefer = [&](cublasLtMatmulPreferenceAttributes_t attribute, auto value) {
    expect(cublasLtMatmulPreferenceSetAttribute(&preference, attribute, &value, sizeof value),
           "cublasLtMatmulPreferenceSetAttribute");
  };
  const std::uint32_t of_result = std::min(alignment(p.y), p.b == nullptr ? 256 : alignment(p.b));
  prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, kWorkspaceBytes);
  prefer(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, std::uint32_t{CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE});
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment(p.w));
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment(p.x));
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, of_result);
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, of_result);

  cublasLtMatmulHeuristicResult_t found{};
  int count = 0;
  const cublasStatus_t status =
      cublasLtMatmulAlgoGetHeuristic(handle.get(), product.get(), &w, &x, &y, &y, &preference, 1, &found, &count);
  if (status == CUBLAS_STATUS_NOT_SUPPORTED || (status == CUBLAS_STATUS_SUCCESS && count == 0)) return false;
  expect(status, "cublasLtMatmulAlgoGetHeuristic");

  const Scratch<std::byte> workspace(static_cast<i64>(found.workspaceSize));
  const float one = 1, zero = 0;
  // y^T = w x^T, as cuBLASLt sees them.
  expect(cublasLtMatmul(handle.get(), product.get(), &one, p.w, &w, p.x, &x, &zero, p.y, &y, p.y, &y, &found.algo,
                        workspace.data(), found.workspaceSize, current_stream()),
         "cublasLtMatmul");
  return true;
}

}  // namespace cadena::cuda
