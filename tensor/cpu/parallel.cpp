#include "tensor/cpu/parallel.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "tensor/base/error.h"

namespace cadena::cpu {
namespace {

constexpr int kMostThreads = 1024;

thread_local bool inside_body = false;

/// One `parallel_for` call: threads take chunks from `next` until none is left.
struct Job {
  FunctionRef<void(i64, i64)> body;
  i64 n;
  i64 chunk;
  std::atomic<i64> next{0};
  std::mutex mutex;
  std::exception_ptr error;

  Job(FunctionRef<void(i64, i64)> f, i64 count, i64 size) : body(f), n(count), chunk(size) {}

  void work() {
    inside_body = true;
    for (i64 begin = next.fetch_add(chunk); begin < n; begin = next.fetch_add(chunk)) {
      try {
        body(begin, std::min(n, begin + chunk));
      } catch (...) {
        std::lock_guard lock(mutex);
        if (!error) error = std::current_exception();
        next.store(n);
      }
    }
    inside_body = false;
  }
};

/// Workers that sleep between jobs. The calling thread works too.
class Pool {
 public:
  /// For `threads` threads; where the system has no room for so many, for as many as it lets start.
  explicit Pool(int threads) : threads_(threads) {
    workers_.reserve(static_cast<std::size_t>(threads) - 1);
    try {
      for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { serve(); });
    } catch (const std::system_error&) {  // those that have started, and the caller, do the work
    }
  }

  ~Pool() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  /// The number that was asked for.
  int threads() const { return threads_; }

  void run(Job& job) {
    {
      std::lock_guard lock(mutex_);
      job_ = &job;
      ++round_;
      busy_ = static_cast<int>(workers_.size());
    }
    wake_.notify_all();
    job.work();
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return busy_ == 0; });
    job_ = nullptr;
  }

 private:
  void serve() {
    std::uint64_t seen = 0;
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [&] { return stop_ || round_ != seen; });
      if (stop_) return;
      seen = round_;
      Job* job = job_;
      lock.unlock();
      job->work();
      lock.lock();
      if (--busy_ == 0) done_.notify_one();
    }
  }

  const int threads_;
  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  Job* job_ = nullptr;
  std::uint64_t round_ = 0;
  int busy_ = 0;
  bool stop_ = false;
};

int default_threads() {
  long threads = 0;
  if (const char* text = std::getenv("CADENA_NUM_THREADS")) threads = std::strtol(text, nullptr, 10);
  if (threads < 1) threads = static_cast<long>(std::thread::hardware_concurrency());
  return static_cast<int>(std::clamp<long>(threads, 1, kMostThreads));
}

std::atomic<int> wanted_threads{0};

int wanted() {
  int threads = wanted_threads.load();
  if (threads == 0) wanted_threads.store(threads = default_threads());
  return threads;
}

/// The pool, once there is one, and the lock of the thread that uses it. Neither is right in the child of fork(), where
/// only the forking thread lives on: the child leaves them behind and begins with new ones.
struct Shared {
  std::mutex mutex;
  std::unique_ptr<Pool> pool;

  Pool& with(int threads) {
    if (!pool || pool->threads() != threads) {
      pool.reset();  // the old workers leave before new ones come
      pool = std::make_unique<Pool>(threads);
    }
    return *pool;
  }
};

Shared& shared() {
  static auto instance = std::make_unique<Shared>();
  [[maybe_unused]] static const int registered = pthread_atfork(nullptr, nullptr, [] {
    static_cast<void>(instance.release());
    instance = std::make_unique<Shared>();
  });
  return *instance;
}

}  // namespace

int num_threads() { return wanted(); }

void set_num_threads(int threads) {
  if (threads < 1 || threads > kMostThreads) {
    fail<ValueError>("set_num_threads: expected 1 … ", kMostThreads, ", got ", threads);
  }
  wanted_threads.store(threads);
}

void parallel_for(i64 n, i64 grain, FunctionRef<void(i64, i64)> body) {
  if (n <= 0) return;
  grain = std::max<i64>(grain, 1);
  const int threads = wanted();
  if (threads == 1 || n <= grain || inside_body) return body(0, n);
  Shared& used = shared();
  std::unique_lock lock(used.mutex, std::try_to_lock);
  if (!lock.owns_lock()) return body(0, n);
  constexpr i64 kChunksPerThread = 4;  // enough that a thread held up by a neighbour does not hold up the rest
  const i64 even = (n + threads * kChunksPerThread - 1) / (threads * kChunksPerThread);
  Job job(body, n, std::max(grain, even));
  used.with(threads).run(job);
  if (job.error) std::rethrow_exception(job.error);
}

}  // namespace cadena::cpu
