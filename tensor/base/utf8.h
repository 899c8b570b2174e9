#pragma once

#include <cstddef>
#include <string_view>

namespace cadena {

/// Bytes of the character that starts `text`, or 0 if that is no valid UTF-8 (Unicode 15, table 3-7).
std::size_t character_length(std::string_view text);

}  // namespace cadena
