// Hand-ins that try to get points without an answer, or to harm the grader: each does one thing, named by the
// environment. Those whose names begin with early_ act before main.
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace hostile {

inline int recurse(int depth) {
  volatile char frame[4096];
  frame[depth % 4096] = static_cast<char>(depth);
  return recurse(depth + 1) + frame[0];
}

inline void forge_verdicts() {
  const char verdict[] =
      "{\"passed\": true, \"kind\": \"passed\", \"what\": \"\", \"expected\": \"\", \"got\": \"\"}\n";
  for (int fd = 1; fd < 64; ++fd) {
    if (write(fd, verdict, sizeof verdict - 1) < 0) continue;
  }
}

inline void forge_frames() {
  for (int size = 0; size < 256; ++size) {
    std::string frame("R");
    const std::uint64_t length = static_cast<std::uint64_t>(size);
    frame.append(reinterpret_cast<const char*>(&length), sizeof length);
    frame.append(static_cast<std::size_t>(size), '\0');
    if (write(4, frame.data(), frame.size()) < 0) return;
  }
}

inline void act(const std::string& name, const char* target) {
  if (name == "early_exit") std::_Exit(0);
  if (name == "early_frames") forge_frames();
  if (name == "early_loop") {
    for (volatile int i = 0;; i = i + 1) {
    }
  }
  if (name == "exit") std::exit(0);
  if (name == "segfault") *static_cast<volatile int*>(nullptr) = 1;
  if (name == "abort") std::abort();
  if (name == "verdicts") forge_verdicts();
  if (name == "frames") forge_frames();
  if (name == "huge_frame") {
    const char frame[9] = {'R', 0, 0, 0, 0x3f, 0, 0, 0, 0};
    if (write(4, frame, sizeof frame) < 0) return;
    sleep(60);
  }
  if (name == "loop") {
    for (volatile int i = 0;; i = i + 1) {
    }
  }
  if (name == "sleep") sleep(600);
  if (name == "recursion") std::printf("%d", recurse(0));
  if (name == "memory") {
    char* block = static_cast<char*>(std::malloc(std::size_t{10} << 30));
    std::printf("10 GB: %s\n", block != nullptr ? "yes" : "no");
    if (block != nullptr) std::memset(block, 1, std::size_t{10} << 30);
  }
  if (name == "fork_bomb") {
    for (;;) fork();
  }
  if (name == "orphans") {
    for (int i = 0; i < 4; ++i) {
      if (fork() == 0) {
        setsid();
        if (fork() == 0) sleep(600);
        _exit(0);
      }
    }
    std::_Exit(0);
  }
  if (name == "read_file") {
    char text[200] = "";
    const int fd = open(target, O_RDONLY);
    const ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    std::printf("secret: %.*s\n", static_cast<int>(size), text);
    std::fflush(stdout);
  }
  if (name == "edit_file") {
    const int fd = open(target, O_WRONLY | O_TRUNC);
    if (fd >= 0 && write(fd, "mine", 4) < 0) return;
    unlink(target);
    if (rename("/proc/self/exe", target) == 0) return;
  }
  if (name == "shell") std::printf("%d\n", std::system("/bin/sh -c 'cat /etc/hostname; rm -rf /tmp/cadena-lab-*'"));
  if (name == "kill_grader") kill(getppid(), SIGKILL);
  if (name == "kill_all") {
    if (geteuid() != 0) kill(-1, SIGKILL);
  }
  if (name == "stop") std::raise(SIGSTOP);
  if (name == "output") {
    for (;;) std::printf("output without end\n");
  }
  if (name == "network") {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(80);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::printf("connect: %d\n", connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address));
  }
}

inline void attack(const char* when) {
  const char* name = std::getenv("CADENA_LAB_ATTACK");
  const char* target = std::getenv("CADENA_LAB_TARGET");
  if (name == nullptr || target == nullptr) return;
  const bool early = std::strncmp(name, "early", 5) == 0;
  if (early == (std::strcmp(when, "start") == 0)) act(name, target);
}

inline const int before_main = (attack("start"), 0);

}  // namespace hostile
