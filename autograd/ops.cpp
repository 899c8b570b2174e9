#include "autograd/ops.h"

#include <string_view>
#include <vector>

namespace cadena {

struct Abs;
struct Add;
struct AddNumber;
struct Attention;
struct AvgPool2d;
struct AvgPool2dInput;
struct BatchNorm;
struct BroadcastTo;
struct Cast;
struct Cholesky;
struct Clamp;
struct Cofactor;
struct CofactorDerivative;
struct Concat;
struct Conv2d;
struct Conv2dBias;
struct Conv2dInput;
struct Conv2dWeight;
struct Cos;
struct CrossEntropyOp;
struct CumSum;
struct Det;
struct DiagEmbed;
struct Diagonal;
struct Div;
struct DivNumber;
struct Eigh;
struct Eigvalsh;
struct Elu;
struct Erf;
struct Exp;
struct Expm1;
struct Flip;
struct Gather;
struct Gelu;
struct GeluSlope;
struct Identity;
struct IndexAdd;
struct IndexSelect;
struct Inv;
struct LayerNorm;
struct LeakyRelu;
struct Linear;
struct LinearActivated;
struct Log1p;
struct Log;
struct LogSoftmax;
struct LogSumExp;
struct MaskedFill;
struct MatMul;
struct Max;
struct MaxPool2d;
struct Maximum;
struct Mean;
struct Min;
struct Minimum;
struct Mul;
struct MulNumber;
struct Neg;
struct Norm;
struct NumberDiv;
struct NumberPow;
struct Pad;
struct Permute;
struct Pinv;
struct Pow;
struct PowNumber;
struct Prod;
struct Qr;
struct Reciprocal;
struct Relu;
struct Reshape;
struct RmsNorm;
struct RotaryEmbedding;
struct Rsqrt;
struct Scatter;
struct ScatterAdd;
struct Sigmoid;
struct Silu;
struct Sin;
struct Slice;
struct Slogdet;
struct Softmax;
struct Softplus;
struct Solve;
struct Split;
struct Sqrt;
struct Square;
struct Stddev;
struct Sub;
struct SumTo;
struct Svd;
struct Svdvals;
struct Tanh;
struct TriangularSolve;
struct Tril;
struct Triu;
struct Unbind;
struct Unslice;
struct Var;
struct Where;

namespace {

template <class... Op>
void append(std::vector<const OpEntry*>& table) {
  (table.push_back(&entry_of<Op>()), ...);
}

std::vector<const OpEntry*> make_table() {
  std::vector<const OpEntry*> table;
  append<Add, Sub, Mul, Div, Neg, AddNumber, MulNumber, DivNumber, NumberDiv>(table);  // arithmetic.cpp
  append<BroadcastTo, SumTo, Cast>(table);                                             // broadcast.cpp
  append<Reshape, Permute, Slice, Unslice, Flip, Diagonal>(table);                     // views.cpp
  append<Concat, Split, Unbind, Pad>(table);                                           // join.cpp
  append<IndexSelect, IndexAdd, Gather, ScatterAdd, Scatter, MaskedFill>(table);       // indexing.cpp
  append<Tril, Triu, DiagEmbed>(table);                                                // triangular.cpp
  append<MatMul>(table);                                                               // matmul.cpp
  append<Identity>(table);                                                             // identity.cpp
  append<Softmax, LogSoftmax>(table);                                                  // softmax.cpp
  append<Maximum, Minimum>(table);                                                     // maximum.cpp
  append<Exp, Expm1, Log, Log1p>(table);                                               // exponential.cpp
  append<Sqrt, Rsqrt, Reciprocal, Square, Pow, PowNumber, NumberPow>(table);           // power.cpp
  append<Sin, Cos, Tanh, Erf>(table);                                                  // trigonometric.cpp
  append<Relu, LeakyRelu, Elu, Sigmoid, Softplus, Silu>(table);                        // activation.cpp
  append<Gelu, GeluSlope>(table);                                                      // gelu.cpp
  append<Abs, Clamp>(table);                                                           // rounding.cpp
  append<Where>(table);                                                                // compare.cpp
  append<Linear, LinearActivated>(table);                                              // linear.cpp
  append<Conv2d, Conv2dBias, Conv2dInput, Conv2dWeight>(table);                        // conv.cpp
  append<MaxPool2d, AvgPool2d, AvgPool2dInput>(table);                                 // pooling.cpp
  append<Solve, TriangularSolve, Inv, Det, Slogdet, Cholesky, Qr>(table);              // linalg.cpp
  append<Cofactor, CofactorDerivative>(table);                                         // cofactor.cpp
  append<Eigh, Eigvalsh, Svd, Svdvals, Pinv>(table);                                   // spectral.cpp
  append<Mean, Prod>(table);                                                           // reduce.cpp
  append<Max, Min>(table);                                                             // extremum.cpp
  append<Var, Stddev>(table);                                                          // moments.cpp
  append<Norm>(table);                                                                 // norm.cpp
  append<LogSumExp>(table);                                                            // logsumexp.cpp
  append<CumSum>(table);                                                               // scan.cpp
  append<CrossEntropyOp>(table);                                                       // cross_entropy.cpp
  append<LayerNorm, RmsNorm>(table);                                                   // layer_norm.cpp
  append<BatchNorm>(table);                                                            // batch_norm.cpp
  append<Attention>(table);                                                            // attention.cpp
  append<RotaryEmbedding>(table);                                                      // rotary.cpp
  return table;
}

}  // namespace

std::span<const OpEntry* const> ops() {
  static const std::vector<const OpEntry*> table = make_table();
  return table;
}

const OpEntry* find_op(std::string_view name) {
  for (const OpEntry* entry : ops()) {
    if (entry->name == name) return entry;
  }
  return nullptr;
}

}  // namespace cadena
