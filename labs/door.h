#pragma once

#include <functional>
#include <string>
#include <vector>

#include "labs/wire.h"

/// The student's side: a program that answers calls of the student's functions and knows nothing else.
namespace cadena::labs {

/// A function of the lab under its name.
struct Binding {
  std::string name;
  std::function<void(Reader&, Writer&)> call;
};

/// The binding that decodes arguments, calls `f` and encodes what it returns.
template <class R, class... A>
Binding bind(std::string name, R (*f)(A...)) {
  return {std::move(name), [f](Reader& reader, Writer& writer) {
            std::tuple<std::decay_t<A>...> arguments{Wire<std::decay_t<A>>::read(reader)...};
            write_all(writer, std::apply(f, arguments));
          }};
}

/// The main program around the functions: answers calls that arrive on descriptor 3 on descriptor 4 until there are no
/// more. What a function throws goes back as text. With the words `--test PROGRAM NAME` it starts the lab's tests
/// itself and answers them, so that a debugger sees the functions at work. Returns the exit status.
int serve(int argc, char** argv, const std::vector<Binding>& bindings);

}  // namespace cadena::labs
