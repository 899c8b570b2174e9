#pragma once

/// Found instead of NVIDIA's <cuda_runtime_api.h>, which is the part of <cuda_runtime.h> that C can read: here it is
/// all of it.
#include <cuda_runtime.h>
