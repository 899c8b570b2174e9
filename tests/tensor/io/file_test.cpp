#include "tensor/io/file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <thread>
#include <vector>

#include "tensor/factories.h"
#include "tensor/io/safetensors.h"
#include "tests/support/files.h"

namespace cadena {
namespace {

using test::message_of;
using test::TemporaryFolder;
using testing::HasSubstr;

/// While it lives no file may grow past `bytes`, as on a disk that is full. A write beyond sends SIGXFSZ, which ends a
/// process that does nothing about it.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

TEST(FileWriter, LeavesTheOldFileWhenTheDiskIsFull) {
  TemporaryFolder folder;
  const std::string path = folder.file("model.safetensors");
  save_safetensors(path, {{"w", ones({4})}});
  const std::string before = read_file(path);
  for (i64 size : {i64{100'000}, i64{3'000'000}}) {  // fails in commit, and already in write
    const FullDisk full(50'000);
    EXPECT_THAT(message_of<IoError>([&] {
                  save_safetensors(path, {{"w", zeros({size})}});
                }),
                testing::AllOf(HasSubstr(path), HasSubstr("File too large"), HasSubstr("nothing there was changed")));
  }
  EXPECT_EQ(read_file(path), before);
  EXPECT_EQ(folder.count(), 1) << "a temporary file was left behind";
}

TEST(FileWriter, TakesOnlyTheSignalThatItsOwnWriteMade) {
  TemporaryFolder folder;
  sigset_t size, before, pending, now;
  sigemptyset(&size);
  sigaddset(&size, SIGXFSZ);
  const auto fails = [&] {
    const FullDisk full(50'000);
    EXPECT_THROW(write_file(folder.file("x"), std::string(100'000, 'x')), IoError);
  };
  fails();
  pthread_sigmask(SIG_SETMASK, nullptr, &now);
  EXPECT_EQ(sigismember(&now, SIGXFSZ), 0) << "the signal stays blocked";

  pthread_sigmask(SIG_BLOCK, &size, &before);
  fails();
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGXFSZ), 0) << "a signal would come later";
  raise(SIGXFSZ);
  fails();
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGXFSZ), 1) << "somebody else's signal was taken";
  int taken = 0;
  sigwait(&size, &taken);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST(FileWriter, LeavesNothingBehindWithoutCommit) {
  TemporaryFolder folder;
  write_file(folder.file("x"), "old");
  {
    FileWriter writer(folder.file("x"));
    writer.write("new");
  }
  EXPECT_EQ(read_file(folder.file("x")), "old");
  EXPECT_EQ(folder.count(), 1);
}

TEST(FileWriter, NamesAMissingFolder) {
  EXPECT_THAT(message_of<IoError>([] { write_file("/no/such/folder/x", "text"); }),
              testing::AllOf(HasSubstr("/no/such/folder/x"), HasSubstr("No such file or directory")));
  EXPECT_THROW(write_file("", "text"), IoError);
}

TEST(FileWriter, NeverReplacesADeviceOrAFolder) {
  TemporaryFolder folder;
  EXPECT_THAT(message_of<IoError>([&] { write_file("/dev/full", "text"); }), HasSubstr("regular file"));
  EXPECT_THAT(message_of<IoError>([&] { write_file(folder.path(), "text"); }), HasSubstr("regular file"));
  struct stat status {};
  ASSERT_EQ(stat("/dev/full", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
}

TEST(FileWriter, RefusesAFileThatMayNotBeWritten) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everything";
  TemporaryFolder folder;
  write_file(folder.file("x"), "old");
  chmod(folder.file("x").c_str(), 0444);
  EXPECT_THROW(write_file(folder.file("x"), "new"), IoError);
  EXPECT_EQ(read_file(folder.file("x")), "old");
}

TEST(FileWriter, FollowsLinksToFilesThatAreNotThereYet) {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("there"));
  ASSERT_EQ(symlink("second", folder.file("first").c_str()), 0);
  ASSERT_EQ(symlink("there/x", folder.file("second").c_str()), 0);
  write_file(folder.file("first"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("first")));
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("second")));
  EXPECT_EQ(read_file(folder.file("there/x")), "new");
}

TEST(FileWriter, RefusesLinksInACircle) {
  TemporaryFolder folder;
  ASSERT_EQ(symlink("b", folder.file("a").c_str()), 0);
  ASSERT_EQ(symlink("a", folder.file("b").c_str()), 0);
  EXPECT_THROW(write_file(folder.file("a"), "new"), IoError);
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("a")));
}

TEST(FileWriter, FollowsLinksAndKeepsPermissions) {
  TemporaryFolder folder;
  write_file(folder.file("x"), "old");
  chmod(folder.file("x").c_str(), 0640);
  ASSERT_EQ(symlink("x", folder.file("link").c_str()), 0);
  write_file(folder.file("link"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link")));
  EXPECT_EQ(read_file(folder.file("x")), "new");
  struct stat status {};
  ASSERT_EQ(stat(folder.file("x").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
}

TEST(FileWriter, KeepsOwnerAndGroup) {
  if (geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  TemporaryFolder folder;
  write_file(folder.file("x"), "old");
  ASSERT_EQ(chown(folder.file("x").c_str(), 12, 34), 0);
  ASSERT_EQ(chmod(folder.file("x").c_str(), 04640), 0);
  write_file(folder.file("x"), "new");
  struct stat status {};
  ASSERT_EQ(stat(folder.file("x").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 12u);
  EXPECT_EQ(status.st_gid, 34u);
  EXPECT_EQ(status.st_mode & 07777, 04640u);
}

TEST(FileWriter, WritesTheLongestNameThereIs) {
  TemporaryFolder folder;
  const std::string name(255, 'x');
  write_file(folder.file(name), "text");
  EXPECT_EQ(read_file(folder.file(name)), "text");
  EXPECT_EQ(folder.count(), 1);
}

TEST(FileWriter, OfTwoWritersEachReplacesTheWholeFile) {
  TemporaryFolder folder;
  const std::string path = folder.file("x");
  constexpr std::size_t kSize = 100'000;
  write_file(path, std::string(kSize, 'a'));
  std::vector<std::thread> writers;
  for (char letter : {'a', 'b'}) {
    writers.emplace_back([&, letter] {
      for (int i = 0; i < 8; ++i) write_file(path, std::string(kSize, letter));
    });
  }
  for (int i = 0; i < 50; ++i) {
    const std::string text = read_file(path);
    ASSERT_EQ(text, std::string(kSize, text.at(0)));
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(folder.count(), 1);
}

TEST(Printable, EscapesControlCharactersAndCutsLongText) {
  EXPECT_EQ(printable("weight.é"), "weight.é");
  EXPECT_EQ(printable(std::string("a\0b\x1b\x7f\n", 6)), R"(a\x00b\x1b\x7f\x0a)");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J"),
            R"(\xc2\x9b2J)");                                     // the control character U+009B, in UTF-8
  EXPECT_EQ(printable("a\xff\xc2|\x9b…"), R"(a\xff\xc2|\x9b…)");  // some of it is not UTF-8
  EXPECT_EQ(printable(std::string(60, 'x')), std::string(60, 'x'));
  EXPECT_EQ(printable(std::string(61, 'x')), std::string(60, 'x') + "…");
  EXPECT_EQ(printable(std::string(59, 'x') + "éy"), std::string(59, 'x') + "…");  // é is not cut in half
  EXPECT_EQ(printable("abcdef", 3), "abc…");
  EXPECT_EQ(printable("a\n\tb\r\x1b", 60, "\n\t"), "a\n\tb\\x0d\\x1b");
}

TEST(Paths, MayNotHoldANul) {
  TemporaryFolder folder;
  const std::string path = folder.file(std::string("a\0b", 3));
  EXPECT_EQ(message_of<IoError>([&] { write_file(path, "text"); }),
            folder.path() + R"(/a\x00b: cannot write: a path may not hold a NUL)");
  EXPECT_EQ(folder.count(), 0);
  write_file(folder.file("a"), "text");
  EXPECT_EQ(message_of<IoError>([&] { read_file(path); }),
            folder.path() + R"(/a\x00b: cannot open for reading: a path may not hold a NUL)");
}

TEST(InputFile, RefusesWhatIsNoRegularFile) {
  TemporaryFolder folder;
  EXPECT_THAT(message_of<IoError>([&] { read_file(folder.file("none")); }), HasSubstr("No such file"));
  EXPECT_THAT(message_of<IoError>([&] { read_file(folder.path()); }), HasSubstr("not a regular file"));
  EXPECT_THAT(message_of<IoError>([&] { read_file("/dev/zero"); }), HasSubstr("not a regular file"));
  ASSERT_EQ(mkfifo(folder.file("pipe").c_str(), 0600), 0);
  EXPECT_THAT(message_of<IoError>([&] { read_file(folder.file("pipe")); }), HasSubstr("not a regular file"));
}

}  // namespace
}  // namespace cadena
