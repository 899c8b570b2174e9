#include "cuda/runtime/microscope/shadow.h"

#include <algorithm>

namespace cadena::cuda::microscope {

size_t block_of_epoch(const Now& now, uint32_t epoch) {
  const auto& first = *now.block_epochs;
  return size_t(std::upper_bound(first.begin(), first.end(), epoch) - first.begin()) - 1;
}

namespace {

int lane_of(int thread) { return thread % 32; }
bool is_own_warp(const Touch& touch, const Now& now) { return touch.thread / 32 == now.thread / 32; }
bool is_own_block(const Touch& touch, const Now& now) { return touch.epoch >= now.block_epoch; }
bool is_own_launch(const Touch& touch, const Now& now) { return touch.epoch >= now.launch_epoch; }

/// True if a block of this launch made its accesses of `touch.epoch` known by a fence and an atomic that this block
/// read.
bool is_ordered_block(const Touch& touch, const Now& now) {
  const size_t block = block_of_epoch(now, touch.epoch);
  return block < now.ordered_blocks->size() && (*now.ordered_blocks)[block] >= touch.epoch;
}

/// True if the access of `touch`, were it made by `lane` of its warp, is done before the one made now.
bool is_ordered(const Touch& touch, int lane, const Now& now) {
  if (!is_own_launch(touch, now)) return true;
  if (!is_own_block(touch, now)) return is_ordered_block(touch, now);
  if (touch.epoch != now.epoch) return true;
  if (!is_own_warp(touch, now)) return false;
  return lane == lane_of(now.thread) || now.warp->is_ordered(lane_of(now.thread), lane, touch.step);
}

Race make_race(Race::Kind kind, const Touch& earlier, const Now& now) {
  const auto between = !is_own_block(earlier, now)  ? Race::Between::blocks
                       : !is_own_warp(earlier, now) ? Race::Between::warps_of_a_block
                                                    : Race::Between::lanes_of_a_warp;
  return {kind, between, earlier};
}

Race race_with_write(const Cell& cell, bool write, bool atomic, const Now& now) {
  const Touch& earlier = cell.write;
  if (atomic && cell.atomic) return {};
  if (is_ordered(earlier, lane_of(earlier.thread), now)) return {};
  return make_race(write ? Race::Kind::write_after_write : Race::Kind::read_after_write, earlier, now);
}

Race race_with_reads(const Cell& cell, const Now& now) {
  Touch earlier = cell.read;
  if (!is_own_launch(earlier, now)) return {};
  if (cell.several_blocks) return make_race(Race::Kind::write_after_read, earlier, now);
  if (is_own_block(earlier, now) && earlier.epoch == now.epoch && cell.several_warps) {
    return make_race(Race::Kind::write_after_read, earlier, now);
  }
  for (uint32_t readers = cell.readers; readers != 0; readers &= readers - 1) {
    const int lane = __builtin_ctz(readers);
    if (is_ordered(earlier, lane, now)) continue;
    earlier.thread = uint16_t(earlier.thread / 32 * 32 + lane);
    return make_race(Race::Kind::write_after_read, earlier, now);
  }
  return {};
}

void remember_read(Cell& cell, const Touch& touch, const Now& now) {
  const Touch& last = cell.read;
  const uint32_t own = 1u << lane_of(touch.thread);
  if (!is_own_launch(last, now)) {
    cell.several_blocks = cell.several_warps = false;
    cell.readers = own;
  } else if (!is_own_block(last, now)) {
    cell.several_blocks = cell.several_blocks || !is_ordered_block(last, now);
    cell.several_warps = false;
    cell.readers = own;
  } else if (last.epoch != touch.epoch) {
    cell.several_warps = false;
    cell.readers = own;
  } else if (!is_own_warp(last, now)) {
    cell.several_warps = true;
    cell.readers = own;
  } else {
    uint32_t unordered = 0;
    for (uint32_t readers = cell.readers & ~own; readers != 0; readers &= readers - 1) {
      const int lane = __builtin_ctz(readers);
      if (!is_ordered(last, lane, now)) unordered |= 1u << lane;
    }
    cell.readers = unordered | own;
  }
  cell.read = touch;
}

Verdict access_cell(Cell& cell, Operation operation, const Touch& touch, const Now& now, Lifetime lifetime) {
  const bool atomic = operation == Operation::atomic, write = operation != Operation::load;
  Verdict verdict;
  const bool is_written = lifetime == Lifetime::allocation ? cell.initialised : cell.write.epoch >= now.block_epoch;
  verdict.uninitialised = operation != Operation::store && !is_written;
  verdict.race = race_with_write(cell, write, atomic, now);
  if (write) {
    if (verdict.race.kind == Race::Kind::none) verdict.race = race_with_reads(cell, now);
    cell.write = touch;
    cell.atomic = atomic;
    cell.initialised = true;
  } else {
    remember_read(cell, touch, now);
  }
  return verdict;
}

void combine(Verdict& verdict, const Verdict& other) {
  if (verdict.race.kind == Race::Kind::none) verdict.race = other.race;
  verdict.uninitialised = verdict.uninitialised || other.uninitialised;
}

}  // namespace

Verdict Shadow::access(size_t offset, unsigned bytes, Operation operation, uint32_t site, const Now& at) {
  Now now = at;
  if (lifetime_ == Lifetime::block) now.launch_epoch = now.block_epoch;  // what other blocks did was other memory
  const Touch touch{now.epoch, site, uint16_t(now.thread), now.warp->step(lane_of(now.thread))};
  Verdict verdict;
  for (size_t word = offset / 4; word <= (offset + bytes - 1) / 4; ++word) {
    Cell& cell = cells_[word];
    const size_t first = std::max(offset, word * 4) - word * 4,
                 last = std::min(offset + bytes, word * 4 + 4) - word * 4;
    if (first == 0 && last == 4 && cell.parts < 0) {
      combine(verdict, access_cell(cell, operation, touch, now, lifetime_));
      continue;
    }
    auto& parts = split(cell);
    for (size_t byte = first; byte < last; ++byte) {
      combine(verdict, access_cell(parts[byte], operation, touch, now, lifetime_));
    }
  }
  return verdict;
}

std::array<Cell, 4>& Shadow::split(Cell& cell) {
  if (cell.parts < 0) {
    const Cell whole = cell;
    cell.parts = int32_t(parts_.size());
    parts_.push_back({whole, whole, whole, whole});
  }
  return parts_[size_t(cell.parts)];
}

void Shadow::initialise(size_t offset, size_t bytes) {
  for (size_t byte = offset; byte < offset + bytes;) {
    Cell& cell = cells_[byte / 4];
    if (byte % 4 == 0 && byte + 4 <= offset + bytes && cell.parts < 0) {
      cell.initialised = true;
      byte += 4;
    } else {
      split(cell)[byte % 4].initialised = true;
      ++byte;
    }
  }
}

unsigned Shadow::touch_sectors(size_t offset, unsigned bytes, bool write, uint32_t launch_epoch) {
  unsigned fresh = 0;
  for (size_t i = offset / 32; i <= (offset + bytes - 1) / 32; ++i) {
    uint32_t& last = write ? sectors_[i].written : sectors_[i].read;
    fresh += last != launch_epoch;
    last = launch_epoch;
  }
  return fresh;
}

}  // namespace cadena::cuda::microscope
