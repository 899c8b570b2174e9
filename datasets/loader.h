#pragma once

#include <cstdint>
#include <functional>
#include <iterator>

#include "datasets/dataset.h"
#include "tensor/base/ref.h"

namespace cadena {

/// Some samples of a data set, and the number of the batch in its epoch.
struct Batch {
  Tensor x;        ///< (k, ...), the features of k samples
  Tensor y;        ///< (k,) or (k, ...), their targets
  i64 number = 0;  ///< counted from 0 in each epoch

  /// Number of samples in it.
  i64 size() const { return x.size(0); }
};

/// How a `DataLoader` makes batches.
struct LoaderOptions {
  i64 batch_size = 32;     ///< samples in a batch
  bool shuffle = false;    ///< a new order each epoch, a function of (seed, epoch)
  std::uint64_t seed = 0;  ///< of the order and of `transform`
  bool drop_last = false;  ///< leave out a last batch that is not full
  int workers = 0;         ///< threads that make batches ahead; 0: made when asked for
  i64 prefetch = 4;        ///< batches that may wait, at most
  /// Changes each batch (augmentation, say), perhaps on a worker thread. Its generator is a function of
  /// (seed, epoch, batch), so the batches are the same for any number of workers.
  std::function<Batch(Batch, Generator&)> transform = nullptr;
};

/// Batches of a data set, for range-for; each loop is one epoch.
///
///     for (const Batch& batch : loader) train(batch.x, batch.y);
///
/// The batches depend on the options alone, not on the number of workers. A loop may be left at any time; an exception
/// that a worker meets is thrown where its batch would have come.
class DataLoader {
 public:
  /// Throws ValueError for a batch size or prefetch below 1 or negative workers, and as `check_samples`.
  explicit DataLoader(Dataset data, LoaderOptions options = {});

  /// Batches in an epoch.
  i64 size() const;

  /// The epoch that the next loop runs through; it is set to resume a run.
  i64 epoch() const { return epoch_; }
  /// Makes the next loop run through this epoch.
  void set_epoch(i64 epoch) { epoch_ = epoch; }

  /// Stands at one batch of a running epoch; its end stops and joins the workers.
  class Iterator {
   public:
    /// Takes over the epoch; the other one may only be destroyed or assigned to.
    Iterator(Iterator&&) noexcept;
    /// Stops its own epoch and takes over the other's.
    Iterator& operator=(Iterator&&) noexcept;
    ~Iterator();

    /// The batch it stands at.
    const Batch& operator*() const { return batch_; }
    /// Members of that batch.
    const Batch* operator->() const { return &batch_; }
    /// Goes on to the next batch, waiting for a worker if need be; throws what the worker met.
    Iterator& operator++();
    /// True after the last batch.
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return it.at_end_; }

   private:
    friend class DataLoader;
    class Epoch;
    explicit Iterator(Ref<Epoch> epoch);

    Ref<Epoch> epoch_;
    Batch batch_;
    bool at_end_ = false;
  };

  /// Starts an epoch.
  Iterator begin();
  /// What `Iterator` is compared with.
  std::default_sentinel_t end() const { return {}; }

 private:
  Dataset data_;
  LoaderOptions options_;
  i64 epoch_ = 0;
};

}  // namespace cadena
