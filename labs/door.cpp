#include "labs/door.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>

#include "tensor/base/error.h"

namespace cadena::labs {
namespace {

constexpr int kIn = 3;
constexpr int kOut = 4;

void answer(const std::vector<Binding>& bindings, const Channel& channel, const std::string& bytes) {
  Reader reader(bytes, &channel);
  const auto name = Wire<std::string>::read(reader);
  const auto found = std::find_if(bindings.begin(), bindings.end(), [&](const Binding& b) { return b.name == name; });
  if (found == bindings.end()) fail<Error>("the lab has no function ", name);
  Writer result;
  found->call(reader, result);
  channel.send(Kind::result, result.bytes());
}

void send_error(const Channel& channel, const char* kind, const std::string& text) {
  Writer writer;
  write_all(writer, std::string(kind), text);
  channel.send(Kind::error, writer.bytes());
}

int answer_all(const Channel& channel, const std::vector<Binding>& bindings) {
  try {
    Frame frame;
    while (channel.receive(frame)) {
      try {
        answer(bindings, channel, frame.bytes);
      } catch (const NotImplemented& e) {
        send_error(channel, "NotImplemented", e.what());
      } catch (const std::bad_alloc&) {
        send_error(channel, "bad_alloc", "more memory than the limit allows");
      } catch (const std::exception& e) {
        send_error(channel, "exception", e.what());
      } catch (...) {
        send_error(channel, "exception", "something that is no std::exception");
      }
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  return 0;
}

/// Starts the tests with our calls' other ends as their descriptors 3 and 4. Returns the status of the tests.
int serve_one_test(char* program, char* name, const std::vector<Binding>& bindings) {
  setenv("CADENA_LAB_DEBUG", "1", 1);  // kernel labs: nobody is graded here
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) throw IoError("lab: no sockets");
  const pid_t tests = fork();
  if (tests == 0) {
    const int end = dup(ends[1]);
    dup2(end, kIn);
    dup2(end, kOut);
    char* const words[] = {program, name, nullptr};
    execv(program, words);
    std::fprintf(stderr, "cannot run %s\n", program);
    _exit(2);
  }
  close(ends[1]);
  answer_all(Channel(ends[0], ends[0]), bindings);
  int status = 0;
  waitpid(tests, &status, 0);
  return status == 0 ? 0 : 1;
}

}  // namespace

int serve(int argc, char** argv, const std::vector<Binding>& bindings) {
  if (argc == 4 && std::string_view(argv[1]) == "--test") return serve_one_test(argv[2], argv[3], bindings);
  return answer_all(Channel(kIn, kOut), bindings);
}

}  // namespace cadena::labs
