#include "intake/utf16.h"

#include <string>
#include <utility>

namespace crossguard::intake {
namespace {

class Utf8Feed final : public Dialect {
 public:
  explicit Utf8Feed(std::unique_ptr<Dialect> reader) : reader_(std::move(reader)) {}

  Status Feed(ByteView bytes) override {
    if (!decided_) {
      head_.insert(head_.end(), bytes.begin(), bytes.end());
      if (head_.size() < 2) return {};
      return Begin();
    }
    return kind_ == Utf16::kNo ? reader_->Feed(bytes) : Decode(bytes);
  }

  Status Finish() override {
    if (!decided_) TRY(Begin());
    if (half_ || high_ != 0) TRY(reader_->Feed(AsBytes(kBad)));  // cut off within a character
    return reader_->Finish();
  }

 private:
  static constexpr std::string_view kBad = "\xFF";

  Status Begin() {
    decided_ = true;
    kind_ = GuessUtf16(head_);
    const Bytes head = std::exchange(head_, {});
    return kind_ == Utf16::kNo ? reader_->Feed(head) : Decode(head);
  }

  Status Decode(ByteView bytes) {
    text_.clear();
    for (const uint8_t byte : bytes) {
      if (!half_) {
        half_ = byte;
        continue;
      }
      const uint32_t first = *std::exchange(half_, std::nullopt);
      Unit(kind_ == Utf16::kLittle ? first | static_cast<uint32_t>(byte) << 8U : first << 8U | byte);
    }
    return reader_->Feed(AsBytes(text_));
  }

  void Unit(uint32_t unit) {
    const bool low = unit >= 0xDC00 && unit < 0xE000;
    if (high_ != 0) {
      const uint32_t high = std::exchange(high_, 0);
      if (low) return Put(0x10000 + ((high - 0xD800) << 10U) + (unit - 0xDC00));
      text_ += kBad;
    } else if (low) {
      text_ += kBad;
      return;
    }
    if (unit >= 0xD800 && unit < 0xDC00)
      high_ = unit;
    else
      Put(unit);
  }

  void Put(uint32_t point) {
    const auto tail = [&](uint32_t shift) { text_ += static_cast<char>(0x80 | (point >> shift & 0x3F)); };
    if (point < 0x80) {
      text_ += static_cast<char>(point);
    } else if (point < 0x800) {
      text_ += static_cast<char>(0xC0 | point >> 6U);
      tail(0);
    } else if (point < 0x10000) {
      text_ += static_cast<char>(0xE0 | point >> 12U);
      tail(6);
      tail(0);
    } else {
      text_ += static_cast<char>(0xF0 | point >> 18U);
      tail(12);
      tail(6);
      tail(0);
    }
  }

  std::unique_ptr<Dialect> reader_;
  bool decided_ = false;
  Utf16 kind_ = Utf16::kNo;
  Bytes head_;                   // until it is long enough to tell
  std::optional<uint8_t> half_;  // the first byte of a unit
  uint32_t high_ = 0;            // the first unit of a pair
  std::string text_;
};

}  // namespace

Utf16 GuessUtf16(ByteView head) {
  if (head.size() < 2) return Utf16::kNo;
  if (head[0] == 0xFF && head[1] == 0xFE) return Utf16::kLittle;
  if (head[0] == 0xFE && head[1] == 0xFF) return Utf16::kBig;
  const auto ascii = [](uint8_t byte) { return byte >= 0x09 && byte < 0x7F; };
  if (ascii(head[0]) && head[1] == 0) return Utf16::kLittle;
  if (head[0] == 0 && ascii(head[1])) return Utf16::kBig;
  return Utf16::kNo;
}

std::unique_ptr<Dialect> InUtf8(std::unique_ptr<Dialect> reader) {
  return std::make_unique<Utf8Feed>(std::move(reader));
}

}  // namespace crossguard::intake
