#include "cuda/runtime/microscope/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace cadena::cuda::microscope {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// An unnamed file: unlike two pipes it cannot fill up while nobody reads.
File unnamed_file() {
  File file(std::tmpfile(), std::fclose);
  if (!file) throw std::runtime_error("microscope: no temporary file can be made");
  return file;
}

/// The status that a child ends with; stops its process group after `seconds`, and throws.
int wait_for(pid_t child, const std::string& name, double seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > end) {
      kill(-child, SIGKILL);
      waitpid(child, &status, 0);
      throw std::runtime_error("microscope: " + name + " had not ended after " + std::to_string(int(seconds)) + " s");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return status;
}

}  // namespace

std::string output_of(const std::vector<std::string>& command, const std::string& input, double seconds) {
  const File in = unnamed_file(), out = unnamed_file();
  std::fwrite(input.data(), 1, input.size(), in.get());
  std::rewind(in.get());

  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fileno(in.get()), 0);
  posix_spawn_file_actions_adddup2(&actions, fileno(out.get()), 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;  // a process group of its own, so that it can be stopped with all its children
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("microscope: " + command[0] + " is not installed");
  const int status = wait_for(child, command[0], seconds);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("microscope: " + command[0] + " failed");

  std::string printed;
  std::rewind(out.get());
  char part[65536];
  for (size_t n; (n = std::fread(part, 1, sizeof part, out.get())) > 0;) printed.append(part, n);
  return printed;
}

bool is_installed(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace cadena::cuda::microscope
