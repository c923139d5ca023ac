#include "examine/kernel/heif_sequence.h"

#include <algorithm>
#include <functional>
#include <string_view>

namespace crossguard::examine {
namespace {

constexpr int kBoxesMax = 4096;  // beside one another; a file of more is not looked at further

uint64_t Number(ByteView bytes, size_t at, size_t length) {
  uint64_t value = 0;
  for (size_t i = 0; i < length; ++i) value = value << 8 | bytes[at + i];
  return value;
}

void EachBox(ByteView bytes, const std::function<void(std::string_view type, ByteView body)>& on_box) {
  for (int count = 0; bytes.size() >= 8 && count < kBoxesMax; ++count) {
    uint64_t size = Number(bytes, 0, 4);
    size_t header = 8;
    if (size == 1 && bytes.size() >= 16) {
      size = Number(bytes, 8, 8);
      header = 16;
    } else if (size == 0) {
      size = bytes.size();  // to the end
    }
    if (size < header || size > bytes.size()) return;
    on_box(AsText(bytes.subspan(4, 4)), bytes.subspan(header, static_cast<size_t>(size) - header));
    bytes = bytes.subspan(static_cast<size_t>(size));
  }
}

ByteView Inside(ByteView bytes, std::string_view wanted) {
  ByteView found;
  EachBox(bytes, [&](std::string_view type, ByteView body) {
    if (type == wanted && found.empty()) found = body;
  });
  return found;
}

uint32_t FramesOf(ByteView track) {
  const ByteView media = Inside(track, "mdia");
  const ByteView handler = Inside(media, "hdlr");
  if (handler.size() < 12 || AsText(handler.subspan(8, 4)) != "pict") return 0;
  const ByteView sizes = Inside(Inside(Inside(media, "minf"), "stbl"), "stsz");
  return sizes.size() < 12 ? 0 : static_cast<uint32_t>(Number(sizes, 8, 4));
}

}  // namespace

uint32_t CountSequenceFrames(ByteView file) {
  uint32_t most = 0;
  EachBox(Inside(file, "moov"), [&](std::string_view type, ByteView body) {
    if (type == "trak") most = std::max(most, FramesOf(body));
  });
  return most;
}

}  // namespace crossguard::examine
