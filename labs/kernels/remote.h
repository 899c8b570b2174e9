#pragma once

#include <algorithm>

#include "labs/kernels/launched.h"
#include "labs/test.h"

/// The tests' side of a kernel lab.
namespace cadena::labs {

/// The student's function of type F, called in the student's process:
/// `const RemoteLaunch<decltype(lab::f)> f{"f"};`, `const Launched run = f(Output{{4, 3}}, x, 12);`.
template <class F>
class RemoteLaunch;

template <class... A>
class RemoteLaunch<void(A...)> {
 public:
  explicit RemoteLaunch(std::string name) : name_(name), call_(std::move(name)) {}

  /// Throws StudentError where there is no result, and Failed where the kernels raced, ran out of bounds, or failed.
  Launched operator()(const typename SentAs<A>::type&... arguments) const {
    Launched launched = call_(arguments...);
    if (!launched.faults.empty()) {
      std::string faults;
      for (const std::string& fault : launched.faults) faults += (faults.empty() ? "" : "\n") + fault;
      throw Failed{"the kernels of " + name_, "no race, no access out of bounds, no read of what nobody has written",
                   faults};
    }
    return launched;
  }

 private:
  std::string name_;
  Remote<Launched(typename SentAs<A>::type...)> call_;
};

/// At most `most`; else fails the test: `what` names the number.
inline void at_most(const Check& check, const std::string& what, double got, double most) {
  check.that(what, got <= most, "at most " + to_text(most), to_text(got));
}

/// At least `least`; else fails the test: `what` names the number.
inline void at_least(const Check& check, const std::string& what, double got, double least) {
  check.that(what, got >= least, "at least " + to_text(least), to_text(got));
}

/// Whole warps did it, 28 of 32 lanes on average: one lane alone never moves more than one sector a request.
inline void by_whole_warps(const Check& check, const std::string& what, const Traffic& traffic) {
  at_least(check, "lanes a request that " + what,
           double(traffic.lanes) / double(std::max<std::uint64_t>(traffic.requests, 1)), 28);
}

}  // namespace cadena::labs
