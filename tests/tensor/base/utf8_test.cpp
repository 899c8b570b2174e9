#include "tensor/base/utf8.h"

#include <gtest/gtest.h>

namespace cadena {
namespace {

// The borders of the well-formed sequences in Unicode 15, table 3-7.
TEST(CharacterLength, CountsTheBytesOfAValidCharacter) {
  EXPECT_EQ(character_length("az"), 1u);
  EXPECT_EQ(character_length({"\0z", 2}), 1u);
  for (const char* two : {"\xc2\x80", "\xdf\xbf"}) EXPECT_EQ(character_length(two), 2u);
  for (const char* three : {"\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf"}) {
    EXPECT_EQ(character_length(three), 3u);
  }
  for (const char* four : {"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) EXPECT_EQ(character_length(four), 4u);
}

TEST(CharacterLength, IsZeroForWhatIsNotUtf8) {
  for (const char* text :
       {"", "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2z", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    EXPECT_EQ(character_length(text), 0u) << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace cadena
