#include "tensor/base/callable.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "tests/support/expect_values.h"

namespace cadena {
namespace {

int twice(int x) { return 2 * x; }

TEST(Callable, HoldsFunctionsAndLambdas) {
  EXPECT_EQ(Callable<int(int)>(twice)(21), 42);
  EXPECT_EQ(Callable<int(int)>([](int x) { return x + 1; })(1), 2);
  EXPECT_EQ(Callable<double(int)>(twice)(3), 6.0);  // the result is converted
  int seen = 0;
  Callable<void(int)>([&](int x) { return seen = x; })(5);
  EXPECT_EQ(seen, 5);
}

TEST(Callable, CopiesShareWhatTheyHold) {
  const Callable<int()> count = [n = 0]() mutable { return ++n; };
  const Callable<int()> copy = count;
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(copy(), 2);
}

TEST(Callable, FreesWhatItHolds) {
  const auto value = std::make_shared<int>(3);
  {
    const Callable<int()> f = [value] { return *value; };
    EXPECT_EQ(value.use_count(), 2);
  }
  EXPECT_EQ(value.use_count(), 1);
}

TEST(Callable, EmptyOnesSaySo) {
  const Callable<int(int)> nothing, null = nullptr;
  EXPECT_FALSE(nothing);
  EXPECT_FALSE(null);
  EXPECT_TRUE(Callable<int(int)>(twice));
  expect_error<ValueError>([&] { nothing(1); }, "holds nothing");
}

TEST(Callable, TakesOnlyWhatItCanCall) {
  static_assert(std::is_constructible_v<Callable<int(int)>, int (*)(int)>);
  static_assert(!std::is_constructible_v<Callable<int(int)>, int>);
  static_assert(!std::is_constructible_v<Callable<int(int)>, int (*)(int, int)>);
}

TEST(Counter, CountsFromSeveralThreads) {
  Counter<int> counter;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20000; ++i) counter.increment();
      for (int i = 0; i < 10000; ++i) counter.decrement();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), 40000);
  EXPECT_EQ(counter.decrement(), 39999);
}

}  // namespace
}  // namespace cadena
