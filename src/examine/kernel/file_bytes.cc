#include "examine/kernel/file_bytes.h"

#include <algorithm>

#include "examine/kernel/kind.h"

namespace crossguard::examine {

ByteView FileBytes::head() {
  if (in_memory()) return whole_;
  if (head_.empty()) head_ = Copy(0, kKindBytes);
  return head_;
}

ByteView FileBytes::At(uint64_t offset) {
  if (offset >= size_) return {};
  if (in_memory()) return whole_.subspan(static_cast<size_t>(offset));
  if (offset < window_at_ || offset - window_at_ >= window_.size()) {
    const bool straight_on = !window_.empty() && offset == window_at_ + window_.size();
    step_ = straight_on ? std::min(step_ * 2, kWindowBytes) : kFirstWindowBytes;
    window_ = fetch_(offset, std::min(step_, size_ - offset));
    window_at_ = offset;
  }
  return window_.subspan(static_cast<size_t>(offset - window_at_));
}

Bytes FileBytes::Copy(uint64_t offset, uint64_t length) {
  Bytes out;
  while (out.size() < length) {
    const ByteView part = At(offset + out.size());
    if (part.empty()) break;
    const auto taken = static_cast<std::ptrdiff_t>(std::min<uint64_t>(part.size(), length - out.size()));
    out.insert(out.end(), part.begin(), part.begin() + taken);
  }
  return out;
}

}  // namespace crossguard::examine
