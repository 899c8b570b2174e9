#include "labs/test.h"

#include <sys/prctl.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "tensor/factories.h"
#include "tensor/print.h"

namespace cadena::labs {
namespace {

constexpr int kIn = 3;
constexpr int kOut = 4;
constexpr i64 kShownWhole = 32;  // elements of a tensor that a message shows in full

std::string quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text.substr(0, 4000)) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (c == '\n') {
      json += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      json += ' ';
    } else {
      json += c;
    }
  }
  return json + '"';
}

void print_verdict(bool passed, const std::string& kind, const Failed& failed) {
  std::printf("{\"passed\": %s, \"kind\": %s, \"what\": %s, \"expected\": %s, \"got\": %s}\n",
              passed ? "true" : "false", quoted(kind).c_str(), quoted(failed.what).c_str(),
              quoted(failed.expected).c_str(), quoted(failed.got).c_str());
}

/// Evaluates a function of the tests at arguments that the student's process chose.
void serve_evaluation(const Channel& channel, const Writer& request, std::string_view bytes) {
  Reader reader(bytes);
  const auto number = Wire<std::uint64_t>::read(reader);
  if (number >= request.callbacks().size()) throw IoError("lab: a function that was not among the arguments");
  try {
    channel.send(Kind::value, request.callbacks()[number](bytes.substr(sizeof number)));
  } catch (const Error& e) {
    channel.send(Kind::no_value, e.what());
  }
}

std::string index_text(i64 flat, const Shape& shape) {
  std::string text;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    text = std::to_string(flat % shape[axis]) + (text.empty() ? "" : ", ") + text;
    flat /= shape[axis];
  }
  return "[" + text + "]";
}

std::string show_number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

}  // namespace

std::string call(const Writer& request) {
  const Channel channel(kIn, kOut);
  try {
    channel.send(Kind::call, request.bytes());
    Frame frame;
    while (channel.receive(frame)) {
      if (frame.kind == Kind::result) return frame.bytes;
      if (frame.kind == Kind::evaluate) {
        serve_evaluation(channel, request, frame.bytes);
      } else if (frame.kind == Kind::error) {
        Reader reader(frame.bytes);
        const auto kind = Wire<std::string>::read(reader);
        throw StudentError(kind, Wire<std::string>::read(reader));
      } else {
        throw IoError("lab: an answer of the wrong kind");
      }
    }
  } catch (const IoError& e) {
    throw StudentError("ended", e.what());
  }
  throw StudentError("ended", "the program ended without an answer");
}

void Check::near(const std::string& what, const Tensor& got, const Tensor& expected, double tolerance) const {
  if (!got.defined()) throw Failed{what, "a tensor of shape " + to_string(expected.shape()), "an undefined tensor"};
  if (!(got.shape() == expected.shape())) {
    throw Failed{what, "shape " + to_string(expected.shape()), "shape " + to_string(got.shape())};
  }
  const std::vector<double> a = got.to_vector();
  const std::vector<double> b = expected.to_vector();
  i64 worst = -1;
  double worst_error = tolerance;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double error = a[i] == b[i] ? 0 : std::abs(a[i] - b[i]) / (1 + std::abs(b[i]));
    if (error > worst_error || std::isnan(error)) {
      worst = static_cast<i64>(i);
      if (std::isnan(error)) break;
      worst_error = error;
    }
  }
  if (worst < 0) return;
  const auto at = static_cast<std::size_t>(worst);
  const std::string place = expected.rank() > 0 ? " at " + index_text(worst, expected.shape()) : "";
  Failed failed{what + place, show_number(b[at]) + " (tolerance " + to_text(tolerance) + ")", show_number(a[at])};
  if (expected.numel() > 1 && expected.numel() <= kShownWhole) {
    failed.expected += ", in all " + to_string(expected);
    failed.got += ", in all " + to_string(got);
  }
  throw failed;
}

void Check::near(const std::string& what, double got, double expected, double tolerance) const {
  near(what, tensor(got, Dtype::f64), tensor(expected, Dtype::f64), tolerance);
}

void Check::near(const std::string& what, const std::vector<double>& got, const std::vector<double>& expected,
                 double tolerance) const {
  const auto as_tensor = [](const std::vector<double>& values) {
    return from_values(std::span<const double>(values), {static_cast<i64>(values.size())}, Dtype::f64);
  };
  near(what, as_tensor(got), as_tensor(expected), tolerance);
}

void Check::throws(const std::string& what, const std::function<void()>& f) const {
  try {
    f();
  } catch (const StudentError& e) {
    if (e.kind() == "exception") return;
    throw;
  }
  throw Failed{what, "an exception", "none"};
}

int run(int argc, char** argv, const std::vector<Test>& tests) {
  const std::string name = argc > 1 ? argv[1] : "";
  if (name == "--list") {
    for (const Test& test : tests) std::printf("%s\n", test.name.c_str());
    return 0;
  }
  prctl(PR_SET_DUMPABLE, 0);  // no other process of this user may look into this one
  std::signal(SIGPIPE, SIG_IGN);
  const auto found = std::find_if(tests.begin(), tests.end(), [&](const Test& test) { return test.name == name; });
  if (found == tests.end()) {
    std::fprintf(stderr, "there is no test '%s'; --list names those there are\n", name.c_str());
    return 2;
  }
  Check check(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
  try {
    found->body(check);
    print_verdict(true, "passed", {});
  } catch (const Failed& failed) {
    print_verdict(false, "wrong", failed);
  } catch (const StudentError& e) {
    print_verdict(false, e.kind(), {e.what(), "", ""});
  } catch (const std::exception& e) {
    print_verdict(false, "test", {concat("the test cannot go on with what came: ", e.what()), "", ""});
  }
  return 0;
}

}  // namespace cadena::labs
