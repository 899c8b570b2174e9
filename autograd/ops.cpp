#include "autograd/ops.h"

#include <string_view>
#include <vector>

namespace cadena {

struct Add;
struct AddNumber;
struct BroadcastTo;
struct Cast;
struct Concat;
struct DiagEmbed;
struct Diagonal;
struct Div;
struct DivNumber;
struct Flip;
struct Gather;
struct Identity;
struct IndexAdd;
struct IndexSelect;
struct LogSoftmax;
struct MaskedFill;
struct MatMul;
struct Mul;
struct MulNumber;
struct Neg;
struct Pad;
struct Permute;
struct Reshape;
struct Scatter;
struct ScatterAdd;
struct Slice;
struct Softmax;
struct Split;
struct Sub;
struct SumTo;
struct Tril;
struct Triu;
struct Unbind;
struct Unslice;

namespace {

template <class... Op>
void append(std::vector<const OpEntry*>& table) {
  (table.push_back(&entry_of<Op>()), ...);
}

std::vector<const OpEntry*> make_table() {
  std::vector<const OpEntry*> table;
  append<Add, Sub, Mul, Div, Neg, AddNumber, MulNumber, DivNumber>(table);        // arithmetic.cpp
  append<BroadcastTo, SumTo, Cast>(table);                                        // broadcast.cpp
  append<Reshape, Permute, Slice, Unslice, Flip, Diagonal>(table);                // views.cpp
  append<Concat, Split, Unbind, Pad>(table);                                      // join.cpp
  append<IndexSelect, IndexAdd, Gather, ScatterAdd, Scatter, MaskedFill>(table);  // indexing.cpp
  append<Tril, Triu, DiagEmbed>(table);                                           // triangular.cpp
  append<MatMul>(table);                                                          // matmul.cpp
  append<Identity>(table);                                                        // identity.cpp
  append<Softmax, LogSoftmax>(table);                                             // softmax.cpp
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
