#include "cuda/runtime/emulated/atomic.h"

#include "cuda/runtime/emulated/bits16.h"
#include "cuda/runtime/emulated/hooks.h"
#include "cuda/runtime/emulated/runner.h"

namespace cadena::cuda::emulated {
namespace {

template <class T, class Bits>
T as(Bits bits) {
  T value;
  __builtin_memcpy(&value, &bits, sizeof(T));
  return value;
}

/// The result of an operation on numbers of type T.
template <class T>
T apply(Atomic operation, T old, T value) {
  switch (operation) {
    case Atomic::add: return old + value;
    case Atomic::smallest: return value < old ? value : old;
    case Atomic::largest: return old < value ? value : old;
    default: return value;
  }
}

/// Repeats until nobody has written between the read and the write. Acquire and release order make the usual
/// hand-over between blocks (write, count up, read) visible to a thread sanitizer.
template <class Bits, class Function>
Bits replace(void* address, Function function) {
  auto* word = static_cast<Bits*>(address);
  Bits old = __atomic_load_n(word, __ATOMIC_RELAXED), next;
  do {
    next = function(old);
  } while (!__atomic_compare_exchange_n(word, &old, next, true, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
  return old;
}

template <class Bits>
Bits update_bits(void* address, Atomic operation, Bits value, Bits expected) {
  auto* word = static_cast<Bits*>(address);
  switch (operation) {
    case Atomic::exchange: return __atomic_exchange_n(word, value, __ATOMIC_ACQ_REL);
    case Atomic::bit_and: return __atomic_fetch_and(word, value, __ATOMIC_ACQ_REL);
    case Atomic::bit_or: return __atomic_fetch_or(word, value, __ATOMIC_ACQ_REL);
    case Atomic::bit_xor: return __atomic_fetch_xor(word, value, __ATOMIC_ACQ_REL);
    case Atomic::increment:
      return replace<Bits>(address, [=](Bits old) { return old >= value ? Bits(0) : Bits(old + 1); });
    case Atomic::decrement:
      return replace<Bits>(address, [=](Bits old) { return old == 0 || old > value ? value : Bits(old - 1); });
    default:
      __atomic_compare_exchange_n(word, &expected, value, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
      return expected;
  }
}

template <class T, class Bits>
Bits update_number(void* address, Atomic operation, Bits value) {
  return replace<Bits>(address, [=](Bits old) { return as<Bits>(apply(operation, as<T>(old), as<T>(value))); });
}

/// A sum of 2-byte floats, one or two in a word.
template <class Bits>
Bits add_16(void* address, Bits value, bool brain) {
  return replace<Bits>(address, [=](Bits old) {
    Bits sum = 0;
    for (unsigned shift = 0; shift < 8 * sizeof(Bits); shift += 16) {
      const auto a = uint16_t(old >> shift), b = uint16_t(value >> shift);
      const uint16_t added = brain ? bf16_from_float(float_from_bf16(a) + float_from_bf16(b))
                                   : f16_from_float(float_from_f16(a) + float_from_f16(b));
      sum = Bits(sum | Bits(Bits(added) << shift));
    }
    return sum;
  });
}

bool is_arithmetic(Atomic operation) {
  return operation == Atomic::add || operation == Atomic::smallest || operation == Atomic::largest;
}

int bytes_of(Word word) {
  switch (word) {
    case Word::i64:
    case Word::u64:
    case Word::f64: return 8;
    case Word::u16:
    case Word::f16:
    case Word::bf16: return 2;
    default: return 4;
  }
}

uint64_t update(void* address, Atomic operation, Word word, uint64_t value, uint64_t expected) {
  const int bytes = bytes_of(word);
  const auto low = uint32_t(value);
  if (!is_arithmetic(operation)) {
    return bytes == 8   ? update_bits<uint64_t>(address, operation, value, expected)
           : bytes == 4 ? update_bits<uint32_t>(address, operation, low, uint32_t(expected))
                        : update_bits<uint16_t>(address, operation, uint16_t(low), uint16_t(expected));
  }
  switch (word) {
    case Word::i32:
      if (operation == Atomic::add) return __atomic_fetch_add(static_cast<uint32_t*>(address), low, __ATOMIC_ACQ_REL);
      return update_number<int32_t, uint32_t>(address, operation, low);
    case Word::u32:
      if (operation == Atomic::add) return __atomic_fetch_add(static_cast<uint32_t*>(address), low, __ATOMIC_ACQ_REL);
      return update_number<uint32_t, uint32_t>(address, operation, low);
    case Word::i64: return update_number<int64_t, uint64_t>(address, operation, value);
    case Word::u64: return update_number<uint64_t, uint64_t>(address, operation, value);
    case Word::f32: return update_number<float, uint32_t>(address, operation, low);
    case Word::f64: return update_number<double, uint64_t>(address, operation, value);
    case Word::u16: break;  // only exchanged
    case Word::f16: return add_16<uint16_t>(address, uint16_t(low), false);
    case Word::bf16: return add_16<uint16_t>(address, uint16_t(low), true);
    case Word::f16x2: return add_16<uint32_t>(address, low, false);
    case Word::bf16x2: return add_16<uint32_t>(address, low, true);
  }
  return 0;
}

}  // namespace

uint64_t atomic_update(void* address, Atomic operation, Word word, uint64_t value, uint64_t expected) {
  Runner* runner = Runner::running();
  if (runner == nullptr) return update(address, operation, word, value, expected);
  const void* place = __builtin_return_address(0);
  const int bytes = bytes_of(word);
  if (reinterpret_cast<uintptr_t>(address) % unsigned(bytes) != 0) {
    runner->fail(cudaErrorMisalignedAddress, "misaligned atomic operation", {nullptr, 0}, place, runner->thread());
  }
  if (hooks) hooks->atomic(address, bytes, place);
  runner->count_atomic();
  const Blame blame(*runner, place);
  return update(address, operation, word, value, expected);
}

}  // namespace cadena::cuda::emulated
