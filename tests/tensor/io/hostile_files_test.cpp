#include <gtest/gtest.h>

#include <functional>

#include "tensor/io/csv.h"
#include "tensor/io/file.h"
#include "tensor/io/idx.h"
#include "tensor/io/npy.h"
#include "tensor/io/npz.h"
#include "tensor/io/safetensors.h"
#include "tensor/random.h"
#include "tests/support/files.h"

// Valid files with bytes changed, cut off, doubled or inserted: a reader may read them or throw IoError, nothing else.
// The changes come from a seed, so a failure can be repeated. Run under the preset asan to see every stray access.
namespace cadena {
namespace {

using Reader = std::function<void(const std::string&)>;

class Mutator {
 public:
  Mutator(std::string original, std::uint64_t seed) : original_(std::move(original)), generator_(seed) {}

  std::string next() {
    std::string bytes = original_;
    for (i64 change = below(3); change >= 0; --change) apply_one(bytes);
    return bytes;
  }

 private:
  i64 below(std::size_t n) { return static_cast<i64>(randint(generator_, {}, 0, static_cast<i64>(n)).item()); }

  void apply_one(std::string& bytes) {
    if (bytes.empty()) return;
    const auto at = static_cast<std::size_t>(below(bytes.size()));
    constexpr std::string_view kTokens[] = {"\xff\xff\xff\xff", "9999999999", "-1", "[", "{", "\"", "'", "(", ",", "0"};
    switch (below(6)) {
      case 0: bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8))); break;
      case 1: bytes[at] = static_cast<char>(below(256)); break;
      case 2: bytes.resize(at); break;
      case 3: bytes.insert(at, kTokens[below(std::size(kTokens))]); break;
      case 4: bytes.erase(at, static_cast<std::size_t>(below(8)) + 1); break;
      default: bytes.insert(at, bytes.substr(static_cast<std::size_t>(below(bytes.size())), 16));
    }
  }

  std::string original_;
  Generator generator_;
};

void expect_no_crash(const std::string& original, const Reader& reader, int rounds = 1500) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("mutant");
  Mutator mutator(original, 1);
  int refused = 0;
  for (int i = 0; i < rounds; ++i) {
    test::put_file(path, mutator.next());
    try {
      reader(path);
    } catch (const IoError& error) {
      ++refused;
      EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
    }
  }
  EXPECT_GT(refused, rounds / 4) << "the changes hardly reached the reader's checks";
}

TEST(HostileFiles, NpyIsReadOrRefused) {
  for (const char* name : {"f4.npy", "fortran.npy", "b1.npy", "i2.npy", "version3.npy"}) {
    expect_no_crash(
        read_file(test::reference_file(name)), [](const std::string& path) { load_npy(path); }, 600);
  }
}

TEST(HostileFiles, NpzIsReadOrRefused) {
  if (!has_npz()) GTEST_SKIP() << "this build has no libzip";
  for (const char* name : {"stored.npz", "compressed.npz"}) {
    expect_no_crash(read_file(test::reference_file(name)), [](const std::string& path) { load_npz(path); });
  }
}

TEST(HostileFiles, SafetensorsIsReadOrRefused) {
  for (const char* name : {"all.safetensors", "bf16.safetensors"}) {
    expect_no_crash(read_file(test::reference_file(name)), [](const std::string& path) { load_safetensors(path); });
  }
}

TEST(HostileFiles, IdxIsReadOrRefused) {
  const std::string images("\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x03\x01\x02\xff\x04\x05\x06", 22);
  expect_no_crash(images, [](const std::string& path) { load_idx(path); });
}

TEST(HostileFiles, CsvIsReadOrRefused) {
  expect_no_crash("a,\"b\"\"c\",d\n1,2.5,-3e5\n\"4\",5,nan\n7,8,9\n",
                  [](const std::string& path) { load_csv(path, {.header = true}); });
}

}  // namespace
}  // namespace cadena
