#include "datasets/loader.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "tensor/base/error.h"
#include "tensor/base/philox.h"
#include "tensor/factories.h"
#include "tensor/views.h"

namespace cadena {
namespace {

i64 batches_of(i64 samples, const LoaderOptions& options) {
  const bool has_rest = samples % options.batch_size != 0;
  return samples / options.batch_size + (has_rest && !options.drop_last ? 1 : 0);
}

}  // namespace

/// One run through the data: workers claim batch numbers in order and put what they made where the reader takes it.
class DataLoader::Iterator::Epoch : public Counted {
 public:
  Epoch(Dataset data, LoaderOptions options, i64 epoch)
      : data_(std::move(data)),
        options_(std::move(options)),
        epoch_(static_cast<std::uint64_t>(epoch)),
        count_(batches_of(data_.size(), options_)) {
    Generator generator(options_.seed, epoch_);
    order_ = options_.shuffle ? permutation(generator, data_.size()) : arange(0, data_.size());
    try {
      for (int i = 0; i < options_.workers && i < count_; ++i) workers_.emplace_back([this] { work(); });
    } catch (const std::system_error& error) {
      const std::size_t started = workers_.size();
      stop();
      fail<Error>("DataLoader: the system started ", started, " threads of ", options_.workers,
                  " workers: ", error.what());
    } catch (...) {
      stop();
      throw;
    }
  }

  ~Epoch() { stop(); }
  static void destroy(Epoch* epoch) { delete epoch; }
  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;

  /// The next batch into `batch`; false at the end. Throws what making it threw.
  bool next(Batch& batch) {
    if (taken_ == count_) return false;
    if (workers_.empty()) {
      batch = make(taken_++);
      return true;
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ready_.contains(taken_); });
    Made made = std::move(ready_.extract(taken_++).mapped());
    lock.unlock();
    changed_.notify_all();
    if (made.error) std::rethrow_exception(made.error);
    batch = std::move(made.batch);
    return true;
  }

 private:
  struct Made {
    Batch batch;
    std::exception_ptr error;
  };

  Batch make(i64 number) const {
    const i64 begin = number * options_.batch_size;
    const i64 end = begin + std::min(options_.batch_size, data_.size() - begin);
    const Tensor index = slice(order_, 0, {begin, end});
    Batch batch{take_rows(data_.x, index), take_rows(data_.y, index), number};
    if (!options_.transform) return batch;
    const auto words = philox(options_.seed, epoch_, static_cast<std::uint64_t>(number));
    Generator generator(std::uint64_t{words[0]} << 32 | words[1]);
    batch = options_.transform(std::move(batch), generator);
    batch.number = number;
    return batch;
  }

  void work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopped_ || claimed_ == count_ || claimed_ - taken_ < options_.prefetch; });
      if (stopped_ || claimed_ == count_) return;
      const i64 number = claimed_++;
      lock.unlock();
      Made made;
      try {
        made.batch = make(number);
      } catch (...) {
        made.error = std::current_exception();
      }
      lock.lock();
      ready_.emplace(number, std::move(made));
      lock.unlock();
      changed_.notify_all();
    }
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
  }

  const Dataset data_;
  const LoaderOptions options_;
  const std::uint64_t epoch_;
  const i64 count_;
  Tensor order_;

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  i64 claimed_ = 0;
  i64 taken_ = 0;
  bool stopped_ = false;
  std::map<i64, Made> ready_;
  std::vector<std::thread> workers_;
};

DataLoader::DataLoader(Dataset data, LoaderOptions options) : data_(std::move(data)), options_(std::move(options)) {
  if (options_.batch_size < 1 || options_.prefetch < 1 || options_.workers < 0) {
    fail<ValueError>("DataLoader: expected a batch size and prefetch of at least 1 and workers of at least 0, got ",
                     options_.batch_size, ", ", options_.prefetch, " and ", options_.workers);
  }
  check_samples("DataLoader", data_);
}

i64 DataLoader::size() const { return batches_of(data_.size(), options_); }

DataLoader::Iterator DataLoader::begin() { return Iterator(Ref(new Iterator::Epoch(data_, options_, epoch_++))); }

DataLoader::Iterator::Iterator(Ref<Epoch> epoch) : epoch_(std::move(epoch)) { ++*this; }
DataLoader::Iterator::Iterator(Iterator&&) noexcept = default;
DataLoader::Iterator& DataLoader::Iterator::operator=(Iterator&&) noexcept = default;
DataLoader::Iterator::~Iterator() = default;

DataLoader::Iterator& DataLoader::Iterator::operator++() {
  at_end_ = !epoch_->next(batch_);
  return *this;
}

}  // namespace cadena
