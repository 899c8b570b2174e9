#pragma once

namespace cadena::cuda::emulated {

/// While it lives: a kernel that runs longer than time_limit() is stopped where it stands, with a report.
class Watchdog {
 public:
  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
};

/// Tells the watchdog that this OS thread begins, or ends, to run blocks of the kernel watched.
void watch_this_thread(bool running);

}  // namespace cadena::cuda::emulated
