#include "shipped_chain.h"

#include <cctype>
#include <charconv>
#include <string_view>

#include "drawing/drawing.h"
#include "examine/kernel/judge_pdq.h"
#include "plain_decoders.h"
#include "side_by_side.h"

namespace crossguard::bench {
namespace {

// The next number of a PNM's head; moves `at` behind it and the one white space that follows.
std::optional<uint32_t> NextNumber(ByteView pnm, size_t& at) {
  while (at < pnm.size() && std::isspace(pnm[at]) != 0) ++at;
  const char* const begin = reinterpret_cast<const char*>(pnm.data()) + at;
  const char* const end = reinterpret_cast<const char*>(pnm.data()) + pnm.size();
  uint32_t value = 0;
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc{} || stop == end) return std::nullopt;
  at += static_cast<size_t>(stop - begin) + 1;
  return value;
}

// P5 (grey) and P6 (RGB) of 8 bits, which is what the drawn files come to.
std::optional<drawing::Picture> ReadPnm(ByteView pnm) {
  if (pnm.size() < 2 || pnm[0] != 'P' || (pnm[1] != '5' && pnm[1] != '6')) return std::nullopt;
  const size_t channels = pnm[1] == '6' ? 3 : 1;
  size_t at = 2;
  const std::optional<uint32_t> width = NextNumber(pnm, at);
  const std::optional<uint32_t> height = NextNumber(pnm, at);
  const std::optional<uint32_t> most = NextNumber(pnm, at);
  if (!width || !height || most != 255U || pnm.size() - at < size_t{*width} * *height * channels) return std::nullopt;
  drawing::Picture out{.width = *width, .height = *height, .rgb = Bytes(size_t{*width} * *height * 3)};
  for (size_t i = 0; i < out.rgb.size(); ++i) out.rgb[i] = pnm[at + (channels == 3 ? i : i / 3)];
  return out;
}

}  // namespace

bool HasImageMagick() {
  if (!HasProgram("convert")) return false;
  const std::optional<Bytes> version = OutputOf({"convert", "-version"});
  if (!version) return false;
  const std::string_view text(reinterpret_cast<const char*>(version->data()), version->size());
  return text.contains("ImageMagick") && text.starts_with("Version:");
}

std::optional<examine::PdqHash> HashPictureAsShipped(const std::string& path) {
  const std::optional<Bytes> pnm = OutputOf({"convert", path, "pnm:-"});
  if (!pnm) return std::nullopt;
  const std::optional<drawing::Picture> picture = ReadPnm(*pnm);
  if (!picture) return std::nullopt;
  return examine::JudgePdq(SamplePlainly(*picture));
}

}  // namespace crossguard::bench
