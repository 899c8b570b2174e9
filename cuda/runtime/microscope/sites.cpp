#include "cuda/runtime/microscope/sites.h"

#include <algorithm>

namespace cadena::cuda::microscope {
namespace {

/// Spreads a place over a table whose size is a power of two (Fibonacci hashing, Knuth volume 3, 6.4).
size_t slot_of(uint64_t place, unsigned kind, size_t slots) {
  return size_t(((place << 3 | kind) * 0x9E3779B97F4A7C15u) >> 32) & (slots - 1);
}

unsigned kind_of(Space space, Operation operation) { return unsigned(space) << 2 | unsigned(operation); }

}  // namespace

Sites::Sites() : slots_(1024) {}

uint32_t Sites::find(uint64_t place, Space space, Operation operation, unsigned bytes) {
  const unsigned kind = kind_of(space, operation);
  size_t slot = slot_of(place, kind, slots_.size());
  while (slots_[slot] != 0) {
    const uint32_t number = slots_[slot] - 1;
    const Site& site = sites_[number];
    if (site.place == place && site.bytes == bytes && kind_of(site.space, site.operation) == kind) return number;
    slot = (slot + 1) & (slots_.size() - 1);
  }
  if (sites_.size() * 2 >= slots_.size()) {
    grow();
    return find(place, space, operation, bytes);
  }
  Site site;
  site.place = place;
  site.space = space;
  site.operation = operation;
  site.bytes = bytes;
  sites_.push_back(std::move(site));
  slots_[slot] = uint32_t(sites_.size());
  return uint32_t(sites_.size() - 1);
}

void Sites::grow() {
  std::vector<uint32_t> slots(slots_.size() * 2);
  for (uint32_t number = 0; number < sites_.size(); ++number) {
    const Site& site = sites_[number];
    size_t slot = slot_of(site.place, kind_of(site.space, site.operation), slots.size());
    while (slots[slot] != 0) slot = (slot + 1) & (slots.size() - 1);
    slots[slot] = number + 1;
  }
  slots_ = std::move(slots);
}

void Sites::record(uint32_t number, int lane, uint64_t address) {
  Site& site = sites_[number];
  const size_t request = site.visits[size_t(lane)]++;
  if (request >= site.open_count) {
    if (site.open_count == 0) touched_.push_back(number);
    site.open_count = request + 1;
    if (site.open.size() < site.open_count) site.open.resize(std::max<size_t>(16, site.open_count * 2));
  }
  site.open[request].lanes |= 1u << lane;
  site.open[request].address[size_t(lane)] = address;
}

void Sites::close_requests() {
  for (const uint32_t number : touched_) close(sites_[number]);
  touched_.clear();
}

void Sites::close(Site& site) {
  for (size_t i = 0; i < site.open_count; ++i) {
    Request& request = site.open[i];
    const auto lanes = unsigned(__builtin_popcount(request.lanes));
    ++site.counts.requests;
    site.counts.lanes += lanes;
    site.counts.requested_bytes += lanes * site.bytes;
    if (site.space == Space::global) {
      const GlobalCost cost = cost_in_global_memory(request, site.bytes);
      site.counts.sectors += cost.sectors;
      site.counts.ideal_sectors += cost.ideal_sectors;
      site.counts.needed_bytes += cost.needed_bytes;
    } else {
      const SharedCost cost = cost_in_shared_memory(request, site.bytes);
      site.counts.wavefronts += cost.wavefronts;
      site.counts.ideal_wavefronts += cost.ideal_wavefronts;
      site.counts.needed_bytes += cost.needed_bytes;
    }
    if (site.operation == Operation::atomic) site.counts.serial_passes += most_lanes_at_one_address(request);
    request.lanes = 0;
  }
  site.open_count = 0;
  site.visits.fill(0);
}

}  // namespace cadena::cuda::microscope
