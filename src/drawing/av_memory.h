// What libavformat writes a container into, or reads it from, in memory: for drawing, and for tests that encode videos
// with the library itself.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "base/bytes.h"

extern "C" {
#include <libavformat/avio.h>
}

namespace crossguard::drawing {

struct AvMemory {
  static constexpr int kBufferBytes = 1 << 16;  // that libavformat writes through

  Bytes bytes;
  size_t at = 0;

  // As avio_alloc_context takes them; opaque is an AvMemory.
  static int Write(void* opaque, uint8_t* from, int count) {
    AvMemory& memory = *static_cast<AvMemory*>(opaque);
    const auto size = static_cast<size_t>(count);
    if (memory.bytes.size() < memory.at + size) memory.bytes.resize(memory.at + size);
    std::memcpy(memory.bytes.data() + memory.at, from, size);
    memory.at += size;
    return count;
  }
  static int64_t Seek(void* opaque, int64_t offset, int whence) {
    AvMemory& memory = *static_cast<AvMemory*>(opaque);
    if ((whence & AVSEEK_SIZE) != 0) return static_cast<int64_t>(memory.bytes.size());
    const size_t base = whence == SEEK_CUR ? memory.at : whence == SEEK_END ? memory.bytes.size() : 0;
    memory.at = base + static_cast<size_t>(offset);
    return static_cast<int64_t>(memory.at);
  }
};

}  // namespace crossguard::drawing
