#pragma once

namespace demo {

/// From now on Ctrl-C asks the program to stop, and a second Ctrl-C ends it at once with exit status 130.
void stop_on_interrupt();

/// True once Ctrl-C was pressed; training stops after the step that is running.
bool interrupted();

}  // namespace demo
