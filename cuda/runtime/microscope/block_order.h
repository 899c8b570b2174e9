#pragma once

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace cadena::cuda::microscope {

/// Order between the blocks of a launch, by the one means there is: a block writes, executes `__threadfence()` and then
/// an atomic operation; another block that executes an atomic operation on the same address afterwards may rely on the
/// writes. This is how the last block of a reduction knows that all partial sums are there.
class BlockOrder {
 public:
  void begin_launch() {
    known_.clear();
    published_.clear();
  }
  void begin_block(size_t block) {
    block_ = block;
    fenced_ = 0;
    known_.clear();
  }
  /// A thread of the running block executes a fence in `epoch`.
  void fence(uint32_t epoch) { fenced_ = epoch; }
  /// A thread of the running block executes an atomic operation on `address`.
  void atomic(uint64_t address) {
    const auto found = published_.find(address);
    if (found != published_.end()) merge(found->second, known_);
    if (fenced_ == 0) return;
    auto& here = published_[address];
    merge(known_, here);
    if (here.size() <= block_) here.resize(block_ + 1);
    here[block_] = fenced_;
  }
  /// By block, the last epoch whose accesses the running block may rely on; 0 for none, as for blocks beyond the end.
  const std::vector<uint32_t>& known() const { return known_; }

 private:
  static void merge(const std::vector<uint32_t>& from, std::vector<uint32_t>& into) {
    if (into.size() < from.size()) into.resize(from.size());
    for (size_t i = 0; i < from.size(); ++i) into[i] = std::max(into[i], from[i]);
  }

  size_t block_ = 0;
  uint32_t fenced_ = 0;
  std::vector<uint32_t> known_;
  std::unordered_map<uint64_t, std::vector<uint32_t>> published_;
};

}  // namespace cadena::cuda::microscope
