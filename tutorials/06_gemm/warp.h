// A warp's request to memory, counted address by address: the model behind the numbers of chapters 6 and 7.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>

namespace cadena::tutorials {

//! [model]
constexpr int kLanes = 32, kSectorBytes = 32, kBanks = 32, kWordBytes = 4;

/// Sectors of 32 bytes that a request touches: lane l asks for `bytes` bytes at address(l).
template <class Address>
int sectors(Address address, int bytes = 4) {
  std::set<std::int64_t> touched;
  for (int lane = 0; lane < kLanes; ++lane) {
    for (int b = 0; b < bytes; ++b) touched.insert((address(lane) + b) / kSectorBytes);
  }
  return static_cast<int>(touched.size());
}

/// Passes over the 32 banks that lanes first, first + 1, … take, each for `words` neighbouring words from word(l): the
/// most different words that meet in one bank.
template <class Word>
int wavefronts(Word word, int lanes = kLanes, int words = 1) {
  std::array<std::set<std::int64_t>, kBanks> bank;
  for (int lane = 0; lane < lanes; ++lane) {
    for (std::int64_t w = word(lane); w < word(lane) + words; ++w) bank[static_cast<std::size_t>(w % kBanks)].insert(w);
  }
  std::size_t most = 0;
  for (const auto& words_of_bank : bank) most = std::max(most, words_of_bank.size());
  return static_cast<int>(most);
}
//! [model]

}  // namespace cadena::tutorials
