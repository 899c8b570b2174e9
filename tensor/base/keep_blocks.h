#pragma once

namespace cadena {

/// Whether this is compiled for the address or the thread sanitizer.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

/// Whether memory that was given back is kept for the next request. Sanitizers must see every use after free.
inline constexpr bool kKeepBlocks = !kSanitized;

}  // namespace cadena
