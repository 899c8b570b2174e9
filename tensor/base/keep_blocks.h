#pragma once

namespace cadena {

/// Whether memory that was given back is kept for the next request. Address sanitizers must see every use after free,
/// so there it is not.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kKeepBlocks = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kKeepBlocks = false;
#else
inline constexpr bool kKeepBlocks = true;
#endif
#else
inline constexpr bool kKeepBlocks = true;
#endif

}  // namespace cadena
