#include "examine/kernel/heif_boxes.h"

namespace crossguard::examine {
namespace {

constexpr int kBoxesMax = 4096;

}  // namespace

void EachBox(ByteView bytes, const std::function<void(std::string_view type, ByteView body)>& on_box) {
  for (int count = 0; bytes.size() >= 8 && count < kBoxesMax; ++count) {
    uint64_t size = BigEndian(bytes, 0, 4);
    size_t header = 8;
    if (size == 1 && bytes.size() >= 16) {
      size = BigEndian(bytes, 8, 8);
      header = 16;
    } else if (size == 0) {
      size = bytes.size();  // to the end
    }
    if (size < header || size > bytes.size()) return;
    on_box(AsText(bytes.subspan(4, 4)), bytes.subspan(header, static_cast<size_t>(size) - header));
    bytes = bytes.subspan(static_cast<size_t>(size));
  }
}

ByteView FirstBox(ByteView bytes, std::string_view wanted) {
  ByteView found;
  EachBox(bytes, [&](std::string_view type, ByteView body) {
    if (type == wanted && found.empty()) found = body;
  });
  return found;
}

std::optional<ByteView> OnlyBox(ByteView bytes, std::string_view wanted) {
  std::optional<ByteView> found;
  int count = 0;
  EachBox(bytes, [&](std::string_view type, ByteView body) {
    if (type != wanted) return;
    found = body;
    ++count;
  });
  return count == 1 ? found : std::nullopt;
}

}  // namespace crossguard::examine
