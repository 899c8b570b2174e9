// What `#include "cadena.h"` alone offers besides ops and networks: data sets, files, printing.

#include "cadena.h"

#include <gtest/gtest.h>

#include "tests/support/files.h"

namespace cadena {
namespace {

TEST(CadenaHeader, ReadsADataSetSavesItAndPrints) {
  const Dataset iris = load_iris();
  const test::TemporaryFolder folder;
  save_npy(folder.file("x.npy"), iris.x);
  EXPECT_TRUE(array_equal(load_npy(folder.file("x.npy")), iris.x));
  EXPECT_EQ(to_string(slice(iris.y, 0, {.stop = 3})), "tensor([0, 0, 0], i64, cpu)");
}

TEST(CadenaHeader, BatchesRowsAndCharacters) {
  i64 batches = 0;
  DataLoader loader(load_iris(), {.batch_size = 100});
  for (const Batch& batch : loader) batches += batch.size() > 0;
  EXPECT_EQ(batches, 2);
  EXPECT_EQ(CharTokenizer("abba").size(), 2);
}

}  // namespace
}  // namespace cadena
