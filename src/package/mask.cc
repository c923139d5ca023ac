#include "package/mask.h"

#include <algorithm>

#include "base/json.h"
#include "package/excerpt.h"

namespace crossguard {
namespace {

enum class Shape : uint8_t { kXml, kJson, kTable };

Shape ShapeOf(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return Shape::kTable;
  if (text[first] == '<') return Shape::kXml;
  return text[first] == '{' || text[first] == '[' ? Shape::kJson : Shape::kTable;
}

// Filler of the length of `old` with its line ends where they were.
std::string Filler(std::string_view old, char fill) {
  std::string out(old.size(), fill);
  for (size_t i = 0; i < old.size(); ++i) {
    if (old[i] == '\n' || old[i] == '\r') out[i] = old[i];
  }
  return out;
}

bool Blank(std::string& text, const Cut& cut, std::string_view begin, std::string_view end, char fill) {
  if (cut.size_bytes < begin.size() + end.size()) return false;
  std::string_view old = std::string_view(text).substr(cut.offset, cut.size_bytes);
  const std::string blank = std::string(begin) +
                            Filler(old.substr(begin.size(), old.size() - begin.size() - end.size()), fill) +
                            std::string(end);
  text.replace(cut.offset, cut.size_bytes, blank);
  return true;
}

// Where the rows of a table stand that the cutter would write. A row that does not lie where its line says is left out.
std::vector<Cut> CutTable(std::string_view text, const std::set<std::string>& identifiers) {
  std::vector<std::string> pieces;
  CsvCutter cutter(identifiers, [&](ByteView bytes) -> Status {
    pieces.emplace_back(AsText(bytes));
    return {};
  });
  if (!cutter.Feed(AsBytes(text)) || !cutter.Finish() || !cutter.understood() || pieces.empty()) return {};
  pieces.erase(pieces.begin());  // the header
  std::erase(pieces, "\n");      // added behind a last row without one
  if (pieces.size() != cutter.lines().size()) return {};
  std::vector<Cut> cuts;
  size_t at = 0;
  uint64_t line = 1;
  for (size_t i = 0; i < pieces.size(); ++i) {
    while (line < cutter.lines()[i]) {
      const size_t end = text.find('\n', at);
      if (end == std::string_view::npos) return cuts;
      at = end + 1;
      ++line;
    }
    const size_t begin = text.find_first_not_of('\r', at);
    if (begin != std::string_view::npos && text.substr(begin, pieces[i].size()) == pieces[i])
      cuts.push_back({.offset = begin, .size_bytes = pieces[i].size(), .line = line});
  }
  return cuts;
}

void BlankRow(std::string& text, const Cut& cut) {
  for (size_t i = cut.offset; i < cut.offset + cut.size_bytes; ++i) {
    if (std::string_view("\",;\t\r\n").find(text[i]) == std::string_view::npos) text[i] = 'x';
  }
}

}  // namespace

Masking MaskDocument(std::string& document, const std::set<std::string>& identifiers, const Needles& values) {
  Masking out;
  if (!IsUtf8(document)) return out;
  const size_t size_before = document.size();
  switch (ShapeOf(document)) {
    case Shape::kXml:
      // "--" may not stand in a comment; the filler holds none.
      for (const Cut& cut : CutXml(document, identifiers)) out.record_count += Blank(document, cut, "<!--", "-->", 'x');
      break;
    case Shape::kJson:
      for (const Cut& cut : CutJson(document, identifiers))
        out.record_count += Blank(document, cut, "{\"erased\":true", "}", ' ');
      break;
    case Shape::kTable:
      for (const Cut& cut : CutTable(document, identifiers)) {
        BlankRow(document, cut);
        ++out.record_count;
      }
      break;
  }
  out.value_count = static_cast<int64_t>(values.Mask(document));
  CHECK(document.size() == size_before);
  return out;
}

}  // namespace crossguard
