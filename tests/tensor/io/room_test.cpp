#include "tensor/io/room.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "tensor/base/keep_blocks.h"
#include "tensor/factories.h"
#include "tensor/io/csv.h"
#include "tensor/io/file.h"
#include "tensor/io/idx.h"
#include "tensor/io/npy.h"
#include "tensor/io/npz.h"
#include "tensor/io/safetensors.h"
#include "tests/support/files.h"
#include "tests/support/limited_memory.h"

namespace cadena {
namespace {

using test::message_of;
using test::TemporaryFolder;

TEST(WithRoom, NamesTheFileAndItsBytesWhereMemoryIsFull) {
  EXPECT_EQ(with_room("x", 3, [] { return 7; }), 7);
  const std::string message = "x: no room in memory for its 3 bytes";
  EXPECT_EQ(message_of<MemoryError>([] { with_room("x", 3, [] { throw std::bad_alloc(); }); }), message);
  EXPECT_EQ(message_of<MemoryError>([] { with_room("x", 3, [] { throw std::length_error(""); }); }), message);
  EXPECT_EQ(message_of<MemoryError>([] { with_room("x", 3, [] { fail<MemoryError>("cast: no room"); }); }),
            "x: cast: no room");
  EXPECT_EQ(message_of<MemoryError>([] { with_room("c", 3, [] { fail<MemoryError>("cast: no room"); }); }),
            "c: cast: no room");
  for (const char* named : {"x: no room", "x[a]: no room"}) {
    EXPECT_EQ(message_of<MemoryError>([&] { with_room("x", 3, [&] { fail<MemoryError>(named); }); }), named);
  }
  EXPECT_EQ(message_of<MemoryError>([] { with_room("a[1]", 3, [] { fail<MemoryError>("a[1]: no room"); }); }),
            "a[1]: no room");
  EXPECT_EQ(message_of<IoError>([] { with_room("x", 3, [] { fail<IoError>("x: truncated"); }); }), "x: truncated");
}

constexpr std::size_t kMiB = std::size_t{1} << 20;

/// 7 if reading throws a MemoryError that starts with the path, in a process that has room for so many MiB more; as
/// well if there is `enough`.
int read_short_of_memory(const std::string& path, void (*read)(const std::string&), std::size_t room_mib,
                         bool enough = false) {
  test::limit_memory(room_mib * kMiB);
  try {
    read(path);
    return enough ? 7 : 1;
  } catch (const MemoryError& error) {
    if (std::string(error.what()).starts_with(path)) return 7;
    std::fprintf(stderr, "%s\n", error.what());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  return 1;
}

class FullMemory : public testing::Test {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "sanitizers need all addresses, so none can be withheld";
    if (!test::memory_can_be_limited()) GTEST_SKIP() << "limits on memory have no effect here";
    testing::FLAGS_gtest_death_test_style = "fast";
  }
  /// A file of `bytes` bytes, zeros after `text`, that takes no room on the disk.
  void make_sparse(const std::string& text, std::uintmax_t bytes = std::uintmax_t{1} << 30) {
    test::put_file(path_, text);
    std::filesystem::resize_file(path_, bytes);
  }
  void runs_short(void (*read)(const std::string&), std::size_t room_mib = 4) {
    EXPECT_EXIT(std::_Exit(read_short_of_memory(path_, read, room_mib)), testing::ExitedWithCode(7), "");
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.file("x");
};

TEST_F(FullMemory, IsToldByReadersOfWholeFiles) {
  make_sparse("");
  runs_short([](const std::string& path) { read_file(path); });
  runs_short([](const std::string& path) { load_csv(path); });
  runs_short([](const std::string& path) { load_csv_text(path); });
  if (has_npz()) runs_short([](const std::string& path) { load_npz(path); });
}

TEST_F(FullMemory, IsToldByReadersOfTensors) {
  make_sparse(std::string("\0\0\x08\x01\x3f\xff\xff\xf8", 8));
  runs_short([](const std::string& path) { load_idx(path); });
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (268435424,), }";
  make_sparse(std::string("\x93NUMPY\x01\0\x76\0", 10) + header + std::string(118 - header.size(), ' '));
  runs_short([](const std::string& path) { load_npy(path); });
  const std::string entry = R"({"x":{"dtype":"U8","shape":[1073741736],"data_offsets":[0,1073741736]}})";
  make_sparse(std::string("\x50\0\0\0\0\0\0\0", 8) + entry + std::string(80 - entry.size(), ' '));
  runs_short([](const std::string& path) { load_safetensors(path); });
}

// Many small pieces, so that memory may end anywhere: while the header is read, or the tensors.
TEST_F(FullMemory, IsToldWhereverItEndsAmongManyTensors) {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> texts;
  for (int i = 0; i < 12'000; ++i) tensors[concat("layer.", i, ".weight")] = full({}, i);
  for (int i = 0; i < 12'000; ++i) texts[concat("the key of text ", i)] = "a text that is too long for a small string";
  save_safetensors(path_, tensors, texts);
  const auto read = [](const std::string& path) { load_safetensors(path); };
  runs_short(read, 2);
  for (std::size_t room_mib = 3; room_mib <= 17; room_mib += 2) {
    EXPECT_EXIT(std::_Exit(read_short_of_memory(path_, read, room_mib, true)), testing::ExitedWithCode(7), "")
        << room_mib << " MiB";
  }
}

// The file fits, and what is made of it does not.
TEST_F(FullMemory, IsToldWhereOnlyTheResultIsTooLarge) {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += "1\n";
  test::put_file(path_, text);
  runs_short([](const std::string& path) { load_csv(path); });
  runs_short([](const std::string& path) { load_csv_text(path); });
  const std::uintmax_t elements = 8 * kMiB + 8;  // 32 MiB of f32, and more of f64 than a block that is kept
  make_sparse(std::string("\0\0\x0d\x01\0\x80\0\x08", 8), 8 + 4 * elements);
  runs_short([](const std::string& path) { load_idx(path, Dtype::f64); }, 48);
  if (!has_npz()) return;
  save_npz(path_, {{"x", zeros({i64{1} << 21})}}, true);
  runs_short([](const std::string& path) { load_npz(path); });
}

}  // namespace
}  // namespace cadena
