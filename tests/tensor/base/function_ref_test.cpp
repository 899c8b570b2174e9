#include "tensor/base/function_ref.h"

#include <gtest/gtest.h>

#include <memory>
#include <type_traits>

namespace cadena {
namespace {

int twice(FunctionRef<int(int)> f) { return f(f(3)); }

int plus_one(int x) { return x + 1; }

TEST(FunctionRef, CallsWhatItRefersToAndNotACopyOfIt) {
  int calls = 0;
  auto count = [calls = 0, &seen = calls](int x) mutable {
    seen = ++calls;
    return x * 2;
  };
  EXPECT_EQ(twice(count), 12);
  EXPECT_EQ(twice(count), 12);
  EXPECT_EQ(calls, 4);
}

TEST(FunctionRef, TakesPointersToFunctionsAndConstantCallables) {
  EXPECT_EQ(twice(&plus_one), 5);
  const auto minus = [](int x) { return x - 1; };
  EXPECT_EQ(twice(minus), 1);
}

TEST(FunctionRef, HandsOverReferencesAndWhatCanOnlyBeMoved) {
  int target = 0;
  const auto set = [](int& to, std::unique_ptr<int> from) { to = *from; };
  const FunctionRef<void(int&, std::unique_ptr<int>)> f = set;
  f(target, std::make_unique<int>(7));
  EXPECT_EQ(target, 7);
  static_assert(!std::is_constructible_v<FunctionRef<int(int)>, int (*)(std::unique_ptr<int>)>);
}

TEST(FunctionRef, DropsAResultThatNobodyAskedFor) {
  int calls = 0;
  const auto count = [&](int x) { return calls += x; };
  const FunctionRef<void(int)> f = count;
  f(2);
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace cadena
