#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "cadena.h"
#include "demo/figure.h"
#include "demo/interrupt.h"
#include "demo/lock.h"
#include "demo/process.h"
#include "demo/settings.h"
#include "demo/training.h"
#include "tensor/base/keep_blocks.h"
#include "tensor/io/file.h"
#include "tests/support/files.h"
#include "tests/support/limited_memory.h"

namespace demo {
namespace {

using cadena::read_file;
using cadena::write_file;
using cadena::test::message_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Puts a shell script in front of PATH under the name of a program.
class StandIn {
 public:
  StandIn(const std::string& folder, const std::string& program, const std::string& script)
      : path_(std::getenv("PATH")) {
    const std::string file = folder + "/" + program;
    std::ofstream(file) << "#!/bin/sh\n" << script << "\n";
    chmod(file.c_str(), 0755);
    setenv("PATH", (folder + ":" + path_).c_str(), 1);
  }
  ~StandIn() { setenv("PATH", path_.c_str(), 1); }

 private:
  std::string path_;
};

TEST(RunProgram, ReturnsBothOutputsAndWhyItFailed) {
  const Outcome good = run_program("sh", {"-c", "head -c 200000 /dev/zero >&2; head -c 200000 /dev/zero"});
  EXPECT_EQ(good.failure, "");
  EXPECT_EQ(good.output.size(), 200000u);
  EXPECT_EQ(good.errors.size(), 200000u);
  EXPECT_EQ(run_program("sh", {"-c", "exit 3"}).failure, "sh: exit status 3");
  EXPECT_EQ(run_program("sh", {"-c", "kill -9 $$"}).failure, "sh: ended by signal 9");
  EXPECT_EQ(run_program("no-such-program", {}).failure, "no-such-program is missing");
}

TEST(RunProgram, LeavesCtrlCToUs) {
  EXPECT_EXIT(
      {
        stop_on_interrupt();
        setpgid(0, 0);  // a group as at a terminal, without the test program
        const Outcome outcome = run_program("sh", {"-c", "kill -s INT -- -$PPID; echo whole"});
        std::_Exit(interrupted() && outcome.output == "whole\n" ? 7 : 1);
      },
      ::testing::ExitedWithCode(7), "");
}

TEST(Figures, AreWholeOrAbsentAndNameTheProgramThatFailed) {
  const cadena::test::TemporaryFolder folder;
  const std::string out = folder.file("figures");
  {
    const StandIn gnuplot(folder.path(), "gnuplot", "echo picture");
    const auto files = draw(out, "a", "Title", "x", "y", {{"c", {0, 1}, {1, 2}}});
    ASSERT_EQ(files.size(), 2u);
    EXPECT_EQ(read_file(files[0].string()), "picture\n");
  }
  ::testing::internal::CaptureStderr();
  {
    const StandIn gnuplot(folder.path(), "gnuplot", "echo half; echo no font >&2; exit 4");
    EXPECT_THAT(draw(out, "a", "Title", "x", "y", {{"c", {0, 1}, {1, 2}}}),
                ElementsAre(std::filesystem::path(out) / "a.gp"));
  }
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("gnuplot: exit status 4:\nno font"));
  EXPECT_EQ(read_file(out + "/a.svg"), "picture\n") << "a failed drawing must leave the last one";
}

TEST(Settings, TextThatCannotBeLearnedIsRefused) {
  const cadena::test::TemporaryFolder folder;
  const auto refusal = [&](const std::string& text) {
    write_file(folder.file("text"), text);
    return message_of<cadena::ValueError>([&] { load_text(folder.file("text")); });
  };
  EXPECT_THAT(refusal(""), HasSubstr("text: 0 characters are too few"));
  EXPECT_THAT(refusal(std::string(999, 'a')), HasSubstr("999 characters"));
  EXPECT_THAT(refusal(std::string(2000, 'a') + "\xff"), HasSubstr("not UTF-8 at byte 2000"));
  EXPECT_THROW(load_text(folder.file("missing")), cadena::IoError);
  EXPECT_THROW(load_text(folder.path()), cadena::IoError);
  write_file(folder.file("text"), std::string(1000, 'a'));
  EXPECT_EQ(load_text(folder.file("text")).size(), 1000u);
}

TEST(Settings, TextWithoutRoomForItsTokensIsNamed) {
  if (cadena::kSanitized) GTEST_SKIP() << "sanitizers need all addresses, so none can be withheld";
  if (!cadena::test::memory_can_be_limited()) GTEST_SKIP() << "limits on memory have no effect here";
  testing::FLAGS_gtest_death_test_style = "fast";
  const cadena::test::TemporaryFolder folder;
  const std::string path = folder.file("text");
  cadena::test::put_file(path, std::string(1'500'000, 'a'));
  const auto load_short_of_memory = [&] {
    cadena::test::limit_memory(std::size_t{6} << 20);
    const std::string message = message_of<cadena::MemoryError>([&] { load_text(path); });
    return message == path + ": no room in memory for its 1500000 bytes" ? 7 : 1;
  };
  EXPECT_EXIT(std::_Exit(load_short_of_memory()), testing::ExitedWithCode(7), "");
}

TEST(Settings, EveryEffortTakesAStep) {
  Settings settings;
  settings.effort = kLeastEffort;
  EXPECT_EQ(settings.steps(400), 1);
  settings.effort = 0.29;  // 0.29 * 100 is a little less than 29
  EXPECT_EQ(settings.steps(100), 29);
}

TEST(Folders, AreOneDemosAtATime) {
  const cadena::test::TemporaryFolder folder;
  Settings settings;
  settings.out = folder.file("out");
  {
    const FolderLock lock = make_folders(settings);
    EXPECT_THAT(message_of<cadena::IoError>([&] { (void)make_folders(settings); }),
                HasSubstr("another demo writes in " + settings.out.string() + "; wait for it, or give another folder"));
    Settings other;
    other.out = folder.file("other");
    const FolderLock beside = make_folders(other);
  }
  EXPECT_EXIT(
      {
        const FolderLock lock = make_folders(settings);
        std::raise(SIGKILL);
      },
      ::testing::KilledBySignal(SIGKILL), "");
  const FolderLock free = make_folders(settings);
}

TEST(Folders, LockThatMayOnlyBeReadWillDo) {
  const cadena::test::TemporaryFolder folder;
  write_file(folder.file(".lock"), "");
  chmod(folder.file(".lock").c_str(), 0444);
  {
    const FolderLock lock(folder.path());
    EXPECT_THROW(FolderLock(folder.path()), cadena::IoError);
  }
  std::filesystem::remove(folder.file(".lock"));
  std::filesystem::create_directory(folder.file(".lock"));
  EXPECT_THAT(message_of<cadena::IoError>([&] { FolderLock(folder.path()); }), HasSubstr(".lock: cannot be opened"));
}

/// A short training in `folder`, which continues a checkpoint that is there.
void train(const Settings& settings, std::int64_t steps = 3) {
  cadena::Generator g(1);
  cadena::nn::Linear model(2, 1, g);
  cadena::Sgd optimizer(model.parameters(), {.learning_rate = 0.1});
  Training training(settings, {"line", steps, true}, model, optimizer);
  training.run([&](std::int64_t) {
    const cadena::Variable loss = cadena::mean(cadena::square(model(cadena::Variable(cadena::ones({4, 2})))));
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    return loss.item();
  });
}

TEST(Checkpoint, ContinuesItsOwnRunAlone) {
  const cadena::test::TemporaryFolder folder;
  Settings settings;
  settings.out = folder.file("out");
  settings.text = "abc";
  const FolderLock lock = make_folders(settings);
  train(settings);
  train(settings);
  check_checkpoint(settings, {"line", 3, true});
  const std::string file = (checkpoint_folder(settings) / "line.safetensors").string();
  const std::string before = read_file(file);
  const auto expect_refused = [&](const Settings& other, std::int64_t steps, const std::string& why) {
    const std::string message = message_of<cadena::IoError>([&] { train(other, steps); });
    EXPECT_THAT(message, HasSubstr(why));
    EXPECT_THAT(message, HasSubstr("--fresh"));
    EXPECT_EQ(message_of<cadena::IoError>([&] { check_checkpoint(other, {"line", steps, true}); }), message);
  };
  expect_refused(settings, 4, "steps 3, now 4");
  Settings other = settings;
  other.text = "abd";
  expect_refused(other, 3, "another run: text 3 bytes");
  other = settings;
  other.seed = 2;
  expect_refused(other, 3, "seed 1, now 2");
  other = settings;
  other.device = cadena::Device::cuda();
  expect_refused(other, 3, "device cpu, now cuda");
  EXPECT_EQ(read_file(file), before) << "a refused checkpoint must stay";
  other.fresh = true;
  other.text = "abd";
  check_checkpoint(other, {"line", 4, true});
  train(other, 4);
  EXPECT_NE(read_file(file), before);
}

TEST(Checkpoint, ContinuesNoOtherModel) {
  const cadena::test::TemporaryFolder folder;
  Settings settings;
  settings.out = folder.file("out");
  train(settings);
  cadena::Generator g(1);
  cadena::nn::Linear wider(3, 1, g);
  cadena::Sgd optimizer(wider.parameters(), {.learning_rate = 0.1});
  EXPECT_THAT(message_of<cadena::IoError>([&] {
                Training(settings, {"line", 3, true}, wider, optimizer);
              }),
              HasSubstr("another run: model"));
}

/// The losses of six steps of a network with dropout; Ctrl-C is pressed in step `interrupted_in`, if there is one.
std::vector<double> losses(const std::string& out, std::int64_t interrupted_in = -1) {
  Settings settings;
  settings.out = out;
  const FolderLock lock = make_folders(settings);
  cadena::Generator g(1);
  cadena::nn::Sequential model;
  model.emplace<cadena::nn::Linear>(2, 16, g);
  model.emplace<cadena::nn::Dropout>(0.5, g);
  model.emplace<cadena::nn::Linear>(16, 1, g);
  cadena::AdamW optimizer(model.parameters(), {.learning_rate = 0.1});
  Training training(settings, {"net", 6}, model, optimizer);
  training.run([&](std::int64_t step) {
    if (step == interrupted_in) std::raise(SIGINT);
    cadena::Generator batch(settings.seed, static_cast<std::uint64_t>(step));
    const cadena::Variable loss = cadena::mean(cadena::square(model(cadena::Variable(cadena::normal(batch, {4, 2})))));
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    return loss.item();
  });
  return training.losses();
}

TEST(Checkpoint, ContinuesAnInterruptedRunBitForBit) {
  const cadena::test::TemporaryFolder folder;
  const std::vector<double> expected = losses(folder.file("straight"));
  EXPECT_EXIT(
      {
        stop_on_interrupt();
        const std::vector<double> before = losses(folder.file("interrupted"), 2);
        std::_Exit(before == std::vector<double>(expected.begin(), expected.begin() + 3) ? 7 : 1);
      },
      ::testing::ExitedWithCode(7), "");
  EXPECT_EQ(losses(folder.file("interrupted")), expected);
}

TEST(Checkpoint, IsWrittenAlsoWhereItsFolderIsGone) {
  const cadena::test::TemporaryFolder folder;
  Settings settings;
  settings.out = folder.file("out");
  train(settings);
  EXPECT_TRUE(std::filesystem::exists(checkpoint_folder(settings) / "line.safetensors"));
}

TEST(Checkpoint, SaysWhatIsWrongWithADamagedOne) {
  const cadena::test::TemporaryFolder folder;
  Settings settings;
  settings.out = folder.file("out");
  const FolderLock lock = make_folders(settings);
  train(settings);
  const std::string file = (checkpoint_folder(settings) / "line.safetensors").string();
  write_file(file, read_file(file).substr(0, 100));
  const std::string message = message_of<cadena::IoError>([&] { train(settings); });
  EXPECT_THAT(message, HasSubstr("line.safetensors"));
  EXPECT_THAT(message, HasSubstr("to start anew: --fresh"));
  EXPECT_EQ(message_of<cadena::IoError>([&] { check_checkpoint(settings, {"line", 3, true}); }), message);
  write_file(file, "");
  EXPECT_THAT(message_of<cadena::IoError>([&] { train(settings); }), HasSubstr("--fresh"));
}

}  // namespace
}  // namespace demo
