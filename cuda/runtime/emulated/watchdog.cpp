#include "cuda/runtime/emulated/watchdog.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "cuda/runtime/emulated/fault.h"
#include "cuda/runtime/emulated/state.h"

/// One OS thread sleeps until the limit of the running kernel. If the kernel is still there, it sends a signal to all
/// that run it; the handler ends the block as it does after a fault.
namespace cadena::cuda::emulated {
namespace {

using Clock = std::chrono::steady_clock;

class Guard {
 public:
  void begin() {
    const std::lock_guard lock(mutex_);
    if (!started_) std::thread([this] { watch(); }).detach();
    started_ = true;
    limit_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(time_limit()));
    watching_ = true;
    if (limit_ < wakes_) wake_.notify_one();  // otherwise it wakes in time by itself
  }

  void end() {
    const std::lock_guard lock(mutex_);
    watching_ = false;
  }

  void add(pthread_t thread) {
    const std::lock_guard lock(mutex_);
    threads_.push_back(thread);
  }

  void remove(pthread_t thread) {
    const std::lock_guard lock(mutex_);
    threads_.erase(
        std::remove_if(threads_.begin(), threads_.end(), [=](pthread_t t) { return pthread_equal(t, thread); }),
        threads_.end());
  }

 private:
  void watch() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wakes_ = watching_ ? limit_ : Clock::now() + std::chrono::seconds(1);
      wake_.wait_until(lock, wakes_);
      if (!watching_ || Clock::now() < limit_) continue;
      for (const pthread_t thread : threads_) pthread_kill(thread, kTimeoutSignal);
      limit_ = Clock::now() + std::chrono::milliseconds(200);  // again, for threads that were not in a kernel just now
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<pthread_t> threads_;
  Clock::time_point limit_{}, wakes_{};
  bool watching_ = false, started_ = false;
};

Guard& guard() {
  static Guard& instance = *new Guard;  // its thread outlives the static objects
  return instance;
}

}  // namespace

Watchdog::Watchdog() { guard().begin(); }
Watchdog::~Watchdog() { guard().end(); }

void watch_this_thread(bool running) { running ? guard().add(pthread_self()) : guard().remove(pthread_self()); }

}  // namespace cadena::cuda::emulated
