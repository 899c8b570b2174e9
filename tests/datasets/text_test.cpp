#include "datasets/text.h"

#include <gtest/gtest.h>

#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/print.h"
#include "tests/support/expect_values.h"

namespace cadena {
namespace {

TEST(CharTokenizer, EncodesCodePointsInTheirOrder) {
  const CharTokenizer tokenizer("bañab…\n");
  EXPECT_EQ(tokenizer.size(), 5);
  EXPECT_EQ(tokenizer.alphabet(), "\nabñ…");
  EXPECT_EQ(to_string(tokenizer.encode("añ…")), "tensor([1, 3, 4], i64, cpu)");
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("bañab…\n")), "bañab…\n");
  EXPECT_EQ(CharTokenizer(tokenizer.alphabet()).alphabet(), tokenizer.alphabet());
  EXPECT_EQ(CharTokenizer("").size(), 0);
}

TEST(CharTokenizer, RejectsWhatItDoesNotKnow) {
  const CharTokenizer tokenizer("abc");
  EXPECT_THROW(tokenizer.encode("abd"), ValueError);
  EXPECT_EQ(message_of<ValueError>([&] { tokenizer.encode("a\x1b[2J"); }),
            R"(CharTokenizer: '\x1b' is not in the alphabet)");
  EXPECT_THROW(tokenizer.decode(tensor({3}, Dtype::i64)), IndexError);
  EXPECT_THROW(tokenizer.decode(tensor({-1}, Dtype::i64)), IndexError);
  EXPECT_THROW(tokenizer.decode(tensor({0})), DtypeError);
  for (const char* text : {"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "a\x80"}) {
    EXPECT_THROW(CharTokenizer{text}, ValueError) << "not UTF-8";
  }
}

TEST(TextWindows, PairEachTokenWithTheNext) {
  const Dataset data = text_windows(arange(0, 8), 3, 2);
  EXPECT_EQ(to_string(data.x), "tensor([[0, 1, 2],\n        [2, 3, 4],\n        [4, 5, 6]], i64, cpu)");
  EXPECT_EQ(to_string(data.y), "tensor([[1, 2, 3],\n        [3, 4, 5],\n        [5, 6, 7]], i64, cpu)");
  EXPECT_THROW(text_windows(arange(0, 3), 3, 1), ShapeError);
  EXPECT_THROW(text_windows(arange(0, 8), 0, 1), ValueError);
  EXPECT_THROW(text_windows(arange(0, 8), 3, 0), ValueError);
  EXPECT_THROW(text_windows(zeros({8}), 3, 1), DtypeError);
}

TEST(RandomWindows, ComeFromAllOverTheText) {
  Generator g(1);
  const Batch batch = random_windows(arange(0, 8), 3, 200, g);
  EXPECT_EQ(batch.x.shape(), (Shape{200, 3}));
  std::vector<int> starts(5, 0);
  for (i64 i = 0; i < 200; ++i) {
    const double start = batch.x.at({i, 0});
    ++starts.at(static_cast<std::size_t>(start));
    for (i64 j = 0; j < 3; ++j) EXPECT_EQ(batch.y.at({i, j}), start + static_cast<double>(j) + 1);
  }
  for (int count : starts) EXPECT_GT(count, 15);
}

}  // namespace
}  // namespace cadena
