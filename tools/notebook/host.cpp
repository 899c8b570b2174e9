// Loads the compiled cells of a notebook into one process, so that what they define stays. Usage: cadena_notebook IN
// OUT MARK
//
// Each line from the file descriptor IN is the path of a cell's shared object. It is loaded and run; then MARK goes to
// stdout and stderr, so that the kernel knows where the cell's output ends, and a line of JSON to OUT: the last part
// that was reached, the types of the cell's variables, and the error if there was one.
#include <dlfcn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <nlohmann/json.hpp>
#include <regex>

#include "tools/notebook/cell.h"

namespace cadena::notebook {

volatile bool interrupted = false;

namespace {

struct Interrupted {};

int last_part = -1;
const std::thread::id main_thread = std::this_thread::get_id();

nlohmann::json failure(const std::string& name, const std::string& text) { return {{"name", name}, {"text", text}}; }

// Runs the parts of a loaded cell in the order of its lines. They are its initializers, which the loader did not run,
// since no exception may pass through it.
nlohmann::json run(void (*cell)()) try {
  cell();
  return nullptr;
} catch (const Interrupted&) {
  return failure("Interrupted", "the cell was interrupted; what it did until then stays");
} catch (const std::exception& error) {
  return failure(demangled(typeid(error).name()), error.what());
} catch (const std::string& text) {
  return failure("std::string", text);
} catch (const char* text) {
  return failure("const char*", text ? text : "");
} catch (...) {
  const std::type_info* type = abi::__cxa_current_exception_type();
  return failure(type ? demangled(type->name()) : "exception", "thrown, and not derived from std::exception");
}

nlohmann::json load_and_run(const std::string& path) {
  nlohmann::json answer = {{"reached", -1}, {"types", nlohmann::json::array()}, {"error", nullptr}};
  void* cell = ::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (!cell) {
    answer["error"] = failure("LinkError", ::dlerror());
    return answer;
  }
  last_part = -1;
  interrupted = false;
  answer["error"] = run(reinterpret_cast<void (*)()>(::dlsym(cell, "cadena_cell_run")));
  answer["reached"] = last_part;
  const auto types = reinterpret_cast<const char* const* (*)()>(::dlsym(cell, "cadena_cell_types"));
  for (const char* const* name = types(); *name; ++name) answer["types"].push_back(demangled(*name));
  return answer;
}

// Writes the mark to a stream of the process, whatever the cell did with it.
void end_of_output(int stream, const std::string& mark) {
  if (::write(stream, mark.data(), mark.size()) < 0) std::_Exit(1);  // nobody reads any more
}

void serve(std::FILE* in, int out, const std::string& mark) {
  const int to_stdout = ::dup(STDOUT_FILENO), to_stderr = ::dup(STDERR_FILENO);
  char* line = nullptr;
  std::size_t capacity = 0;
  while (::getline(&line, &capacity, in) > 0) {
    std::string path = line;
    path.pop_back();
    const std::string answer = load_and_run(path).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    for (std::ostream* stream : {&std::cout, &std::cerr, &std::clog}) {
      stream->clear();  // one that a null pointer was written to would be silent from here on
      stream->flush();
    }
    std::fflush(stdout);
    end_of_output(to_stdout, mark);
    end_of_output(to_stderr, mark);
    if (::write(out, answer.data(), answer.size()) < 0) break;
  }
}

}  // namespace

void stop() {
  if (std::this_thread::get_id() != main_thread) return;
  interrupted = false;
  throw Interrupted{};
}

std::string readable(const std::type_info& type) {
  return std::regex_replace(demangled(type.name()), std::regex("notebook_cells::(cell_[0-9]+::)*"), "");
}

bool reached(int part) {
  last_part = part;
  return true;
}

}  // namespace cadena::notebook

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: cadena_notebook IN OUT MARK; ./cadena notebook starts it\n", stderr);
    return 2;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);                 // the kernel is gone: so is the notebook
  std::ofstream("/proc/self/oom_score_adj") << 1000;  // where memory runs out, this process goes first
  std::signal(SIGINT, [](int) { cadena::notebook::interrupted = true; });
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  cadena::notebook::serve(::fdopen(std::atoi(argv[1]), "r"), std::atoi(argv[2]), argv[3]);
  std::_Exit(0);  // cells leave objects whose destructors live in them
}
