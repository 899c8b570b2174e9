// Blocks on multiprocessors: each free one takes the next block of the grid.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace cadena::tutorials {

/// When the last of `processors` ends that take jobs of these lengths in this order.
inline double makespan(const std::vector<double>& jobs, std::size_t processors) {
  std::vector<double> busy_until(processors, 0);
  for (const double job : jobs) *std::min_element(busy_until.begin(), busy_until.end()) += job;
  return *std::max_element(busy_until.begin(), busy_until.end());
}

}  // namespace cadena::tutorials
