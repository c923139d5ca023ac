#include "server/content_range.h"

#include <charconv>

namespace crossguard::server {
namespace {

constexpr size_t kDigitsMax = 18;  // so that sums stay in 64 bits

// Digits alone: no sign, no space. Takes them from the front of `text`.
std::optional<uint64_t> TakeNumber(std::string_view& text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || digits > kDigitsMax) return std::nullopt;
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + digits, value);
  text.remove_prefix(digits);
  return value;
}

bool TakeText(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what)) return false;
  text.remove_prefix(what.size());
  return true;
}

}  // namespace

Result<ContentRange> ParseContentRange(std::string_view text) {
  const auto bad = [] { return Fail(Code::kInvalid, "Write Content-Range as 'bytes FIRST-LAST/SIZE'."); };
  if (!TakeText(text, "bytes ")) return bad();
  const auto first = TakeNumber(text);
  if (!first || !TakeText(text, "-")) return bad();
  const auto last = TakeNumber(text);
  if (!last || !TakeText(text, "/")) return bad();
  const auto size = TakeNumber(text);
  if (!size || !text.empty() || *first > *last || *last >= *size) return bad();
  return ContentRange{.first = *first, .last = *last, .size_bytes = *size};
}

Result<ByteRange> ParseRange(std::string_view text) {
  const auto bad = [] { return Fail(Code::kInvalid, "Write Range as 'bytes=FIRST-' or 'bytes=FIRST-LAST'."); };
  if (!TakeText(text, "bytes=")) return bad();
  const auto first = TakeNumber(text);
  if (!first || !TakeText(text, "-")) return bad();
  if (text.empty()) return ByteRange{.first = *first, .last = std::nullopt};
  const auto last = TakeNumber(text);
  if (!last || !text.empty() || *first > *last) return bad();
  return ByteRange{.first = *first, .last = last};
}

}  // namespace crossguard::server
