#pragma once

#include "labs/door.h"
#include "labs/kernels/launched.h"

/// The student's side of a kernel lab: device memory for the arguments, the call, and what the microscope has counted.
namespace cadena::labs {

/// Device memory for one call of a student's function.
class LaunchCall {
 public:
  LaunchCall() = default;
  LaunchCall(const LaunchCall&) = delete;
  LaunchCall& operator=(const LaunchCall&) = delete;
  ~LaunchCall();

  /// The argument as the function takes it: numbers as they are, others as device memory.
  template <class Parameter>
  Parameter argument(const typename SentAs<Parameter>::type& sent) {
    if constexpr (std::is_pointer_v<Parameter>) {
      return static_cast<Parameter>(place(sent));
    } else {
      return sent;
    }
  }

  /// Runs `body`, waits for its kernels, and tells what they did. From the first call on, the student's code may touch
  /// nothing but device memory in kernels, and its own variables, and launch nothing but functions of namespace lab.
  Launched run(const std::function<void()>& body);

 private:
  struct Memory {
    void* device = nullptr;
    std::size_t bytes = 0;
    std::size_t output = 0;  // its number among the shapes plus one; 0 for an input
  };
  void* place(const Tensor& values);
  void* place(const std::vector<int>& values);
  void* place(const Output& output);
  void* allocate(std::size_t bytes, const void* values);
  void count(Launched& launched) const;
  void take_outputs(Launched& launched) const;

  std::vector<Memory> memory_;
  std::vector<Shape> shapes_;
  bool lost_ = false;  // a kernel failed, and all device memory with it
};

/// The binding of a function that launches kernels: `void f(float* y, const float* x, int n)`.
template <class... A>
Binding bind_launch(std::string name, void (*f)(A...)) {
  return {std::move(name), [f](Reader& reader, Writer& writer) {
            const std::tuple<typename SentAs<A>::type...> sent{Wire<typename SentAs<A>::type>::read(reader)...};
            LaunchCall call;
            const auto arguments = std::apply(
                [&](const auto&... each) { return std::tuple<A...>{call.template argument<A>(each)...}; }, sent);
            write_all(writer, call.run([&] { std::apply(f, arguments); }));
          }};
}

}  // namespace cadena::labs
