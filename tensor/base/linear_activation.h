#pragma once

#include <cstdint>

namespace cadena {

/// The activations that `linear` applies while its product is in cache; gelu in both forms.
enum class LinearActivation : std::uint8_t { none, relu, gelu, gelu_tanh, silu, sigmoid, tanh };

}  // namespace cadena
