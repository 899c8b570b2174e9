#pragma once

namespace cadena::cuda {

/// Makes device `index` the one that this thread works on. Throws DeviceError if there is no such device.
void select_device(int index);

}  // namespace cadena::cuda
