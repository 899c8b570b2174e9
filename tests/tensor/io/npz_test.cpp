#include "tensor/io/npz.h"

#include <gtest/gtest.h>

#include "tensor/factories.h"
#include "tensor/io/file.h"
#include "tensor/print.h"
#include "tests/support/files.h"

// The files were written by NumPy, see tests/reference/make_io_files.py.
namespace cadena {
namespace {

using test::message_of;
using test::reference_file;
using test::TemporaryFolder;
using testing::HasSubstr;

TEST(Npz, SaysHowToGetItWhereLibzipIsMissing) {
  if (has_npz()) GTEST_SKIP() << "this build has libzip";
  EXPECT_THAT(message_of<IoError>([] { load_npz("x.npz"); }), HasSubstr("libzip-dev"));
  EXPECT_THAT(message_of<IoError>([] { save_npz("x.npz", {}); }), HasSubstr("libzip-dev"));
}

TEST(Npz, ReadsStoredAndCompressedArrays) {
  if (!has_npz()) GTEST_SKIP() << "this build has no libzip";
  const auto stored = load_npz(reference_file("stored.npz"));
  ASSERT_EQ(stored.size(), 3u);
  EXPECT_EQ(to_string(stored.at("a")), "tensor([[0., 1., 2.],\n        [3., 4., 5.]], f32, cpu)");
  EXPECT_EQ(to_string(stored.at("b")), "tensor([ True, False], bool, cpu)");
  EXPECT_EQ(to_string(stored.at("c")), "tensor(7, i64, cpu)");
  const auto compressed = load_npz(reference_file("compressed.npz"));
  EXPECT_EQ(compressed.at("zeros").to_vector(), std::vector<double>(2500, 0.0));
  EXPECT_EQ(compressed.at("a").dtype(), Dtype::f16);
}

TEST(Npz, WritesWhatItReads) {
  if (!has_npz()) GTEST_SKIP() << "this build has no libzip";
  TemporaryFolder folder;
  const std::string path = folder.file("x.npz");
  for (bool compress : {false, true}) {
    const std::map<std::string, Tensor> tensors{
        {"weight", tensor({{1, 2}, {3, 4}})}, {"größe", zeros({0, 2})}, {"i", arange(0, 1000)}};
    save_npz(path, tensors, compress);
    const auto back = load_npz(path);
    ASSERT_EQ(back.size(), 3u);
    for (const auto& [name, x] : tensors) EXPECT_EQ(to_string(back.at(name)), to_string(x));
    const std::string first = read_file(path);
    save_npz(path, tensors, compress);
    EXPECT_EQ(read_file(path), first) << "the same tensors give the same bytes";
  }
  EXPECT_EQ(folder.count(), 1);
}

TEST(Npz, RefusesDamagedArchivesAndPickledObjects) {
  if (!has_npz()) GTEST_SKIP() << "this build has no libzip";
  TemporaryFolder folder;
  const std::string path = folder.file("x.npz");
  EXPECT_THAT(message_of<IoError>([&] { load_npz(path); }), HasSubstr("cannot open"));
  test::put_file(path, "not an archive");
  EXPECT_THAT(message_of<IoError>([&] { load_npz(path); }), HasSubstr("not a zip archive"));
  test::put_file(path, "");
  EXPECT_THAT(message_of<IoError>([&] { load_npz(path); }), HasSubstr("not a zip archive: the file is empty"));
  test::put_file(path, read_file(reference_file("stored.npz")).substr(0, 300));
  EXPECT_THAT(message_of<IoError>([&] { load_npz(path); }), HasSubstr("not a zip archive"));
  EXPECT_THAT(message_of<IoError>([&] { load_npz(reference_file("pickled.npz")); }), HasSubstr("never loaded"));
}

TEST(Npz, RefusesNamesThatAnArchiveCannotHold) {
  if (!has_npz()) GTEST_SKIP() << "this build has no libzip";
  TemporaryFolder folder;
  const std::string path = folder.file("x.npz");
  const std::string longest(65531, 'a');
  save_npz(path, {{longest, ones({1})}, {"", ones({2})}, {"a/b.npy", ones({3})}});
  const auto back = load_npz(path);
  ASSERT_EQ(back.size(), 3u);
  EXPECT_EQ(back.at(longest).size(0), 1);
  EXPECT_EQ(back.at("").size(0), 2);
  EXPECT_EQ(back.at("a/b.npy").size(0), 3);
  const std::string before = read_file(path);
  const auto refuses = [&](const std::string& name, const std::string& words) {
    EXPECT_EQ(message_of<IoError>([&] { save_npz(path, {{name, ones({1})}}); }), path + words);
  };
  refuses(longest + "a", ": a name of 65532 bytes, '" + std::string(60, 'a') + "…', expected at most 65531");
  const std::string expected = "', expected UTF-8 without control characters";
  refuses(std::string("a\0b", 3), R"(: the name 'a\x00b)" + expected);
  refuses("a\x1b", R"(: the name 'a\x1b)" + expected);
  refuses("a\xff", R"(: the name 'a\xff)" + expected);
  EXPECT_THROW(save_npz(path, {{"a", ones(Shape::filled(65, 1))}}), IoError);
  EXPECT_EQ(read_file(path), before);
}

TEST(Npz, AnArchiveMayBeEmpty) {
  if (!has_npz()) GTEST_SKIP() << "this build has no libzip";
  TemporaryFolder folder;
  save_npz(folder.file("x.npz"), {});
  EXPECT_EQ(read_file(folder.file("x.npz")), "PK\5\6" + std::string(18, '\0'));  // what np.savez writes
  EXPECT_TRUE(load_npz(folder.file("x.npz")).empty());
}

/// Puts another name of that length in the place of each `name` in an archive.
void rename_member(const std::string& path, const std::string& name, const std::string& other) {
  std::string bytes = read_file(path);
  for (std::size_t at = 0; (at = bytes.find(name, at)) != std::string::npos;) bytes.replace(at, name.size(), other);
  test::put_file(path, bytes);
}

TEST(Npz, ReadsControlCharactersInNamesAsTheyStand) {
  if (!has_npz()) GTEST_SKIP() << "this build has no libzip";
  TemporaryFolder folder;
  const std::string path = folder.file("x.npz");
  save_npz(path, {{"name", ones({1})}});
  rename_member(path, "name", "na\x1b\n");  // np.savez(**{"na\x1b\n": …})
  EXPECT_EQ(load_npz(path).begin()->first, "na\x1b\n");
}

TEST(Npz, TellsDamagedArchivesFromOtherFiles) {
  if (!has_npz()) GTEST_SKIP() << "this build has no libzip";
  TemporaryFolder folder;
  const std::string path = folder.file("x.npz");
  save_npz(path, {{"name1", ones({1})}, {"name2", ones({1})}});
  rename_member(path, "name2", "name1");
  EXPECT_THAT(message_of<IoError>([&] { load_npz(path); }), HasSubstr(path + ": damaged archive: "));
  test::put_file(path, read_file(reference_file("stored.npz")) + "trailing");
  EXPECT_THAT(message_of<IoError>([&] { load_npz(path); }), HasSubstr(path + ": damaged archive: "));
}

}  // namespace
}  // namespace cadena
