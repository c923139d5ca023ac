// The filters of PNG (ISO/IEC 15948, clause 9), undone in place.
#pragma once

#include <cstddef>
#include <cstdint>

namespace crossguard::examine {

// Behind a row so many bytes may be read, and are written as they were.
constexpr size_t kPngSlackBytes = 32;

// filter: the row's own number, 0..4, else false. above: the row before, undone; zeros before the first. pixel_bytes: 1
// to 8, of a whole pixel, at least 1.
bool UndoPngFilter(uint8_t filter, uint8_t* row, const uint8_t* above, size_t row_bytes, uint32_t pixel_bytes);

}  // namespace crossguard::examine
