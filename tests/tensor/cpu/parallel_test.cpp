#include "tensor/cpu/parallel.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/base/keep_blocks.h"

namespace cadena::cpu {
namespace {

using Chunk = std::pair<i64, i64>;

/// Sets the number of threads for one test.
class Threads {
 public:
  explicit Threads(int threads) : before_(num_threads()) { set_num_threads(threads); }
  ~Threads() { set_num_threads(before_); }

 private:
  int before_;
};

/// The chunks of one call, in order, and the threads that ran them.
struct Record {
  std::vector<Chunk> chunks;
  std::set<std::thread::id> threads;
};

/// With `meeting` above 1 every chunk waits, for at most ten seconds, until that many threads have come.
Record record(i64 n, i64 grain, std::size_t meeting = 1) {
  Record r;
  std::mutex mutex;
  std::condition_variable came;
  parallel_for(n, grain, [&](i64 begin, i64 end) {
    std::unique_lock lock(mutex);
    r.chunks.emplace_back(begin, end);
    r.threads.insert(std::this_thread::get_id());
    came.notify_all();
    came.wait_for(lock, std::chrono::seconds(10), [&] { return r.threads.size() >= meeting; });
  });
  std::sort(r.chunks.begin(), r.chunks.end());
  return r;
}

TEST(ParallelFor, CoversEveryIndexOnceWithChunksOfAtLeastTheGrain) {
  for (int threads : {1, 2, 3, 5}) {
    const Threads set(threads);
    for (i64 n : {1, 7, 100, 1001}) {
      for (i64 grain : {1, 10, 64}) {
        i64 at = 0;
        const Record r = record(n, grain);
        for (const auto& [begin, end] : r.chunks) {
          ASSERT_EQ(begin, at) << n << ' ' << grain << ' ' << threads;
          ASSERT_TRUE(end - begin >= grain || end == n);
          at = end;
        }
        ASSERT_EQ(at, n);
      }
    }
  }
}

TEST(ParallelFor, CutsFourChunksAThread) {
  const Threads set(2);
  EXPECT_EQ(record(800, 1).chunks.size(), 8u);
  EXPECT_EQ(record(801, 1).chunks.size(), 8u);
  EXPECT_EQ(record(800, 400).chunks.size(), 2u);
}

TEST(ParallelFor, NeverCallsTheBodyForAnEmptyRange) {
  EXPECT_TRUE(record(0, 1).chunks.empty());
  EXPECT_TRUE(record(-3, 1).chunks.empty());
}

TEST(ParallelFor, RunsAShortRangeOnTheCaller) {
  const Threads set(3);
  for (const Record& r : {record(10, 10), record(3, 10)}) {
    EXPECT_EQ(r.chunks.size(), 1u);
    EXPECT_EQ(r.threads, std::set{std::this_thread::get_id()});
  }
  EXPECT_GT(record(11, 10).chunks.size(), 1u);
}

TEST(ParallelFor, TakesAGrainBelowOneForOne) { EXPECT_EQ(record(5, 0).chunks.back().second, 5); }

TEST(ParallelFor, UsesAsManyThreadsAsAreSet) {
  for (std::size_t threads : {1u, 2u, 4u}) {
    const Threads set(static_cast<int>(threads));
    EXPECT_EQ(num_threads(), static_cast<int>(threads));
    EXPECT_EQ(record(64, 1, threads).threads.size(), threads);
  }
}

TEST(ParallelFor, RunsANestedLoopOnTheThreadThatStartsIt) {
  const Threads set(2);
  std::atomic<int> strangers = 0, chunks = 0;
  parallel_for(16, 1, [&](i64, i64) {
    const std::thread::id self = std::this_thread::get_id();
    parallel_for(100, 1, [&](i64, i64) {
      ++chunks;
      if (std::this_thread::get_id() != self) ++strangers;
    });
  });
  EXPECT_EQ(strangers, 0);
  EXPECT_EQ(chunks, static_cast<int>(record(16, 1).chunks.size()));
  EXPECT_GT(record(100, 1).chunks.size(), 1u) << "after a nested loop the pool serves again";
}

TEST(ParallelFor, ThrowsTheFirstExceptionOfABodyAndGoesOnWorking) {
  const Threads set(2);
  std::atomic<int> calls = 0;
  const auto body = [&](i64, i64) {
    ++calls;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    throw std::runtime_error("from the body");
  };
  EXPECT_THROW(parallel_for(1000, 1, body), std::runtime_error);
  EXPECT_LE(calls, 2) << "no new chunk is started after an exception";
  EXPECT_EQ(record(800, 1).chunks.size(), 8u);
}

TEST(ParallelFor, ServesCallersOnSeveralThreadsAtOnce) {
  const Threads set(3);
  std::atomic<i64> total = 0;
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&] {
      for (int repeat = 0; repeat < 50; ++repeat) {
        parallel_for(100, 1, [&](i64 begin, i64 end) { total += end - begin; });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(total, 4 * 50 * 100);
}

TEST(SetNumThreads, RejectsZero) { EXPECT_THROW(set_num_threads(0), ValueError); }

TEST(SetNumThreads, RejectsMoreThanAnyMachineHas) {
  EXPECT_THROW(set_num_threads(1025), ValueError);
  EXPECT_THROW(set_num_threads(std::numeric_limits<int>::max()), ValueError);
}

/// Three loops for a thousand threads, with addresses for the stacks of thirty; 7 if they cover all.
int work_short_of_threads() {
  alarm(60);
  set_num_threads(1000);
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t room = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + (std::size_t{1} << 28);
  const rlimit limits{room, room};
  setrlimit(RLIMIT_AS, &limits);
  std::atomic<i64> covered = 0;
  for (int repeat = 0; repeat < 3; ++repeat) {
    parallel_for(5000, 1, [&](i64 begin, i64 end) { covered += end - begin; });
  }
  return covered == 3 * 5000 ? 7 : 1;
}

TEST(ParallelFor, MakesDoWithTheThreadsThatTheSystemLetsStart) {
  if (kSanitized) GTEST_SKIP() << "sanitizers need all addresses, so none can be withheld";
  testing::FLAGS_gtest_death_test_style = "fast";  // a forked child begins without a pool
  EXPECT_EXIT(std::_Exit(work_short_of_threads()), testing::ExitedWithCode(7), "");
}

/// A loop whose three threads meet in the child of a process that has a pool; 7 if they do.
int work_after_fork() {
  alarm(60);
  return record(3, 1, 3).threads.size() == 3 ? 7 : 1;
}

TEST(ParallelFor, AChildProcessStartsThreadsOfItsOwn) {
  if (kSanitized) GTEST_SKIP() << "sanitizers do not follow a process with threads into its children";
  const Threads three(3);
  ASSERT_EQ(record(3, 1, 3).threads.size(), 3U);
  testing::FLAGS_gtest_death_test_style = "fast";  // the child is this process, forked
  EXPECT_EXIT(std::_Exit(work_after_fork()), testing::ExitedWithCode(7), "");
  EXPECT_EQ(record(3, 1, 3).threads.size(), 3U);
}

TEST(ParallelFor, AChildThatIsForkedWhileAnotherThreadWorksStartsThreadsOfItsOwn) {
  if (kSanitized) GTEST_SKIP() << "sanitizers do not follow a process with threads into its children";
  const Threads three(3);
  std::atomic<bool> working = false, done = false;
  std::thread other([&] {
    parallel_for(3, 1, [&](i64, i64) {
      working = true;
      while (!done) std::this_thread::yield();
    });
  });
  while (!working) std::this_thread::yield();
  testing::FLAGS_gtest_death_test_style = "fast";
  EXPECT_EXIT(std::_Exit(work_after_fork()), testing::ExitedWithCode(7), "");
  done = true;
  other.join();
}

}  // namespace
}  // namespace cadena::cpu
