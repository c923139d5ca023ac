#include "intake/dialect.h"

#include <algorithm>

#include "intake/csv_columns.h"
#include "intake/utf16.h"

namespace crossguard::intake {
namespace {

bool IsBlank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool IsNameEnd(char c) {
  return IsBlank(c) || c == '>' || c == '/' || c == '[';
}

std::string_view LocalName(std::string_view name) {
  const size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view NameAt(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && !IsNameEnd(text[end])) ++end;
  return LocalName(text.substr(0, end));
}

// The ASCII part of UTF-16 is enough to see what it is.
std::string PlainHead(ByteView head) {
  std::string_view text = AsText(head);
  std::string out;
  if (const Utf16 kind = GuessUtf16(head); kind != Utf16::kNo) {
    const bool little = kind == Utf16::kLittle;
    const bool mark = head[0] >= 0xFE;
    for (size_t i = mark ? 2 : 0; i + 1 < text.size(); i += 2) {
      const char high = text[little ? i + 1 : i];
      out += high == '\0' ? text[little ? i : i + 1] : '?';
    }
    return out;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return std::string(text);
}

Shape SniffXml(std::string_view text) {
  const bool declared = text.starts_with("<?xml");
  while (true) {
    const size_t open = text.find('<');
    if (open == std::string_view::npos) return declared ? Shape::kXmlReport : Shape::kMedia;  // cut off before its root
    text.remove_prefix(open + 1);
    if (text.starts_with("?")) {
      text.remove_prefix(std::min(text.find("?>"), text.size()));
    } else if (text.starts_with("!--")) {
      text.remove_prefix(std::min(text.find("-->"), text.size()));
    } else if (text.starts_with("!DOCTYPE")) {
      // Web pages and drawings are media. Any other document with a type declaration is no report that is read: it is
      // refused by name.
      std::string_view name = text.substr(8);
      while (!name.empty() && IsBlank(name.front())) name.remove_prefix(1);
      const std::string_view type = NameAt(name);
      return type == "html" || type == "HTML" || type == "svg" || type == "plist" ? Shape::kMedia : Shape::kXmlReport;
    } else {
      break;
    }
  }
  const std::string_view root = NameAt(text);
  if (root == "report") return Shape::kXmlReport;
  if (root == "fileDetails") return Shape::kXmlFileDetails;
  // A wrapper of any name: a report must begin within the head.
  while (true) {
    const size_t open = text.find('<');
    if (open == std::string_view::npos) return Shape::kMedia;
    text.remove_prefix(open + 1);
    const std::string_view name = NameAt(text.substr(0, 256));
    if (name == "report" || name == "fileDetails") return Shape::kXmlReport;  // reports may follow file details
  }
}

// The first line that says something: spreadsheets put "sep=;" in front of it.
std::string_view HeaderLine(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, std::min(text.find_first_of("\r\n"), text.size()));
    const bool blank = std::ranges::all_of(line, IsBlank);
    if (!blank && !(line.size() == 5 && line.starts_with("sep="))) return line;
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return text;
}

Shape SniffCsv(std::string_view text) {
  const std::vector<std::string> keys = HeaderKeys(HeaderLine(text));
  const auto has = [&](std::string_view name) { return std::ranges::find(keys, name) != keys.end(); };
  if (!has("reportid")) return Shape::kMedia;
  if (has("fileid")) return Shape::kCsvFiles;
  if (has("role") || has("screenname") || has("emails") || has("incidenttype")) return Shape::kCsvAccounts;
  if (has("ip")) return Shape::kCsvIps;
  return has("userid") ? Shape::kCsvAccounts : Shape::kMedia;
}

}  // namespace

Shape Sniff(ByteView head) {
  const std::string plain = PlainHead(head.first(std::min(head.size(), kSniffBytes)));
  std::string_view text = plain;
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  if (text.empty()) return Shape::kMedia;
  if (text.front() == '<') return SniffXml(text);
  if (text.front() == '{' || text.front() == '[') {
    return text.find("\"reportId\"") != std::string_view::npos ||
                   text.find("\"reportedInformation\"") != std::string_view::npos
               ? Shape::kJson
               : Shape::kMedia;
  }
  return SniffCsv(text);
}

std::string_view ArchiveName(ByteView head) {
  struct Magic {
    size_t offset;
    std::string_view bytes;
    std::string_view name;
  };
  static constexpr Magic kMagics[] = {{0, "PK\x03\x04", "ZIP"},
                                      {0, "PK\x05\x06", "ZIP"},
                                      {0, "\x1F\x8B", "gzip"},
                                      {0, "7z\xBC\xAF\x27\x1C", "7-Zip"},
                                      {0, "Rar!\x1A\x07", "RAR"},
                                      {0, "BZh", "bzip2"},
                                      {0,
                                       "\xFD"
                                       "7zXZ",
                                       "xz"},
                                      {257, "ustar", "tar"},
                                      {0, "\x28\xB5\x2F\xFD", "Zstandard"}};
  const std::string_view text = AsText(head);
  for (const Magic& magic : kMagics) {
    if (text.size() > magic.offset && text.substr(magic.offset).starts_with(magic.bytes)) return magic.name;
  }
  return "";
}

std::unique_ptr<Dialect> MakeDialect(Shape shape, RecordSink& sink) {
  switch (shape) {
    case Shape::kMedia:
      break;
    case Shape::kXmlReport:
    case Shape::kXmlFileDetails:
      return MakeXmlDialect(sink);
    case Shape::kJson:
      return InUtf8(MakeJsonDialect(sink));
    case Shape::kCsvAccounts:
    case Shape::kCsvFiles:
    case Shape::kCsvIps:
      return InUtf8(MakeCsvDialect(shape, sink));
  }
  CHECK(shape != Shape::kMedia);
  return nullptr;
}

}  // namespace crossguard::intake
