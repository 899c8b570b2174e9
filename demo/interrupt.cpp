#include "demo/interrupt.h"

#include <atomic>
#include <csignal>
#include <cstdlib>

namespace demo {
namespace {

std::atomic<bool> stop_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may set it");

void on_interrupt(int) {
  if (stop_asked.exchange(true)) std::_Exit(130);  // a second Ctrl-C does not wait for the step
}

}  // namespace

void stop_on_interrupt() { std::signal(SIGINT, on_interrupt); }

bool interrupted() { return stop_asked.load(); }

}  // namespace demo
