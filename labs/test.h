#pragma once

#include <functional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "labs/wire.h"
#include "tensor/base/error.h"
#include "tensor/random.h"

/// The tests' side: a program that holds inputs, expected values and tolerances, and asks the student's program for
/// outputs. Nothing the student's program sends can do more than fail a test.
namespace cadena::labs {

/// What the student's function threw, or that its process ended.
class StudentError : public Error {
 public:
  StudentError(std::string kind, const std::string& text) : Error(text), kind_(std::move(kind)) {}
  /// "NotImplemented", "bad_alloc", "exception", or "ended" where no answer came.
  const std::string& kind() const { return kind_; }

 private:
  std::string kind_;
};

/// Ends a test as failed.
struct Failed {
  std::string what;
  std::string expected;
  std::string got;
};

/// Sends one call and returns the encoded result, evaluating functions among its arguments on the way. Throws
/// StudentError.
std::string call(const Writer& request);

/// The student's function of type F, called in the student's process: `const Remote<decltype(lab::f)> f{"f"};`.
template <class F>
class Remote;

template <class R, class... A>
class Remote<R(A...)> {
 public:
  explicit Remote(std::string name) : name_(std::move(name)) {}

  /// Throws StudentError where there is no result, and Failed where it is none that a test can compute with.
  R operator()(const std::decay_t<A>&... arguments) const {
    Writer writer;
    write_all(writer, name_, arguments...);
    const std::string bytes = call(writer);
    Reader reader(bytes);
    const std::string what = "what " + name_ + " returns";
    try {
      std::decay_t<R> result = Wire<std::decay_t<R>>::read(reader);
      if (!is_whole(result)) throw Failed{what, "a tensor", "an undefined tensor"};
      return result;
    } catch (const Error& e) {
      throw Failed{what, "a value of its type", e.what()};
    }
  }

 private:
  std::string name_;
};

/// What a test sees: a source of random inputs, and comparisons. The first that does not hold ends the test. NaN never
/// passes; `what` names the compared thing in the message.
class Check {
 public:
  explicit Check(std::uint64_t seed) : generator_(seed) {}

  /// Random inputs: drawn anew for every release of a course.
  Generator& random() { return generator_; }

  /// |got - expected| <= tolerance * (1 + |expected|) for every element, and equal shapes. Dtypes are not compared.
  void near(const std::string& what, const Tensor& got, const Tensor& expected, double tolerance) const;
  void near(const std::string& what, double got, double expected, double tolerance) const;
  void near(const std::string& what, const std::vector<double>& got, const std::vector<double>& expected,
            double tolerance) const;

  /// got == expected: integers, booleans, strings, shapes, and vectors of these.
  template <class T>
  void equal(const std::string& what, const T& got, const std::type_identity_t<T>& expected) const {
    if (!(got == expected)) throw Failed{what, show(expected), show(got)};
  }

  /// `condition` holds; else `expected` says what was asked for and `got` what came.
  void that(const std::string& what, bool condition, const std::string& expected, const std::string& got = "") const {
    if (!condition) throw Failed{what, expected, got};
  }

  /// `f` throws something other than NotImplemented.
  void throws(const std::string& what, const std::function<void()>& f) const;

 private:
  template <class T>
  static std::string show(const T& value) {
    std::ostringstream text;
    if constexpr (requires { text << value; }) {
      text << std::boolalpha << value;
    } else if constexpr (requires { to_string(value); }) {
      text << to_string(value);
    } else {
      const char* separator = "{";
      for (const auto& element : value) {
        text << separator << show(element);
        separator = ", ";
      }
      text << (separator[0] == '{' ? "{}" : "}");
    }
    return text.str();
  }

  Generator generator_;
};

/// One test under the name that lab.json gives it points by.
struct Test {
  std::string name;
  std::function<void(Check&)> body;
};

/// The main program of lab_test.cpp. `--list` prints the names; `NAME [SEED]` runs one test against the student's
/// process on descriptors 3 and 4, and prints the verdict as one line of JSON: passed, kind, what, expected, got.
int run(int argc, char** argv, const std::vector<Test>& tests);

}  // namespace cadena::labs
