#include "demo/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "tensor/base/error.h"

namespace demo {
namespace {

[[noreturn]] void fail_with(const std::string& program, int error) {
  cadena::fail<cadena::IoError>(program, ": cannot be started: ", std::generic_category().message(error));
}

/// A pipe whose ends close with it; a program that is started inherits neither.
struct Pipe {
  std::array<int, 2> ends{-1, -1};

  explicit Pipe(const std::string& program) {
    if (pipe(ends.data()) != 0) fail_with(program, errno);
    for (int end : ends) (void)fcntl(end, F_SETFD, FD_CLOEXEC);
  }
  ~Pipe() {
    close(ends[0]);
    close_writer();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int reader() const { return ends[0]; }
  int writer() const { return ends[1]; }
  void close_writer() {
    if (ends[1] >= 0) close(ends[1]);
    ends[1] = -1;
  }
};

/// Starts the program with our pipes as its output; returns 0 or the reason why it did not start.
int start(const std::string& program, const std::vector<std::string>& arguments, const Pipe& output, const Pipe& errors,
          pid_t& child) {
  std::vector<char*> words{const_cast<char*>(program.c_str())};
  for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);

  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output.writer(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, errors.writer(), STDERR_FILENO);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  const int error = posix_spawnp(&child, program.c_str(), &files, &attributes, words.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  return error;
}

/// Reads both pipes until the program has closed them, in whatever order it fills them.
void read_both(const Pipe& output, const Pipe& errors, Outcome& outcome) {
  std::array<pollfd, 2> open{pollfd{output.reader(), POLLIN, 0}, pollfd{errors.reader(), POLLIN, 0}};
  const std::array<std::string*, 2> texts{&outcome.output, &outcome.errors};
  while (open[0].fd >= 0 || open[1].fd >= 0) {
    if (poll(open.data(), open.size(), -1) < 0) continue;  // EINTR: a signal came, its handler has run
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (open[i].revents == 0) continue;
      std::array<char, 65536> buffer;
      const ssize_t got = read(open[i].fd, buffer.data(), buffer.size());
      if (got > 0) texts[i]->append(buffer.data(), static_cast<std::size_t>(got));
      if (got == 0 || (got < 0 && errno != EINTR)) open[i].fd = -1;
    }
  }
}

}  // namespace

Outcome run_program(const std::string& program, const std::vector<std::string>& arguments) {
  Outcome outcome;
  Pipe output(program), errors(program);
  pid_t child = 0;
  const int error = start(program, arguments, output, errors, child);
  if (error == ENOENT || error == ENOTDIR || error == EACCES) {
    outcome.failure = program + " is missing";
    return outcome;
  }
  if (error != 0) fail_with(program, error);
  output.close_writer();
  errors.close_writer();
  read_both(output, errors, outcome);

  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) fail_with(program, errno);
  }
  if (WIFSIGNALED(status)) {
    outcome.failure = cadena::concat(program, ": ended by signal ", WTERMSIG(status));
  } else if (WEXITSTATUS(status) != 0) {
    outcome.failure = cadena::concat(program, ": exit status ", WEXITSTATUS(status));
  }
  return outcome;
}

}  // namespace demo
