#include "tensor/cpu/random.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tensor/cpu/parallel.h"

namespace cadena::cpu {
namespace {

constexpr i64 kGrain = 4096;

/// y[i] = f(i), on all threads.
template <class T, class F>
void generate(const View& y, F f) {
  T* data = y.as<T>();
  parallel_for(y.numel(), kGrain, [&](i64 begin, i64 end) {
    for (i64 i = begin; i < end; ++i) data[i] = static_cast<T>(static_cast<compute_t<T>>(f(i)));
  });
}

/// y[i] = f(the four random words of element i).
template <class T, class F>
void generate(const View& y, Seed seed, Seed stream, F f) {
  generate<T>(y, [=](i64 i) { return f(philox(seed, stream, static_cast<Seed>(i))); });
}

i64 rows_of(const View& x) {
  i64 rows = 1;
  for (int axis = 0; axis + 1 < x.rank; ++axis) rows *= x.shape[axis];
  return rows;
}

}  // namespace

void uniform(const View& y, Seed seed, Seed stream, scalar::UniformDraw draw) {
  by_float("uniform", y.dtype, [&]<class T>() { generate<T>(y, seed, stream, draw); });
}

void normal(const View& y, Seed seed, Seed stream, scalar::NormalDraw draw) {
  by_float("normal", y.dtype, [&]<class T>() { generate<T>(y, seed, stream, draw); });
}

void truncated_normal(const View& y, Seed seed, Seed stream, scalar::NormalDraw draw, scalar::Bounds bounds,
                      scalar::Bounds rounded) {
  const scalar::TruncatedNormalDraw standard{(bounds.low - draw.mean) / draw.deviation,
                                             (bounds.high - draw.mean) / draw.deviation};
  by_float("truncated_normal", y.dtype, [&]<class T>() {
    generate<T>(y, [=](i64 i) {
      const double x = std::fma(draw.deviation, standard(seed, stream, static_cast<Seed>(i)), draw.mean);
      return std::clamp(x, rounded.low, rounded.high);  // both are numbers of T, and rounding is monotonic
    });
  });
}

void randint(const View& y, Seed seed, Seed stream, scalar::IntegerDraw draw) { generate<i64>(y, seed, stream, draw); }

void bernoulli(const View& y, Seed seed, Seed stream, double p) {
  by_dtype("bernoulli", y.dtype, [&]<class T>() {
    generate<T>(y, seed, stream, [=](const scalar::Words& words) { return to_uniform(words[0], words[1]) < p; });
  });
}

void bernoulli_from(const View& y, const View& next, const View& state, double p) {
  const i64* words = state.as<i64>();
  const auto seed = static_cast<Seed>(words[0]), stream = static_cast<Seed>(words[1]);
  bernoulli(y, seed, stream, p);
  next.as<i64>()[0] = words[0];
  next.as<i64>()[1] = static_cast<i64>(stream + 1);
}

void bernoulli_each(const View& y, const View& p, Seed seed, Seed stream) {
  by_float("bernoulli", p.dtype, [&]<class T>() {
    const T* each = p.as<T>();
    generate<bool>(y, [=](i64 i) {
      const scalar::Words words = philox(seed, stream, static_cast<Seed>(i));
      return to_uniform(words[0], words[1]) < static_cast<double>(each[i]);
    });
  });
}

i64 first_non_probability(const View& p) {
  return by_float("bernoulli", p.dtype, [&]<class T>() -> i64 {
    const i64 n = p.numel();
    for (i64 i = 0; i < n; ++i) {
      const auto x = static_cast<double>(p.as<T>()[i]);
      if (!(x >= 0 && x <= 1)) return i;
    }
    return -1;
  });
}

void categorical(const View& y, const View& weights, i64 draws, Seed seed, Seed stream) {
  const i64 k = weights.shape[weights.rank - 1];
  by_float("categorical", weights.dtype, [&]<class T>() {
    parallel_for(rows_of(weights), kGrain / (k + draws + 1) + 1, [&](i64 begin, i64 end) {
      std::vector<double> cumulative(static_cast<std::size_t>(k));
      for (i64 row = begin; row < end; ++row) {
        double sum = 0;
        std::ptrdiff_t last = 0;  // with a positive weight
        for (i64 j = 0; j < k; ++j) {
          const auto weight = static_cast<double>(weights.as<T>()[row * k + j]);
          if (weight > 0) last = j;
          cumulative[static_cast<std::size_t>(j)] = sum += weight;
        }
        for (i64 i = row * draws; i < (row + 1) * draws; ++i) {
          const scalar::Words words = philox(seed, stream, static_cast<Seed>(i));
          const double point = to_uniform(words[0], words[1]) * sum;
          const auto at = std::upper_bound(cumulative.begin(), cumulative.end(), point) - cumulative.begin();
          y.as<i64>()[i] = std::min(at, last);
        }
      }
    });
  });
}

i64 first_row_without_distribution(const View& weights) {
  const i64 k = weights.shape[weights.rank - 1];
  return by_float("categorical", weights.dtype, [&]<class T>() -> i64 {
    const i64 rows = rows_of(weights);
    for (i64 row = 0; row < rows; ++row) {
      double sum = 0;
      bool valid = true;
      for (i64 j = 0; j < k; ++j) {
        const auto weight = static_cast<double>(weights.as<T>()[row * k + j]);
        valid = valid && weight >= 0;
        sum += weight;
      }
      if (!valid || !(sum > 0) || !std::isfinite(sum)) return row;
    }
    return -1;
  });
}

void permutation(const View& y, Seed seed, Seed stream) {
  struct Key {
    std::uint64_t high, low;
    i64 index;
    bool operator<(const Key& other) const {
      if (high != other.high) return high < other.high;
      return low != other.low ? low < other.low : index < other.index;
    }
  };
  std::vector<Key> keys(static_cast<std::size_t>(y.numel()));
  parallel_for(y.numel(), kGrain, [&](i64 begin, i64 end) {
    for (i64 i = begin; i < end; ++i) {
      const scalar::Words words = philox(seed, stream, static_cast<Seed>(i));
      keys[static_cast<std::size_t>(i)] = {Seed{words[0]} << 32 | words[1], Seed{words[2]} << 32 | words[3], i};
    }
  });
  std::sort(keys.begin(), keys.end());
  for (std::size_t i = 0; i < keys.size(); ++i) y.as<i64>()[i] = keys[i].index;
}

}  // namespace cadena::cpu
