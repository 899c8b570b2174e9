#pragma once

#include <cstdint>
#include <functional>
#include <iterator>

#include "datasets/dataset.h"
#include "tensor/base/ref.h"

namespace cadena {

/// Some samples of a data set, and the number of the batch in its epoch.
struct Batch {
  Tensor x;
  Tensor y;
  i64 number = 0;

  i64 size() const { return x.size(0); }
};

/// How a `DataLoader` makes batches.
struct LoaderOptions {
  i64 batch_size = 32;
  bool shuffle = false;  ///< a new order each epoch, a function of (seed, epoch)
  std::uint64_t seed = 0;
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
  /// Throws ValueError for a batch size or prefetch below 1 or negative workers, ShapeError unless x and y have equally
  /// many rows.
  explicit DataLoader(Dataset data, LoaderOptions options = {});

  /// Batches in an epoch.
  i64 size() const;

  /// The epoch that the next loop runs through; it is set to resume a run.
  i64 epoch() const { return epoch_; }
  void set_epoch(i64 epoch) { epoch_ = epoch; }

  /// Stands at one batch of a running epoch; its end stops and joins the workers.
  class Iterator {
   public:
    Iterator(Iterator&&) noexcept;
    Iterator& operator=(Iterator&&) noexcept;
    ~Iterator();

    const Batch& operator*() const { return batch_; }
    const Batch* operator->() const { return &batch_; }
    Iterator& operator++();
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
  std::default_sentinel_t end() const { return {}; }

 private:
  Dataset data_;
  LoaderOptions options_;
  i64 epoch_ = 0;
};

}  // namespace cadena
