#pragma once

#include "cuda/runtime/emulated/barrier.h"
#include "cuda/runtime/emulated/qualifiers.h"

/// Warp instructions: shuffles, votes, matches and reductions, each a payload and a `combine` for warp_collective.
namespace cadena::cuda::emulated {

/// Fails the kernel: `lane` reads from `source`, which has returned or is not in the mask.
[[noreturn]] void fail_shuffle_source(int lane, int source);

template <class T>
struct Shuffle {
  T value;
  int source;
  T result;
};

template <class T>
CADENA_NOT_COUNTED void combine_shuffle(void** payloads, uint32_t lanes) {
  for (int lane = 0; lane < 32; ++lane) {
    if (!(lanes >> lane & 1)) continue;
    auto& own = *static_cast<Shuffle<T>*>(payloads[lane]);
    if (!(lanes >> own.source & 1)) fail_shuffle_source(lane, own.source);
    own.result = static_cast<Shuffle<T>*>(payloads[own.source])->value;
  }
}

/// Fails the kernel: the width of a shuffle is not 1, 2, 4, 8, 16 or 32.
[[noreturn]] void fail_shuffle_width(int width, Site site);

template <class T>
CADENA_NOT_COUNTED inline T shuffle(uint32_t mask, T value, int source, const char* name, Site site) {
  Shuffle<T> payload{value, source, value};
  warp_collective(mask, &payload, combine_shuffle<T>, name, site);
  return payload.result;
}

/// The first lane of the running lane's group of `width` lanes.
inline int group_start(int lane, int width, Site site) {
  if (width < 1 || width > 32 || (width & (width - 1)) != 0) fail_shuffle_width(width, site);
  return lane & ~(width - 1);
}

/// What one lane gives to a vote, a match or an integer reduction, and what it gets.
struct Ballot {
  uint64_t value;
  uint32_t result;
  int all_equal;
};
void combine_ballot(void** payloads, uint32_t lanes);
void combine_match_any(void** payloads, uint32_t lanes);
void combine_match_all(void** payloads, uint32_t lanes);

template <class T, class Operator>
CADENA_NOT_COUNTED void combine_reduce(void** payloads, uint32_t lanes) {
  bool first = true;
  T total{};
  for (int lane = 0; lane < 32; ++lane) {
    if (!(lanes >> lane & 1)) continue;
    const T value = *static_cast<T*>(payloads[lane]);
    total = first ? value : Operator()(total, value);
    first = false;
  }
  for (int lane = 0; lane < 32; ++lane) {
    if (lanes >> lane & 1) *static_cast<T*>(payloads[lane]) = total;
  }
}
struct Plus {
  template <class T>
  T operator()(T a, T b) const {
    return T(unsigned(a) + unsigned(b));
  }
};
struct Least {
  template <class T>
  T operator()(T a, T b) const {
    return b < a ? b : a;
  }
};
struct Greatest {
  template <class T>
  T operator()(T a, T b) const {
    return a < b ? b : a;
  }
};
struct And {
  template <class T>
  T operator()(T a, T b) const {
    return a & b;
  }
};
struct Or {
  template <class T>
  T operator()(T a, T b) const {
    return a | b;
  }
};
struct Xor {
  template <class T>
  T operator()(T a, T b) const {
    return a ^ b;
  }
};

template <class Operator, class T>
CADENA_NOT_COUNTED inline T warp_reduce(uint32_t mask, T value, const char* name, Site site) {
  warp_collective(mask, &value, combine_reduce<T, Operator>, name, site);
  return value;
}

}  // namespace cadena::cuda::emulated

/// The value of lane `source` of the group.
template <class T>
inline T __shfl_sync(unsigned mask, T value, int source, int width = 32,
                     cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  const int start = cadena::cuda::emulated::group_start(cadena::cuda::emulated::lane_index(), width, site);
  return cadena::cuda::emulated::shuffle(mask, value, start | (source & (width - 1)), "__shfl_sync", site);
}
/// The value of the lane whose index differs in the bits of `lane_mask`.
template <class T>
inline T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = 32,
                         cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  const int lane = cadena::cuda::emulated::lane_index(), other = lane ^ lane_mask;
  const int start = cadena::cuda::emulated::group_start(lane, width, site);
  return cadena::cuda::emulated::shuffle(mask, value, other >= start + width ? lane : other & 31, "__shfl_xor_sync",
                                         site);
}
/// The value of the lane `delta` above; the last `delta` lanes of a group keep their own.
template <class T>
inline T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32,
                          cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  const int lane = cadena::cuda::emulated::lane_index(), other = lane + int(delta);
  const int start = cadena::cuda::emulated::group_start(lane, width, site);
  return cadena::cuda::emulated::shuffle(mask, value, other >= start + width ? lane : other, "__shfl_down_sync", site);
}
/// The value of the lane `delta` below; the first `delta` lanes of a group keep their own.
template <class T>
inline T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32,
                        cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  const int lane = cadena::cuda::emulated::lane_index(), other = lane - int(delta);
  const int start = cadena::cuda::emulated::group_start(lane, width, site);
  return cadena::cuda::emulated::shuffle(mask, value, other < start ? lane : other, "__shfl_up_sync", site);
}

