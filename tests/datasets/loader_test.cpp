#include "datasets/loader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <thread>

#include "cuda/kernels/kernel_log.h"
#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/base/keep_blocks.h"
#include "tensor/copy.h"
#include "tensor/factories.h"
#include "tests/support/expect_values.h"
#include "tests/support/limited_memory.h"

namespace cadena {
namespace {

/// n samples: x is (i,), y is i.
Dataset numbered(i64 n) { return {arange(0, n, 1, Dtype::f32), arange(0, n), {}, {}}; }

std::vector<std::vector<double>> epoch(DataLoader& loader) {
  std::vector<std::vector<double>> batches;
  for (const Batch& batch : loader) {
    EXPECT_EQ(batch.number, static_cast<i64>(batches.size()));
    EXPECT_EQ(batch.y.dtype(), Dtype::i64);
    batches.push_back(batch.x.to_vector());
  }
  return batches;
}

TEST(DataLoader, KeepsOrDropsTheLastBatch) {
  DataLoader all(numbered(7), {.batch_size = 3});
  EXPECT_EQ(all.size(), 3);
  EXPECT_EQ(epoch(all), (std::vector<std::vector<double>>{{0, 1, 2}, {3, 4, 5}, {6}}));
  DataLoader full(numbered(7), {.batch_size = 3, .drop_last = true});
  EXPECT_EQ(full.size(), 2);
  EXPECT_EQ(epoch(full), (std::vector<std::vector<double>>{{0, 1, 2}, {3, 4, 5}}));
  DataLoader none(numbered(0), {.workers = 2});
  EXPECT_TRUE(epoch(none).empty());
}

TEST(DataLoader, ShufflesEachEpochAnewAndRepeatably) {
  DataLoader loader(numbered(50), {.batch_size = 8, .shuffle = true, .seed = 3});
  const auto first = epoch(loader);
  const auto second = epoch(loader);
  EXPECT_NE(first, second);
  loader.set_epoch(0);
  EXPECT_EQ(epoch(loader), first);
  EXPECT_EQ(epoch(loader), second);
  std::vector<double> seen;
  for (const auto& batch : first) seen.insert(seen.end(), batch.begin(), batch.end());
  std::sort(seen.begin(), seen.end());
  for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(seen[i], static_cast<double>(i));
}

TEST(DataLoader, MakesTheSameBatchesForAnyNumberOfWorkers) {
  LoaderOptions options{.batch_size = 4, .shuffle = true, .seed = 5};
  options.transform = [](Batch batch, Generator& generator) {
    batch.x = batch.x + normal(generator, batch.x.shape());
    if (batch.number % 3 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));  // so that others overtake
    return batch;
  };
  DataLoader alone(numbered(101), options);
  const auto expected = epoch(alone);
  for (int workers : {1, 2, 5}) {
    for (i64 prefetch : {1, 4}) {
      options.workers = workers;
      options.prefetch = prefetch;
      DataLoader loader(numbered(101), options);
      EXPECT_EQ(epoch(loader), expected) << workers << " workers, " << prefetch << " ahead";
    }
  }
}

TEST(DataLoader, StopsItsWorkersWhenALoopIsLeft) {
  std::atomic<int> made{0};
  LoaderOptions options{.batch_size = 1, .workers = 3, .prefetch = 4};
  options.transform = [&](Batch batch, Generator&) {
    ++made;
    return batch;
  };
  {
    DataLoader loader(numbered(1000), options);
    for (const Batch& batch : loader) {
      if (batch.number == 2) break;
    }
    const int after = made;
    EXPECT_LE(after, 3 + 4 + 3) << "more was made ahead than asked for";
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(made, after) << "a worker went on";
  }
  DataLoader never_read(numbered(1000), options);
  never_read.begin();
}

TEST(DataLoader, ThrowsTheExceptionOfAWorkerInItsPlace) {
  for (int workers : {0, 2}) {
    LoaderOptions options{.batch_size = 1, .workers = workers};
    options.transform = [](Batch batch, Generator&) -> Batch {
      if (batch.number == 5) throw ValueError("augment: batch 5 is bad");
      return batch;
    };
    DataLoader loader(numbered(20), options);
    int seen = 0;
    try {
      for (const Batch& batch : loader) seen += batch.size() == 1 ? 1 : 0;
      ADD_FAILURE() << "nothing was thrown";
    } catch (const ValueError& error) {
      EXPECT_STREQ(error.what(), "augment: batch 5 is bad");
    }
    EXPECT_EQ(seen, 5) << workers << " workers";
  }
}

TEST(DataLoader, TakesABatchSizeLargerThanAnyDataSet) {
  const i64 largest = std::numeric_limits<i64>::max();
  DataLoader loader(numbered(3), {.batch_size = largest});
  EXPECT_EQ(loader.size(), 1);
  for (const Batch& batch : loader) EXPECT_EQ(batch.size(), 3);
  EXPECT_EQ(DataLoader(numbered(3), {.batch_size = largest, .drop_last = true}).size(), 0);
}

TEST(DataLoader, TakesAnyNumberOfBatchesAhead) {
  std::atomic<bool> is_read{false};
  LoaderOptions options{.batch_size = 1, .workers = 1, .prefetch = std::numeric_limits<i64>::max()};
  options.transform = [&](Batch batch, Generator&) {
    while (batch.number == 1 && !is_read) std::this_thread::yield();  // what follows is claimed after a batch was taken
    return batch;
  };
  DataLoader loader(numbered(9), options);
  i64 seen = 0;
  for (const Batch& batch : loader) {
    is_read = true;
    seen += batch.size();
  }
  EXPECT_EQ(seen, 9);
}

TEST(DataLoader, BatchesADataSetOnTheDevice) {
  const Dataset host = numbered(10);
  const Dataset data{to(host.x, Device::cuda()), to(host.y, Device::cuda()), {}, {}};
  for (int workers : {0, 2}) {
    const LoaderOptions options{.batch_size = 4, .shuffle = true, .seed = 2, .workers = workers};
    DataLoader there(data, options), here(host, options);
    EXPECT_EQ(epoch(there), epoch(here));
    const cuda::KernelLog log;
    EXPECT_EQ((*there.begin()).x.device(), Device::cuda());
    EXPECT_EQ(log.names().empty(), workers > 0)
        << "the host must not read the memory of a GPU";  // workers launch theirs
  }
}

/// An epoch for a thousand workers, with addresses for the stacks of a few; 7 if it is refused.
int load_short_of_threads() {
  alarm(60);
  DataLoader loader(numbered(1000), {.batch_size = 1, .workers = 1000});
  test::limit_memory(std::size_t{1} << 26);
  const std::string message = message_of<Error>([&] { loader.begin(); });
  return message.starts_with("DataLoader: the system started ") ? 7 : 1;
}

TEST(DataLoader, NamesItselfWhereTheSystemRefusesThreads) {
  if (kSanitized) GTEST_SKIP() << "sanitizers need all addresses, so none can be withheld";
  if (!test::memory_can_be_limited()) GTEST_SKIP() << "limits on memory have no effect here";
  testing::FLAGS_gtest_death_test_style = "fast";
  EXPECT_EXIT(std::_Exit(load_short_of_threads()), testing::ExitedWithCode(7), "");
}

TEST(DataLoader, RejectsBadOptions) {
  EXPECT_THROW(DataLoader(numbered(3), {.batch_size = 0}), ValueError);
  EXPECT_THROW(DataLoader(numbered(3), {.workers = -1}), ValueError);
  EXPECT_THROW(DataLoader(numbered(3), {.prefetch = 0}), ValueError);
  EXPECT_THROW(DataLoader({zeros({3}), zeros({4}), {}, {}}), ShapeError);
}

TEST(DataLoader, RefusesADataSetWithoutTargets) {
  EXPECT_THROW(DataLoader(Dataset{}), ValueError);
  EXPECT_THROW(DataLoader({zeros({3}), {}, {}, {}}), ValueError);
}

}  // namespace
}  // namespace cadena
