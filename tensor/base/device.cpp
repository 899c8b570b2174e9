#include "tensor/base/device.h"

namespace cadena {

std::string to_string(Device device) { return device.is_cpu() ? "cpu" : "cuda:" + std::to_string(device.index); }

}  // namespace cadena
