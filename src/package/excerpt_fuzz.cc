// Any bytes as a provider's document out of which one account's records are cut: no crash, every cut lies in the
// document and holds the identifier, and a table is cut the same in one piece and byte by byte.
#include <algorithm>
#include <cstdlib>

#include "package/excerpt.h"

namespace {
using namespace crossguard;  // NOLINT

std::string Table(ByteView document, const std::set<std::string>& wanted, size_t piece_bytes) {
  std::string out;
  CsvCutter cutter(wanted, [&](ByteView bytes) -> Status {
    out += AsText(bytes);
    return {};
  });
  for (size_t at = 0; at < document.size(); at += piece_bytes)
    (void)cutter.Feed(document.subspan(at, std::min(piece_bytes, document.size() - at)));
  (void)cutter.Finish();
  return out;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView bytes(data, size);
  const std::string_view text = AsText(bytes);
  static const std::set<std::string> kWanted = {"u1"};
  uint64_t end = 0;
  for (const Cut& cut : CutXml(text, kWanted)) {
    if (cut.offset < end || cut.offset + cut.size_bytes > size) std::abort();
    if (text.substr(cut.offset, cut.size_bytes).find("u1") == text.npos) std::abort();
    end = cut.offset + cut.size_bytes;
  }
  end = 0;
  for (const Cut& cut : CutJson(text, kWanted)) {
    if (cut.offset < end || cut.offset + cut.size_bytes > size) std::abort();
    end = cut.offset + cut.size_bytes;
  }
  if (Table(bytes, kWanted, size + 1) != Table(bytes, kWanted, 1)) std::abort();
  return 0;
}