/// One bit a lane: its predicate.
inline unsigned __ballot_sync(unsigned mask, int predicate,
                              cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  cadena::cuda::emulated::Ballot ballot{uint64_t(predicate != 0), 0, 0};
  cadena::cuda::emulated::warp_collective(mask, &ballot, cadena::cuda::emulated::combine_ballot, "__ballot_sync", site);
  return ballot.result;
}
inline int __any_sync(unsigned mask, int predicate,
                      cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  return __ballot_sync(mask, predicate, site) != 0;
}
inline int __all_sync(unsigned mask, int predicate,
                      cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  return __ballot_sync(mask, !predicate, site) == 0;
}
/// The lanes that hold the same value as this one.
template <class T>
inline unsigned __match_any_sync(unsigned mask, T value,
                                 cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  static_assert(sizeof(T) <= 8);
  cadena::cuda::emulated::Ballot ballot{0, 0, 0};
  __builtin_memcpy(&ballot.value, &value, sizeof(T));
  cadena::cuda::emulated::warp_collective(mask, &ballot, cadena::cuda::emulated::combine_match_any, "__match_any_sync",
                                          site);
  return ballot.result;
}
/// All lanes where all hold the same value, otherwise none; `equal` tells which.
template <class T>
inline unsigned __match_all_sync(unsigned mask, T value, int* equal,
                                 cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  static_assert(sizeof(T) <= 8);
  cadena::cuda::emulated::Ballot ballot{0, 0, 0};
  __builtin_memcpy(&ballot.value, &value, sizeof(T));
  cadena::cuda::emulated::warp_collective(mask, &ballot, cadena::cuda::emulated::combine_match_all, "__match_all_sync",
                                          site);
  *equal = ballot.all_equal;
  return ballot.result;
}

inline unsigned __reduce_add_sync(unsigned mask, unsigned value,
                                  cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  return cadena::cuda::emulated::warp_reduce<cadena::cuda::emulated::Plus>(mask, value, "__reduce_add_sync", site);
}
inline int __reduce_add_sync(unsigned mask, int value,
                             cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  return cadena::cuda::emulated::warp_reduce<cadena::cuda::emulated::Plus>(mask, value, "__reduce_add_sync", site);
}
inline unsigned __reduce_min_sync(unsigned mask, unsigned value,
                                  cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  return cadena::cuda::emulated::warp_reduce<cadena::cuda::emulated::Least>(mask, value, "__reduce_min_sync", site);
}
inline int __reduce_min_sync(unsigned mask, int value,
                             cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  return cadena::cuda::emulated::warp_reduce<cadena::cuda::emulated::Least>(mask, value, "__reduce_min_sync", site);
}
inline unsigned __reduce_max_sync(unsigned mask, unsigned value,
                                  cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  return cadena::cuda::emulated::warp_reduce<cadena::cuda::emulated::Greatest>(mask, value, "__reduce_max_sync", site);
}
inline int __reduce_max_sync(unsigned mask, int value,
                             cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  return cadena::cuda::emulated::warp_reduce<cadena::cuda::emulated::Greatest>(mask, value, "__reduce_max_sync", site);
}
inline unsigned __reduce_and_sync(unsigned mask, unsigned value,
                                  cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  return cadena::cuda::emulated::warp_reduce<cadena::cuda::emulated::And>(mask, value, "__reduce_and_sync", site);
}
inline unsigned __reduce_or_sync(unsigned mask, unsigned value,
                                 cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  return cadena::cuda::emulated::warp_reduce<cadena::cuda::emulated::Or>(mask, value, "__reduce_or_sync", site);
}
inline unsigned __reduce_xor_sync(unsigned mask, unsigned value,
                                  cadena::cuda::emulated::Site site = cadena::cuda::emulated::Site::here()) {
  return cadena::cuda::emulated::warp_reduce<cadena::cuda::emulated::Xor>(mask, value, "__reduce_xor_sync", site);
}
